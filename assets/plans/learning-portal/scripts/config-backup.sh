#!/usr/bin/env bash
# Configuration of this machine. Cron on lb1, app1 and app2, 02:15.
# /etc/ssl holds private keys: the archive is encrypted for BACKUP_KEY before it touches a disk.
set -euo pipefail
umask 077

dir=/var/backups/config
file=$dir/config_$(date -u +%Y%m%d_%H%M%S).tar.gz.gpg
mkdir -p "$dir"
have=()
for path in etc/nginx etc/ssl opt/learning-portal/config etc/systemd/system/learning-portal.service; do
  if [ -e "/$path" ]; then have+=("$path"); fi
done
tar -cz -C / "${have[@]}" | gpg --batch --encrypt --recipient "$BACKUP_KEY" --output "$file"
[ -s "$file" ]

aws s3 cp --region us-east-1 --sse aws:kms --only-show-errors "$file" "s3://learning-portal-backups/config/"
find "$dir" -name 'config_*.tar.gz.gpg' -mtime +90 ! -samefile "$file" -delete
printf '%s Configuration backup completed - %s\n' "$(date -u +%FT%TZ)" "$file" >> /var/log/backup.log
