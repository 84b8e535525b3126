#!/usr/bin/env bash
# Opens a room for everybody who works on it, or tells those in it.
#   start-war-room.sh TEXT
exec "$(dirname "$0")/tell.sh" WAR_ROOM_WEBHOOK "$1"
