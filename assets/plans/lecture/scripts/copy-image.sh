#!/bin/bash
# Copies one image, by its digest, from one registry to another. Nothing is built and no tag is
# moved.
#
# From the environment: FROM, TO (repositories), DIGEST (sha256:...).
set -euo pipefail
: "${FROM:?}" "${TO:?}" "${DIGEST:?}"

for repository in "$FROM" "$TO"; do
    host=${repository%%/*}
    region=$(echo "$host" | cut -d. -f4)
    aws ecr get-login-password --region "$region" |
        skopeo login --username AWS --password-stdin "$host"
done
skopeo copy --all --preserve-digests "docker://$FROM@$DIGEST" "docker://$TO@$DIGEST"
