"""`/_control/…`: what a test may ask and tell the emulator. JSON in, JSON out.

Owns the table of control calls. A wrong request is 400 with {"error": ...}.
"""

import re
import time

from . import cloudwatch, ecs, faults, rds, route53, seed, upstream

OUTAGES = ("ok", "hang", "refuse503")


def reset(world, _body):
    """{} -> {}: no resources, faults, outages or calls; default timings."""
    world.clear()
    upstream.reset()
    return {}


def timings(world, body):
    """{"promotion_lag_s"?, "promotion_modifying_s"?, "dns_sync_s"?, "ecs_delay_s"?}
    -> all four, in seconds; they apply to what begins from now on."""
    unknown = set(body) - set(world.timings)
    if unknown:
        raise ValueError(f"unknown timings {sorted(unknown)}; known: {sorted(world.timings)}")
    world.timings.update({name: float(value) for name, value in body.items()})
    return world.timings


def advance(world, _body):
    """{} -> {}: everything under way (promotion, DNS, ECS) finishes now."""
    world.settle(everything=True)
    return {}


def state(world, _body):
    """{} -> {"rds": .., "ecs": .., "route53": .., "outages": .., "apps": ..}."""
    world.settle()
    return {
        "rds": rds.dump(),
        "ecs": ecs.dump(),
        "route53": route53.dump(world),
        "outages": world.outages,
        "apps": world.apps,
        "timings": world.timings,
    }


def health_check(world, body):
    """{"id", "status": "healthy"|"unhealthy", "healthy_checkers"?: 0..8} -> itself."""
    status = body["status"]
    if status not in ("healthy", "unhealthy"):
        raise ValueError(f"status {status!r} is neither healthy nor unhealthy")
    checkers = body.get("healthy_checkers", 8 if status == "healthy" else 0)
    world.health[body["id"]] = {"status": status, "healthy_checkers": checkers}
    return world.health[body["id"]]


def region(world, body):
    """{"region", "mode": "ok"|"hang"|"refuse503"} -> all outages. Holds for calls
    signed for that region and for /app/<region>/."""
    if body["mode"] not in OUTAGES:
        raise ValueError(f"mode {body['mode']!r} is none of {', '.join(OUTAGES)}")
    world.outages[body["region"]] = body["mode"]
    return world.outages


def metric(world, body):
    """{"region", "namespace", "metric", "dimensions": {}, "values": [[s ago, v], ..],
    "replace"?: bool} -> {}."""
    where = (body["region"], body["namespace"], body["metric"], body.get("dimensions", {}))
    if body.get("replace"):
        cloudwatch.drop(*where)
    cloudwatch.put(*where, [(float(ago), float(value)) for ago, value in body["values"]])
    return {}


def feed(world, body):
    """{"region", "namespace"?, "metric"?, "dimensions"?, "db"?, "value": number|null,
    "every_s"?: 5} -> {}. Default: AWS/RDS ReplicaLag of instance `db`. null stops."""
    dimensions = body.get("dimensions") or {"DBInstanceIdentifier": body.get("db", seed.DB_DR)}
    namespace, name = body.get("namespace", "AWS/RDS"), body.get("metric", "ReplicaLag")
    where = (body.get("region", seed.DR), namespace, name, dimensions)
    value = body["value"]
    value = None if value is None else float(value)
    cloudwatch.feed(world, *where, value, float(body.get("every_s", 5)))
    if value is None and body.get("forget"):
        cloudwatch.drop(*where)
    return {}


def replication(world, body):
    """{"region", "db", "status": "replicating"|"error"|"stopped"|"terminated",
    "message"?} -> itself: what DescribeDBInstances shows in StatusInfos."""
    world.replication[(body["region"], body["db"])] = body
    return body


def app(world, body):
    """{"region", "status": 200..599} -> all: what /app/<region>/health answers."""
    world.apps[body["region"]] = int(body["status"])
    return world.apps


def fault_rules(world, body):
    """[rule, ..] or {"rules": [..], "append"?: bool} -> the rules with `seen` and
    `fired`; nothing or {} only asks."""
    if body:
        rules = body if isinstance(body, list) else body.get("rules", [body])
        old = world.faults if isinstance(body, dict) and body.get("append") else []
        world.faults = old + faults.checked(rules)
    return world.faults


def clear_faults(world, _body):
    """{} -> {}: no fault rules."""
    world.faults = []
    return {}


def calls(world, body):
    """{"after_seq"?: N} -> the witness log, in the order of arrival."""
    return [c for c in world.calls if c["seq"] > body.get("after_seq", 0)]


def wait(world, body):
    """{"action": regex, "region"?: regex, "count"?: 1, "done"?: bool, "timeout_s"?: 10}
    -> {"met", "calls"}: returns as soon as so many such calls are in the log."""
    deadline = time.monotonic() + float(body.get("timeout_s", 10))
    while True:
        found = [c for c in world.calls if _wanted(c, body)]
        left = deadline - time.monotonic()
        if len(found) >= body.get("count", 1) or left <= 0:
            return {"met": len(found) >= body.get("count", 1), "calls": found}
        world.arrived.wait(left)  # gives the lock up meanwhile


def _wanted(record, body) -> bool:
    return (
        re.fullmatch(body["action"], record["action"]) is not None
        and re.fullmatch(body.get("region", ".*"), record["region"]) is not None
        and (record["done"] or not body.get("done"))
    )


def seed_mycomputer(world, _body):
    """{} -> {"zone_id", "health_check_id", "record", "primary_db", "replica_db",
    "primary_db_arn"}."""
    return seed.mycomputer(world)


TABLE = {
    "reset": reset,
    "timings": timings,
    "advance": advance,
    "state": state,
    "health_check": health_check,
    "region": region,
    "metric": metric,
    "feed": feed,
    "replication": replication,
    "app": app,
    "faults": fault_rules,
    "faults/clear": clear_faults,
    "calls": calls,
    "wait": wait,
    "seed": seed_mycomputer,
}
