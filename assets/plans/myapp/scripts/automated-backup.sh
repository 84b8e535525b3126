#!/usr/bin/env bash
# Makes the backups cron asks for, and calls nothing a backup that is not one.
#   automated-backup.sh database | application | configs | all
# Needs DB_HOST, DB_USER, DB_NAME and BACKUP_KEY (whom secrets are encrypted for) in its
# environment. PostgreSQL's password stands in ~/.pgpass. Nothing is deleted here: a lifecycle
# rule of the bucket does it after 30 days.
set -euo pipefail
umask 077

bucket=company-backups
region=us-east-1
context=myapp-us-east-1
stamp=$(date -u +%Y%m%d_%H%M%S)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

done_with() { printf '%s %s backup completed - s3://%s/%s\n' "$(date -u +%FT%TZ)" "$1" "$bucket" "$2"; }
put() { aws s3 cp --region "$region" --sse aws:kms --only-show-errors "$1" "s3://$bucket/$2"; }

database() {
  local file=$work/dump.sql.gz key=database/db_backup_$stamp.sql.gz
  pg_dump --host "$DB_HOST" --port "${DB_PORT:-5432}" --username "$DB_USER" --no-password "$DB_NAME" | gzip > "$file"
  gunzip -c "$file" | tail -n 5 | grep --quiet 'PostgreSQL database dump complete'
  [ "$(stat -c %s "$file")" -ge 1000000 ] || { echo 'the dump is smaller than any of ours' >&2; exit 1; }
  put "$file" "$key"
  done_with database "$key"
}

application() {
  local file=$work/app_data.tar.gz key=application/app_data_$stamp.tar.gz
  tar -czf "$file" -C /var/app/data .
  tar -tzf "$file" > /dev/null
  put "$file" "$key"
  done_with application "$key"
}

configs() {
  local key=configs/configs_$stamp.yaml sealed=secrets/secrets_$stamp.yaml.gpg
  kubectl --context "$context" --namespace myapp get configmaps -o yaml > "$work/configs.yaml"
  put "$work/configs.yaml" "$key"
  done_with config "$key"
  kubectl --context "$context" --namespace myapp get secrets -o yaml |
    gpg --batch --encrypt --recipient "$BACKUP_KEY" --output "$work/secrets.gpg"
  put "$work/secrets.gpg" "$sealed"
  done_with secrets "$sealed"
}

case ${1:-} in
  database | application | configs) "$1" ;;
  all) database; application; configs ;;
  *) echo 'usage: automated-backup.sh database|application|configs|all' >&2; exit 2 ;;
esac
