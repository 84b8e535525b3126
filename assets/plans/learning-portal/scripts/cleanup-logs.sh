#!/usr/bin/env bash
# Makes room on app1: old logs of the portal and the journal, never backups, never user content.
set -euo pipefail
there() { ssh -o BatchMode=yes -o ConnectTimeout=10 app1.us-east-1.learningportal.internal "$@"; }

there df --output=pcent /
there "find /opt/learning-portal -name '*.log.*' -mtime +7 -delete"
there journalctl --vacuum-time=7d
there df --output=pcent /
