#!/bin/bash
# Puts the entries of one customer back into Terraform's lock table, from a dump of it. An entry
# that is there already is written with the same content.
#
# From the environment: AWS_REGION, TABLE, DUMP (s3://...), ONLY (how its LockIDs begin).
set -euo pipefail
: "${AWS_REGION:?}" "${TABLE:?}" "${DUMP:?}" "${ONLY:?}"

aws s3 cp --only-show-errors "$DUMP" - |
    jq -c --arg only "$ONLY" '.Items[] | select(.LockID.S | startswith($only))
        # Digests of states only: a lock somebody held that day is nobody'"'"'s now.
        | select(.LockID.S | endswith("-md5"))' |
    while IFS= read -r item; do
        aws dynamodb put-item --region "$AWS_REGION" --table-name "$TABLE" --item "$item"
    done
