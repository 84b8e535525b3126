#!/bin/bash
# Do two databases hold the same? Counts and newest rows of each table, on both sides; the replica may
# be behind by the seconds in between. Reads only. Passwords come from PGPASSFILE.
#
# From the environment: LEFT, RIGHT (hosts), DATABASE, TABLES, and BEHIND (rows, 50 when unset).
set -euo pipefail
: "${LEFT:?}" "${RIGHT:?}" "${DATABASE:?}" "${TABLES:?}"
behind=${BEHIND:-50}

ask() {
    psql --no-psqlrc --no-password --tuples-only --no-align --quiet \
        --host "$1" --username warroom --dbname "$DATABASE" --command "$2"
}

wrong=0
for table in $TABLES; do
    left=$(ask "$LEFT" "SELECT count(*) FROM $table")
    right=$(ask "$RIGHT" "SELECT count(*) FROM $table")
    apart=$((left > right ? left - right : right - left))
    echo "$table: $left and $right, $apart apart"
    [ "$apart" -le "$behind" ] || wrong=1
    # What is older than an hour must be the same to the last row.
    sum="SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM $table
         WHERE created_at < date_trunc('hour', now() - interval '1 hour')
           AND created_at > date_trunc('hour', now() - interval '25 hours')"
    if [ "$(ask "$LEFT" "$sum")" != "$(ask "$RIGHT" "$sum")" ]; then
        echo "$table: yesterday's rows differ" >&2
        wrong=1
    fi
done
exit $wrong
