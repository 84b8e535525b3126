#!/usr/bin/env bash
# Writes the report of a drill out of its record: steps, times, results.
#   generate-dr-report.sh BACKUP_DATE INCIDENT
set -euo pipefail
mkdir -p reports
file=reports/dr-drill-$1.md
warroom incident export "$2" --format md > "$file"
echo "$file"
