#!/usr/bin/env bash
# Whether the newest object under a prefix is young and large enough to be a backup.
#   check-newest-object.sh REGION BUCKET PREFIX MAX_AGE_SECONDS MIN_BYTES
set -euo pipefail
region=$1 bucket=$2 prefix=$3 max_age=$4 min_bytes=$5

read -r key written size < <(aws s3api list-objects-v2 --region "$region" --bucket "$bucket" \
  --prefix "$prefix" --output text \
  --query 'sort_by(Contents,&LastModified)[-1].[Key,LastModified,Size]')
[ "${key:-None}" != None ] || { echo "nothing under s3://$bucket/$prefix"; exit 1; }
age=$(($(date +%s) - $(date -d "$written" +%s)))
echo "$key: $age s old, $size bytes"
[ "$age" -le "$max_age" ] && [ "$size" -ge "$min_bytes" ]
