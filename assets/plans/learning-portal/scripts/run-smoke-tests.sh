#!/usr/bin/env bash
# What a user does first, asked of one server. Changes nothing.
#   run-smoke-tests.sh http://HOST:PORT
set -euo pipefail
base=$1 bad=0

look() {
  local path=$1 wanted=$2
  if curl --silent --show-error --fail --max-time 10 "$base$path" | grep "$wanted" > /dev/null; then
    echo "ok   $path"
  else
    echo "FAIL $path: no \`$wanted\`"
    bad=1
  fi
}

look /actuator/health '"status":"UP"'
look /login '<form'
look /api/topics '\['
exit "$bad"
