#!/usr/bin/env bash
# Whether the newest object under a prefix is young enough.
#   check-newest-object.sh REGION BUCKET PREFIX MAX_AGE_SECONDS
set -euo pipefail
region=$1 bucket=$2 prefix=$3 max_age=$4

# With --output text the query would be asked of each page of the list by itself.
newest=$(aws s3api list-objects-v2 --region "$region" --bucket "$bucket" --prefix "$prefix" \
  --output json --query 'sort_by(Contents || `[]`,&LastModified)[-1].[Key,LastModified]')
read -r key written < <(jq --raw-output '. // ["none", "now"] | @tsv' <<< "$newest")
[ "$key" != none ] || { echo "nothing under s3://$bucket/$prefix"; exit 1; }
age=$(($(date +%s) - $(date -d "$written" +%s)))
echo "$key: $age s old"
[ "$age" -le "$max_age" ]
