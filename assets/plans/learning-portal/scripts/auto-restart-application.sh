#!/usr/bin/env bash
# Restarts the portal on app1 and waits until it answers. A person has confirmed it.
set -euo pipefail
ssh -o BatchMode=yes -o ConnectTimeout=10 app1.us-east-1.learningportal.internal systemctl restart learning-portal
curl --silent --show-error --fail --output /dev/null --retry 24 --retry-delay 5 --retry-all-errors --max-time 10 \
  http://app1.us-east-1.learningportal.internal:8080/actuator/health
