#!/usr/bin/env bash
# The base a point in time is recovered from. Cron on db1, 01:00, as postgres.
# With --wal-method=fetch one archive holds all it needs to be consistent.
set -euo pipefail
umask 077

stamp=$(date -u +%Y%m%d_%H%M%S)
dir=/var/backups/base/$stamp
mkdir -p "$dir"
pg_basebackup --username replicator --no-password --pgdata "$dir" --format=tar --gzip \
  --wal-method=fetch --checkpoint=fast --label "base $stamp"
tar -tzf "$dir/base.tar.gz" > "$dir/list"
grep --quiet --line-regexp backup_label "$dir/list"

aws s3 cp --region us-east-1 --sse aws:kms --only-show-errors "$dir/base.tar.gz" "s3://learning-portal-backups/base/$stamp/base.tar.gz"
find /var/backups/base -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf -- {} +
printf '%s Base backup completed - %s\n' "$(date -u +%FT%TZ)" "$dir/base.tar.gz" >> /var/log/backup.log
