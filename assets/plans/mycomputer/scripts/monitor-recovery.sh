#!/bin/bash
# Asks an address every five seconds for two minutes. Ends well when it answered well every time.
#
# usage: monitor-recovery.sh ADDRESS
set -euo pipefail
address=${1:?which address}
wrong=0
for _ in $(seq 24); do
    if ! curl --silent --fail --output /dev/null --max-time 5 \
        --write-out '%{http_code}  %{time_total} s\n' "$address"; then
        wrong=$((wrong + 1))
    fi
    sleep 5
done
echo "$wrong of 24 answers were bad"
[ "$wrong" -eq 0 ]
