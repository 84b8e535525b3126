#!/usr/bin/env bash
# Brings the copy of one kind that was written last on a day, out of us-west-2's bucket.
#   fetch-backup.sh database|application|config DAY|newest FILE
# DAY as 20240101. What was taken stands in FILE.name.
set -euo pipefail
kind=$1 day=$2 file=$3
bucket=learning-portal-backups-us-west-2

case $kind in
  database) prefix=database/learning_portal_ ;;
  application) prefix=application/application_ ;;
  config) prefix=config/config_ ;;
  *) echo "there is no kind $kind" >&2; exit 2 ;;
esac
[ "$day" = newest ] || prefix=$prefix$day

key=$(aws s3api list-objects-v2 --region us-west-2 --bucket "$bucket" --prefix "$prefix" \
  --query 'sort_by(Contents || `[]`,&LastModified)[-1].Key' --output json | jq --raw-output .)
[ "$key" != null ] || { echo "no $kind of $day in $bucket" >&2; exit 1; }
mkdir -p "$(dirname "$file")"
aws s3 cp --region us-west-2 --only-show-errors "s3://$bucket/$key" "$file"
basename "$key" | tee "$file.name"
