#!/bin/bash
# Builds the infrastructure of a region from the newest day's CDK output, or that of one day. What is
# there already stays as it is; nothing is deleted.
#
# From the environment: AWS_REGION, SOURCE (s3://bucket, or s3://bucket/DAY).
set -euo pipefail
: "${AWS_REGION:?}" "${SOURCE:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${SOURCE#s3://} in
    */*) from=$SOURCE ;;
    *)
        day=$(aws s3 ls --region us-west-2 "$SOURCE/" |
            awk '$1 == "PRE" { print $2 }' | grep -E '^[0-9]{8}/$' | sort | tail -n 1)
        from=$SOURCE/${day%/}
        ;;
esac
aws s3 sync --only-show-errors --region us-west-2 "$from/cdk.out" "$work/cdk.out"
npx cdk deploy --app "$work/cdk.out" --all --require-approval never --no-rollback
