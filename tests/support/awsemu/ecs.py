"""ECS where moto contradicts the documentation: services that reach their count.

Owns the corrections of moto's ECS. Source of each: the Amazon ECS API Reference,
page of the action or type named. `install` is not called under `--upstream`.
"""

import functools
import itertools

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends

_NUMBER = itertools.count(1)


def install(world) -> None:
    backend = EC2ContainerServiceBackend
    backend.create_service = _created(backend.create_service, world)
    backend.update_service = _updated(backend.update_service, world)


def _created(method, world):
    """CreateService: tasks are started; moto leaves runningCount 0 for ever."""

    @functools.wraps(method)
    def create(self, *args, **kwargs):
        service = method(self, *args, **kwargs)
        _begin(self, service, world, 0, None)
        return service

    return create


def _updated(method, world):
    """UpdateService: the service scheduler moves runningCount toward desiredCount;
    forceNewDeployment and another task definition start a new deployment. moto jumps,
    and never touches deployments[]."""

    @functools.wraps(method)
    def update(self, service_properties):
        cluster = service_properties.get("cluster", "default")
        name = service_properties["service"].split("/")[-1]
        before = self._get_service(cluster, name)
        running, definition = before.running_count, before.task_definition
        deployments = before.deployments
        fresh = bool(service_properties.get("force_new_deployment"))
        properties = dict(service_properties) | {"force_new_deployment": False}
        wanted = properties.get("task_definition")
        if wanted:  # stored by its ARN, as DescribeServices shows it
            found = self.describe_task_definition(wanted)
            properties["task_definition"] = found.arn
        service = method(self, properties)
        fresh = fresh or service.task_definition != definition
        service.running_count = running
        _begin(self, service, world, running, deployments if fresh else None)
        return service

    return update


def _begin(backend, service, world, running, replaced) -> None:
    """Show the service on its way. Deployment: status PRIMARY "The most recent
    deployment of a service", ACTIVE "still has running tasks, but are in the process of
    being replaced"; rolloutState "begins in an IN_PROGRESS state. When the service
    reaches a steady state, the deployment transitions to a COMPLETED state". That
    scaling alone is IN_PROGRESS too is this emulator's choice."""
    service.generation = next(_NUMBER)
    if not service.deployments:  # a controller other than ECS
        return
    if replaced:
        olds = [old | {"status": "ACTIVE"} for old in replaced]
        new = replaced[0] | {
            "id": f"ecs-svc/{7_000_000_000_000_000_000 + service.generation}",
            "createdAt": utcnow(),
            "runningCount": 0,
            "failedTasks": 0,
        }
        service.deployments = [new, *olds]
    primary = service.deployments[0]
    done = primary["runningCount"] == service.desired_count and running == service.desired_count
    _show(backend, service, "COMPLETED" if done and not replaced else "IN_PROGRESS")
    mine = service.generation

    def converge() -> None:
        if service.generation == mine and service.status == "ACTIVE":
            service.running_count = service.desired_count
            service.deployments = service.deployments[:1]
            service.deployments[0]["runningCount"] = service.desired_count
            _show(backend, service, "COMPLETED")

    world.after(world.timings["ecs_delay_s"], converge)


def _show(backend, service, rollout: str) -> None:
    primary = service.deployments[0]
    service.pending_count = max(0, service.desired_count - primary["runningCount"])
    primary.update(
        status="PRIMARY",
        desiredCount=service.desired_count,
        pendingCount=service.pending_count,
        taskDefinition=service.task_definition,
        rolloutState=rollout,
        rolloutStateReason=f"ECS deployment {primary['id']} {rollout.lower()}.",
        updatedAt=utcnow(),
    )
    # DescribeClusters counts the tasks of its services; moto's sums go negative.
    cluster = backend._get_cluster(service.cluster_name)
    mine = [s for s in backend.services.values() if s.cluster_name == cluster.name]
    cluster.running_tasks_count = sum(s.running_count for s in mine)
    cluster.pending_tasks_count = sum(s.pending_count for s in mine)


def dump() -> dict:
    """What a test asserts: by region, by `cluster/service`."""
    regions: dict = {}
    for account in list(ecs_backends.values()):
        for region, backend in list(account.items()):
            for service in backend.services.values():
                name = f"{service.cluster_name}/{service.name}"
                regions.setdefault(region, {})[name] = {
                    "status": service.status,
                    "desired": service.desired_count,
                    "running": service.running_count,
                    "pending": service.pending_count,
                    "task_definition": service.task_definition,
                    "deployments": [_dump_deployment(d) for d in service.deployments],
                }
    return regions


def _dump_deployment(deployment: dict) -> dict:
    names = ("id", "status", "desiredCount", "runningCount", "rolloutState")
    return {name: deployment.get(name) for name in names}
