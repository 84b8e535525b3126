#!/bin/bash
# Tries what the shop earns with, against one address, as a customer would: look, sign in, put
# into the basket, buy and pay with the test card, and take it all back. `--read-only` stops
# before anything is written.
#
# usage: smoke-test.sh https://REGION.ecommerce.example.com [--read-only]
set -euo pipefail
base=${1:?which address}
mode=${2:-}

ask() {
    local what=$1 method=$2 path=$3
    shift 3
    if ! curl --silent --show-error --fail --max-time 10 --request "$method" \
        --header 'X-Smoke-Test: 1' "$@" "$base$path"; then
        echo "smoke test: $what failed at $base$path" >&2
        exit 1
    fi
    echo "smoke test: $what" >&2
}

for service in orders customers products; do
    ask "$service is up" GET "/$service/actuator/health" | grep -q '"status":"UP"'
done
ask "a product is shown" GET /products/smoke-test >/dev/null
ask "the test customer is known" GET /customers/smoke-test >/dev/null
[ "$mode" = --read-only ] && exit 0

order=$(ask "an order is taken" POST /orders --json \
    '{"customer":"smoke-test","items":[{"product":"smoke-test","count":1}],"payment":"test-card"}' |
    jq -er .id)
ask "it can be read" GET "/orders/$order" >/dev/null
ask "it can be taken back" DELETE "/orders/$order" >/dev/null
