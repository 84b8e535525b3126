#!/usr/bin/env bash
# Opens a ticket.
#   create-ticket.sh TEXT
exec "$(dirname "$0")/tell.sh" TICKET_WEBHOOK "$1"
