#!/usr/bin/env bash
# Application files. Cron on app1, at half past every hour.
set -euo pipefail
umask 077

dir=/var/backups/application
file=$dir/application_$(date -u +%Y%m%d_%H%M%S).tar.gz
mkdir -p "$dir"
tar -czf "$file" --exclude='*.log' --exclude='tmp/*' --exclude='cache/*' -C / opt/learning-portal
tar -tzf "$file" > /dev/null

aws s3 cp --region us-east-1 --sse aws:kms --only-show-errors "$file" s3://learning-portal-backups/application/
find "$dir" -name 'application_*.tar.gz' -mtime +7 ! -samefile "$file" -delete
printf '%s Application backup completed - %s\n' "$(date -u +%FT%TZ)" "$file" >> /var/log/backup.log
