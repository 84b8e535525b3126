#!/usr/bin/env bash
# Makes this server's PostgreSQL the writer. By hand, on the side that is gone to, and only
# after the other writer is fenced. Nothing takes it back.
set -euo pipefail

ask() { sudo -u postgres psql --no-align --tuples-only --set ON_ERROR_STOP=1 --command "$1"; }

echo "received until $(ask 'SELECT pg_last_wal_receive_lsn()'), last commit $(ask 'SELECT pg_last_xact_replay_timestamp()')"
[ "$(ask 'SELECT pg_promote(true, 60)')" = t ]
[ "$(ask 'SELECT pg_is_in_recovery()')" = f ]
echo 'it takes writes'
