#!/usr/bin/env bash
# Tells the ticket system of an incident the console has opened.
#   trigger-incident.sh SEVERITY TYPE DESCRIPTION
exec "$(dirname "$0")/create-ticket.sh" "$1 $2: $3"
