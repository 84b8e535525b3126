#!/bin/bash
# Makes every object under a prefix what it was at a moment, from the bucket's own versions.
# Newer versions stay beneath. `list` only says what `restore` would do. Running it twice does
# nothing twice: an object that is already right is left alone.
#
# From the environment: AWS_REGION, BUCKET, PREFIX, UNTIL (RFC 3339, UTC).
set -euo pipefail
: "${AWS_REGION:?}" "${BUCKET:?}" "${PREFIX:?}" "${UNTIL:?}"
what=${1:?list or restore}

# One line an object: the version that was current at UNTIL, and the one that is current now.
wanted() {
    aws s3api list-object-versions --region "$AWS_REGION" --bucket "$BUCKET" \
        --prefix "$PREFIX" --output json |
        jq -c --arg until "$UNTIL" '
            def all: ((.Versions // []) | map(. + {there: true}))
                + ((.DeleteMarkers // []) | map(. + {there: false}));
            (all | group_by(.Key))[]
            | {key: .[0].Key,
               then: (map(select(.LastModified[0:19] <= $until[0:19]))
                      | sort_by(.LastModified) | last),
               now: (map(select(.IsLatest)) | first)}
            | select(.then != null and .then.there and .then.VersionId != .now.VersionId)
            | {key, version: .then.VersionId, size: .then.Size, of: .then.LastModified}'
}

wanted | while IFS= read -r line; do
    key=$(jq -r .key <<<"$line")
    version=$(jq -r .version <<<"$line")
    echo "$key  $version  $(jq -r '"\(.size) bytes of \(.of)"' <<<"$line")"
    if [ "$what" = restore ]; then
        source=$(jq -rn --arg key "$key" '$key | @uri')
        aws s3api copy-object --region "$AWS_REGION" --bucket "$BUCKET" --key "$key" \
            --copy-source "$BUCKET/$source?versionId=$version" >/dev/null
    fi
done
