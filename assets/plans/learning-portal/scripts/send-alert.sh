#!/usr/bin/env bash
# Sends an alert.
#   send-alert.sh TEXT
exec "$(dirname "$0")/tell.sh" ALERT_WEBHOOK "$1"
