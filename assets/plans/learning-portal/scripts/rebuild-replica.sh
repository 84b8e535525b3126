#!/usr/bin/env bash
# Makes this server a replica of another. By hand, on the side that shall follow. The old data
# directory must have been put aside: this script replaces nothing.
#   rebuild-replica.sh WRITER
set -euo pipefail
writer=$1 data=/var/lib/postgresql/13/main
slot=$(hostname --short | tr -c 'a-z0-9\n' _)

if [ -e "$data" ]; then
  echo "$data is still there: put it aside first" >&2
  exit 1
fi
sudo -u postgres pg_basebackup --host "$writer" --username replicator --no-password --pgdata "$data" \
  --wal-method=stream --checkpoint=fast --create-slot --slot "$slot" --write-recovery-conf --progress
systemctl enable --now postgresql
[ "$(sudo -u postgres psql --no-align --tuples-only --command 'SELECT pg_is_in_recovery()')" = t ]
echo "it follows $writer"
