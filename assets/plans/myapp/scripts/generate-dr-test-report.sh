#!/usr/bin/env bash
# Writes the report of a drill out of its record: steps, times, results.
#   generate-dr-test-report.sh TEST_TYPE STAMP INCIDENT
set -euo pipefail
mkdir -p reports
file=reports/dr-test-$1-$2.md
warroom incident export "$3" --format md > "$file"
echo "$file"
