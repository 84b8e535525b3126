#!/usr/bin/env bash
# Tells the team lead.
#   notify-team-lead.sh TEXT
exec "$(dirname "$0")/tell.sh" TEAM_LEAD_WEBHOOK "$1"
