#!/usr/bin/env bash
# Whether the newest object under a prefix is young and large enough to be a backup.
#   check-newest-object.sh REGION BUCKET PREFIX MAX_AGE_SECONDS MIN_BYTES
set -euo pipefail
region=$1 bucket=$2 prefix=$3 max_age=$4 min_bytes=$5

# With --output text the query would be asked of each page of the list by itself.
newest=$(aws s3api list-objects-v2 --region "$region" --bucket "$bucket" --prefix "$prefix" \
  --output json --query 'sort_by(Contents || `[]`,&LastModified)[-1].[Key,LastModified,Size]')
read -r key written size < <(jq --raw-output '. // ["none", "now", 0] | @tsv' <<< "$newest")
[ "$key" != none ] || { echo "nothing under s3://$bucket/$prefix"; exit 1; }
age=$(($(date +%s) - $(date -d "$written" +%s)))
echo "$key: $age s old, $size bytes"
[ "$age" -le "$max_age" ] && [ "$size" -ge "$min_bytes" ]
