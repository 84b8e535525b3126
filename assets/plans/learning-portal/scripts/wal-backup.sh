#!/usr/bin/env bash
# Archives one segment (PostgreSQL's archive_command), or looks that archiving goes on (cron).
#   wal-backup.sh archive PATH NAME
#   wal-backup.sh check
# Both buckets get it before PostgreSQL hears that it is archived: it keeps the segment, and
# asks again, until then. A segment that is there already is never replaced by another one.
set -euo pipefail

put() {
  local region=$1 bucket=$2 path=$3 name=$4 there
  there=$(aws s3api list-objects-v2 --region "$region" --bucket "$bucket" --prefix "wal/$name" \
    --query 'length(Contents || `[]`)' --output json)
  if [ "$there" != 0 ]; then
    aws s3 cp --region "$region" --only-show-errors "s3://$bucket/wal/$name" - | cmp --silent - "$path"
    return
  fi
  aws s3 cp --region "$region" --sse aws:kms --only-show-errors "$path" "s3://$bucket/wal/$name"
}

case ${1:-} in
  archive)
    put us-east-1 learning-portal-backups "$2" "$3"
    put us-west-2 learning-portal-backups-us-west-2 "$2" "$3"
    ;;
  check)
    failing=$(psql --username postgres --no-password --no-align --tuples-only --set ON_ERROR_STOP=1 --command \
      'SELECT COALESCE(last_failed_time > last_archived_time, false) FROM pg_stat_archiver')
    [ "$failing" = f ] || exec /opt/scripts/send-alert.sh 'BACKUP_FAILED the archiver of db1 fails'
    ;;
  *) echo 'usage: wal-backup.sh archive PATH NAME | check' >&2; exit 2 ;;
esac
