#!/usr/bin/env bash
# User content. Cron on app1: `sync` every two minutes, `snapshot` every hour.
# Nothing is copied onto a server marked active (it is the one users write to), and nothing at
# all while a person holds it.
set -euo pipefail

home=/var/lib/learning-portal
source=$home/user-data
peers=(app2.us-east-1.learningportal.internal app-west.us-west-2.learningportal.internal)
exec 9> /run/lock/user-data-backup
flock --nonblock 9 || exit 0
if [ -e "$home/hold-user-data-backup" ]; then exit 0; fi

case ${1:-sync} in
  sync)
    for peer in "${peers[@]}"; do
      if ssh -o BatchMode=yes -o ConnectTimeout=10 "$peer" "test -e $home/active"; then
        echo "$peer is active: not copied onto" >&2
        exit 1
      fi
      rsync --archive --delete "$source/" "$peer:$source/"
    done
    aws s3 sync --region us-east-1 --sse aws:kms --only-show-errors --delete "$source" s3://learning-portal-backups/user-data/current/
    aws s3 sync --region us-west-2 --sse aws:kms --only-show-errors --delete "$source" s3://learning-portal-backups-us-west-2/user-data/current/
    printf '%s User data backup completed - s3://learning-portal-backups/user-data/current/\n' "$(date -u +%FT%TZ)" >> /var/log/backup.log
    ;;
  snapshot)
    dir=/var/backups/user-data
    to=$dir/$(date -u +%Y%m%d_%H%M%S)
    mkdir -p "$dir"
    rsync --archive --link-dest="$dir/latest" "$source/" "$to/"
    ln -sfn "$to" "$dir/latest"
    find "$dir" -mindepth 1 -maxdepth 1 -type d -mtime +7 -exec rm -rf -- {} +
    printf '%s User data snapshot completed - %s\n' "$(date -u +%FT%TZ)" "$to" >> /var/log/backup.log
    ;;
  *) echo 'usage: user-data-backup.sh sync|snapshot' >&2; exit 2 ;;
esac
