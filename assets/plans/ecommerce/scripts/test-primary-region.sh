#!/bin/bash
# Is us-east-1 what it was? Reads only: its database is still a replica.
#
# usage: test-primary-region.sh https://us-east-1.ecommerce.example.com
set -euo pipefail
base=${1:?which address}
here=$(dirname "$0")

"$here/smoke-test.sh" "$base" --read-only

# As fast as users are used to: twenty times, and the slowest but one counts.
for _ in $(seq 20); do
    curl --silent --fail --max-time 10 --output /dev/null \
        --write-out '%{time_total}\n' "$base/products/smoke-test"
done | sort -n | sed -n 19p | awk '{ if ($1 > 1.0) { print "too slow: " $1 " s"; exit 1 } }'

for deployment in order-service customer-service product-service; do
    kubectl --context ecommerce-us-east-1 --namespace production \
        rollout status "deployment/$deployment" --timeout=5m
done
