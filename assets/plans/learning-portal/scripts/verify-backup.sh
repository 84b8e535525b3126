#!/usr/bin/env bash
# Restores the newest dump into a database of its own, counts, and drops it. Cron on the drill's
# server, 03:00, as postgres; never on a server users use.
set -euo pipefail

work=$(mktemp -d)
base=verify_$(date -u +%Y%m%d_%H%M%S)
trap 'dropdb --if-exists "$base"; rm -rf -- "$work"' EXIT

/opt/scripts/fetch-backup.sh database newest "$work/dump.sql.gz"
createdb "$base"
gunzip -c "$work/dump.sql.gz" | pg_restore --exit-on-error --single-transaction --no-owner --dbname="$base"
for table in users learning_modules topics user_progress; do
  rows=$(psql --dbname "$base" --no-align --tuples-only --set ON_ERROR_STOP=1 --command "SELECT COUNT(*) FROM $table")
  echo "$table: $rows"
  [ "$rows" -gt 0 ]
done
printf '%s Backup verification completed - %s\n' "$(date -u +%FT%TZ)" "$(cat "$work/dump.sql.gz.name")" >> /var/log/backup.log
