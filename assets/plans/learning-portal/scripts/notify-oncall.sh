#!/usr/bin/env bash
# Pages the on-call team.
#   notify-oncall.sh TEXT
exec "$(dirname "$0")/tell.sh" ONCALL_WEBHOOK "$1"
