#!/bin/bash
# Registers the task definition a service runs now with another DATABASE_HOST, and says which
# revision that made. It starts nothing and stops nothing.
#
# From the environment: AWS_REGION, CLUSTER, SERVICE, DATABASE_HOST.
set -euo pipefail
: "${AWS_REGION:?}" "${CLUSTER:?}" "${SERVICE:?}" "${DATABASE_HOST:?}"

running=$(aws ecs describe-services --region "$AWS_REGION" --cluster "$CLUSTER" \
    --services "$SERVICE" --query 'services[0].taskDefinition' --output text)

# What the service answers with and does not take.
definition=$(aws ecs describe-task-definition --region "$AWS_REGION" \
    --task-definition "$running" --query taskDefinition --output json |
    jq --arg host "$DATABASE_HOST" '
        del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities,
            .registeredAt, .registeredBy)
        | .containerDefinitions |= map(.environment |=
            (map(select(.name != "DATABASE_HOST")) + [{name: "DATABASE_HOST", value: $host}]))')

aws ecs register-task-definition --region "$AWS_REGION" --cli-input-json "$definition" \
    --output json |
    jq '{task_definition: "\(.taskDefinition.family):\(.taskDefinition.revision)"}'
