#!/bin/bash
# Applies a kept copy of a namespace's resources. Says first what that changes.
#
# From the environment: CONTEXT, NAMESPACE, FROM (s3://...), AWS_REGION.
set -euo pipefail
: "${CONTEXT:?}" "${NAMESPACE:?}" "${FROM:?}" "${AWS_REGION:?}"
work=$(mktemp)
trap 'rm -f "$work"' EXIT
aws s3 cp --only-show-errors --region "$AWS_REGION" "$FROM" "$work"
[ -s "$work" ]
# A difference is what this is for; only an error stops it.
kubectl --context "$CONTEXT" --namespace "$NAMESPACE" diff --filename "$work" || [ $? -eq 1 ]
kubectl --context "$CONTEXT" --namespace "$NAMESPACE" apply --filename "$work"
