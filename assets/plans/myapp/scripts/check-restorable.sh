#!/usr/bin/env bash
# Whether a database can be restored to a moment no longer ago than MAX_AGE_SECONDS, from the
# automated backups a region holds (its own, or those copied to it).
#   check-restorable.sh REGION INSTANCE MAX_AGE_SECONDS
set -euo pipefail
region=$1 instance=$2 max_age=$3

latest=$(aws rds describe-db-instance-automated-backups --region "$region" --output json \
  --db-instance-identifier "$instance" \
  --query 'max(DBInstanceAutomatedBackups[].RestoreWindow.LatestTime)' | jq --raw-output .)
[ "$latest" != null ] || { echo "no automated backups of $instance in $region"; exit 1; }
age=$(($(date +%s) - $(date -d "$latest" +%s)))
echo "restorable to $latest: $age s ago"
[ "$age" -le "$max_age" ]
