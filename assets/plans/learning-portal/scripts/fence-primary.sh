#!/usr/bin/env bash
# Stops this server's PostgreSQL for good: it does not come back by itself, nor with the machine.
# By hand, on the side that is left. Taken back with: systemctl enable --now postgresql
set -euo pipefail
systemctl disable --now postgresql
if pg_isready --quiet --host localhost; then
  echo 'it still accepts connections' >&2
  exit 1
fi
echo 'fenced: stopped, and not started again with the machine'
