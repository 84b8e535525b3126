#!/bin/bash
# Writes the drill's report from its own record: when it began, its steps, what was validated.
# Never over a report that is there.
#
# From the environment: OUT, INCIDENT.
set -euo pipefail
: "${OUT:?}" "${INCIDENT:?}"
set -o noclobber
{
    echo "DR drill $INCIDENT, report of $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo
    warroom incident show "$INCIDENT"
} >"$OUT"
