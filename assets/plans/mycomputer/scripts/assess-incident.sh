#!/bin/bash
# Asks each address three times and says how it answered. Ends well when it could ask: what it
# found is for a person to judge.
#
# usage: assess-incident.sh ADDRESS...
set -euo pipefail
[ $# -gt 0 ]
for address in "$@"; do
    for _ in 1 2 3; do
        curl --silent --output /dev/null --max-time 5 \
            --write-out "$address  %{http_code}  %{time_total} s  %{errormsg}\n" "$address" || true
    done
done
