#!/usr/bin/env bash
# Posts a text to an address. The address is a secret of the environment: it is read from
# standard input by curl, so that no list of processes shows it.
#   tell.sh VARIABLE TEXT
set -euo pipefail
address=${!1:?is not set}
body=$(jq --null-input --compact-output --arg text "$2" '{text: $text}')
printf 'url = "%s"\n' "$address" |
  curl --config - --fail --silent --show-error --max-time 10 --retry 2 \
    --header 'Content-Type: application/json' --data "$body"
