#!/usr/bin/env bash
# Whether a region serves, asked under its own names and not under the public ones.
#   verify-dr-health.sh REGION
set -euo pipefail
region=$1 bad=0

for name in api app; do
  code=$(curl --silent --output /dev/null --max-time 10 --write-out '%{http_code}' "https://$region.$name.example.com/health") || code=000
  echo "$region.$name.example.com: $code"
  [ "$code" -ge 200 ] && [ "$code" -lt 400 ] || bad=1
done
exit "$bad"
