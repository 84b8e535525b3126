#!/usr/bin/env bash
# Dumps learning_portal, reads the dump through, and copies it. Cron on db1, 02:00, as postgres.
set -euo pipefail
umask 077

dir=/var/backups/postgresql
file=$dir/learning_portal_$(date -u +%Y%m%d_%H%M%S).sql.gz
mkdir -p "$dir"

pg_dump --host localhost --username postgres --no-password --verbose --clean --no-owner \
  --no-privileges --format=custom learning_portal | gzip > "$file.part"
tables=$(gunzip -c "$file.part" | pg_restore --file=- | grep --count '^COPY public[.]')
[ "$tables" -gt 0 ] && [ "$(stat -c %s "$file.part")" -ge 1000000 ]
mv "$file.part" "$file"
ln -sfn "$file" "$dir/latest.sql.gz"

aws s3 cp --region us-east-1 --sse aws:kms --only-show-errors "$file" s3://learning-portal-backups/database/
# Newest first: thirty days, and never the last one.
find "$dir" -name 'learning_portal_*.sql.gz' -mtime +30 ! -samefile "$dir/latest.sql.gz" -delete
printf '%s Database backup completed - %s\n' "$(date -u +%FT%TZ)" "$file" >> /var/log/backup.log
