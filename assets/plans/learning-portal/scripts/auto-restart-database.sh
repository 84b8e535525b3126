#!/usr/bin/env bash
# Restarts PostgreSQL on db1 and waits until it accepts connections. A person has confirmed it.
# Not while db1 is fenced: a fenced service is disabled, and stays so.
set -euo pipefail
there() { ssh -o BatchMode=yes -o ConnectTimeout=10 primary-db.us-east-1.learningportal.internal "$@"; }

there systemctl is-enabled postgresql
there systemctl restart postgresql
for _ in $(seq 24); do
  if pg_isready --quiet --host primary-db.us-east-1.learningportal.internal --timeout 5; then exit 0; fi
  sleep 5
done
echo 'restarted, and it accepts no connections' >&2
exit 1
