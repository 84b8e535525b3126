"""Route 53 where moto contradicts the documentation: change batches, ids, health.

Owns the corrections of moto's Route 53. Source of each: the Amazon Route 53 API
Reference, page of the action named. `install` is not called under `--upstream`.
"""

import functools
import secrets
import string

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import RecordSet, Route53Backend, route53_backends
from moto.route53.responses import Route53

# Region and address of some Route 53 health checkers; any eight would do.
CHECKERS = [
    ("us-east-1", "15.177.2.10"),
    ("us-west-1", "15.177.10.10"),
    ("us-west-2", "15.177.14.10"),
    ("eu-west-1", "15.177.18.10"),
    ("ap-southeast-1", "15.177.34.10"),
    ("ap-southeast-2", "15.177.38.10"),
    ("ap-northeast-1", "15.177.42.10"),
    ("sa-east-1", "15.177.46.10"),
]
# Ids moto hands out for zone creation and deletion; it never answers PENDING there.
MOTOS_OWN = {"C1PA6795UKMFR9", "C2682N5HXP0BZ4", "a1b2c3d4"}
SUCCESS = "Success: HTTP Status Code 200, OK"
FAILURE = "Failure: Connection timed out. The endpoint or the internet connection is down."


def install(world) -> None:
    Route53Backend.change_resource_record_sets = _change_record_sets
    original = Route53.change_resource_record_sets
    Route53.change_resource_record_sets = _numbered(original, world)
    Route53.get_change = functools.partialmethod(_get_change, world=world)
    Route53.get_health_check_status = functools.partialmethod(_status, world=world)
    Route53.update_health_check = _versioned(Route53.update_health_check)


def _numbered(method, world):
    """GetChange: PENDING "is the initial status of all change batch requests"; "INSYNC
    indicates that the changes have propagated to all Route 53 DNS servers". moto always
    answers the same id, INSYNC."""

    @functools.wraps(method)
    def change(self):
        method(self)
        alphabet = string.ascii_uppercase + string.digits
        name = "C" + "".join(secrets.choice(alphabet) for _ in range(20))
        info = {"Id": f"/change/{name}", "Status": "PENDING", "SubmittedAt": utcnow()}
        world.changes[name] = info
        world.after(world.timings["dns_sync_s"], lambda: info.update(Status="INSYNC"))
        return ActionResult({"ChangeInfo": dict(info)})

    return change


def _get_change(self, world):
    """GetChange: NoSuchChange (404), "A change with the specified change ID does not
    exist". moto knows every id."""
    name = self._get_param("Id").rpartition("/")[2]
    info = world.changes.get(name)
    if info is None and name in MOTOS_OWN:
        info = {"Id": f"/change/{name}", "Status": "INSYNC", "SubmittedAt": utcnow()}
    if info is None:
        text = f"Could not find resource with ID: {name}"
        raise Route53ClientError("NoSuchChange", text)
    return ActionResult({"ChangeInfo": dict(info)})


def _change_record_sets(backend, zoneid, change_list) -> None:
    """ChangeResourceRecordSets: "Route 53 validates the changes in the request and then
    either makes all or none of the changes in the change batch request." CREATE of an existing and DELETE of a missing or different
    set are InvalidChangeBatch (400). moto accepts the first, has another code for the
    second, and deletes every set with the same set identifier."""
    zone = backend.get_hosted_zone(zoneid)
    records, problems = list(zone.rrsets), []
    for change in change_list:
        wanted = _record(change["ResourceRecordSet"])
        problem = _apply(zone, records, change["Action"], wanted)
        if problem:
            problems.append(problem)
    if problems:
        text = "[" + ", ".join(problems) + "]"
        raise Route53ClientError("InvalidChangeBatch", text)
    zone.rrsets = records


def _apply(zone, records, action, wanted) -> str | None:
    """Apply one change to `records`, or say what is wrong with it."""
    label = f"name='{wanted.name}', type='{wanted.type}'"
    label += f", set identifier='{wanted.set_identifier}'" if wanted.set_identifier else ""
    if not ("." + wanted.name).endswith("." + zone.name.rstrip(".") + "."):
        return f"RRSet with DNS name {wanted.name} is not permitted in zone {zone.name}"
    found = next((i for i, r in enumerate(records) if _key(r) == _key(wanted)), None)
    if action == "DELETE":
        if found is None:
            return f"Tried to delete resource record set [{label}] but it was not found"
        if _values(records[found]) != _values(wanted):
            return (
                f"Tried to delete resource record set [{label}] but the values provided "
                "do not match the current values"
            )
        del records[found]
        return None
    if action == "CREATE" and found is not None:
        return f"Tried to create resource record set [{label}] but it already exists"
    same = [r for r in records if _key(r)[:2] == _key(wanted)[:2]]
    if any(bool(r.set_identifier) != bool(wanted.set_identifier) for r in same):
        return f"RRSet of [{label}] cannot be created as another routing policy exists"
    if found is None:
        records.append(wanted)
    else:
        records[found] = wanted
    return None


def _record(change: dict) -> RecordSet:
    """A record set as the service stores it, names fully qualified: "If you omit the
    trailing dot, Amazon Route 53 assumes that the domain name that you specify is fully
    qualified." The same for alias targets is how the service answers, not a quotation."""
    change = dict(change)
    change["Name"] = _dotted(change["Name"])
    values = change.get("ResourceRecords") or []
    change["ResourceRecords"] = [v["Value"] if isinstance(v, dict) else v for v in values]
    if change.get("AliasTarget"):
        alias = dict(change["AliasTarget"])
        change["AliasTarget"] = alias | {"DNSName": _dotted(alias["DNSName"])}
    return RecordSet(change)


def _dotted(name: str) -> str:
    return name.lower().rstrip(".") + "."


def _key(record) -> tuple:
    return _dotted(record.name), record.type, record.set_identifier or ""


def _values(record) -> tuple:
    alias = {k: str(v).lower().rstrip(".") for k, v in (record.alias_target or {}).items()}
    number = None if record.weight in (None, "") else int(record.weight)
    ttl = None if record.ttl in (None, "") else int(record.ttl)
    rest = (record.health_check_id or None, record.failover or None, record.region or None)
    return ttl, sorted(record.records or []), alias, number, *rest


def _status(self, world):
    """GetHealthCheckStatus: "A list that contains one HealthCheckObservation element
    for each Amazon Route 53 health checker that is reporting a status"."""
    name = self._get_param("HealthCheckId")
    self.backend.get_health_check(name)
    healthy = world.health.get(name, {}).get("healthy_checkers", len(CHECKERS))
    observations = [
        {
            "Region": region,
            "IPAddress": address,
            "StatusReport": {
                "Status": SUCCESS if i < healthy else FAILURE,
                "CheckedTime": utcnow(),
            },
        }
        for i, (region, address) in enumerate(CHECKERS)
    ]
    return ActionResult({"HealthCheckObservations": observations})


def _versioned(method):
    """UpdateHealthCheck: HealthCheckVersionMismatch (409) when HealthCheckVersion
    "doesn't match the value of HealthCheckVersion in the health check"."""

    @functools.wraps(method)
    def update(self):
        check = self.backend.get_health_check(self._get_param("HealthCheckId"))
        told = self._get_param("HealthCheckVersion")
        if told is not None and int(told) != int(check.health_check_version):
            text = f"The version of the health check is {check.health_check_version}."
            raise Route53ClientError("HealthCheckVersionMismatch", text)
        result = method(self)
        check.health_check_version += 1
        return result

    return update


def dump(world) -> dict:
    """What a test asserts: zones by name, changes and health checks by id."""
    zones, checks = {}, {}
    for account in list(route53_backends.values()):
        for backend in list(account.values()):
            for zone in backend.zones.values():
                zones[zone.name] = {"id": zone.resource_id, "records": _dump_zone(zone)}
            for name, check in backend.health_checks.items():
                told = world.health.get(name, {"status": "healthy"})
                checks[name] = {"fqdn": check.fqdn, "status": told["status"]}
    changes = {name: info["Status"] for name, info in world.changes.items()}
    return {"zones": zones, "changes": changes, "health_checks": checks}


def _dump_zone(zone) -> list[dict]:
    return [
        {
            "name": record.name,
            "type": record.type,
            "set_identifier": record.set_identifier,
            "weight": None if record.weight in (None, "") else int(record.weight),
            "ttl": record.ttl,
            "values": list(record.records or []),
            "alias": dict(record.alias_target) if record.alias_target else None,
            "health_check_id": record.health_check_id,
        }
        for record in zone.rrsets
        if record.type not in ("NS", "SOA")
    ]
