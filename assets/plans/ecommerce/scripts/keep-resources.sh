#!/bin/bash
# Keeps what a namespace holds now, without secrets, where it is found again.
#
# From the environment: CONTEXT, NAMESPACE, TO (s3://...), AWS_REGION.
set -euo pipefail
: "${CONTEXT:?}" "${NAMESPACE:?}" "${TO:?}" "${AWS_REGION:?}"
kubectl --context "$CONTEXT" --namespace "$NAMESPACE" \
    get deployments,services,configmaps,ingresses,horizontalpodautoscalers -o yaml |
    aws s3 cp --only-show-errors --region "$AWS_REGION" - "$TO"
