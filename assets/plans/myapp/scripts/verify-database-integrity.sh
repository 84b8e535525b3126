#!/usr/bin/env bash
# Whether a database holds what it should. Reads only.
# Needs DB_HOST, DB_PORT, DB_USER, DB_NAME; the password stands in ~/.pgpass.
set -euo pipefail

ask() {
  psql --host "$DB_HOST" --port "$DB_PORT" --username "$DB_USER" --dbname "$DB_NAME" \
    --no-password --no-align --tuples-only --set ON_ERROR_STOP=1 --command "$1"
}

users=$(ask 'SELECT COUNT(*) FROM users')
broken=$(ask 'SELECT COUNT(*) FROM pg_index WHERE NOT indisvalid')
unchecked=$(ask "SELECT COUNT(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated")
echo "$DB_NAME on $DB_HOST: $users users, $broken invalid indexes, $unchecked unchecked foreign keys"
[ "$users" -gt 0 ] && [ "$broken" -eq 0 ] && [ "$unchecked" -eq 0 ]
