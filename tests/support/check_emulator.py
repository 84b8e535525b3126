"""The emulator's own laws, asked by an independent client (boto3).

usage: python -B check_emulator.py PORT      exits 0 and prints `ok N laws`
Owns the proof that what the Rust tests stand on behaves as AWS documents it. Polls
without sleeping; every wait has a deadline.
"""

import json
import sys
import time
import urllib.error
import urllib.request

import boto3
import botocore.model
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

BASE = f"http://127.0.0.1:{sys.argv[1]}"
DB, DB_DR = "mycomputer-inventory-db", "mycomputer-inventory-db-dr"
CLUSTER, SERVICE = "mycomputer-production", "inventory-service"
LAWS = []
# As the AWS SDK for Rust does; botocore itself would choose JSON for CloudWatch.
ORDER = ("smithy-rpc-v2-cbor", *botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS)
botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = ORDER


def law(check):
    LAWS.append(check)
    return check


def control(name, body=None):
    data = json.dumps({} if body is None else body).encode()
    request = urllib.request.Request(f"{BASE}/_control/{name}", data, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def client(service, region, read_timeout=5):
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=BASE,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="not-a-secret",
        config=config,
    )


def until(what, ask, timeout=10):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        got = ask()
        if what(got):
            return got
    raise AssertionError(f"still {got!r} after {timeout} s")


def refused(code, status, ask):
    try:
        ask()
    except ClientError as why:
        got = why.response["Error"]["Code"], why.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), f"{got} instead of {(code, status)}: {why}"
        return why
    raise AssertionError(f"accepted, {code} expected")


def calls(action):
    return [c for c in control("calls") if c["action"] == action]


def replica(rds):
    return rds.describe_db_instances(DBInstanceIdentifier=DB_DR)["DBInstances"][0]


@law
def promotion_is_asynchronous_and_happens_once(_seed):
    control("timings", {"promotion_lag_s": 0.2, "promotion_modifying_s": 0.4})
    rds, home = client("rds", "eu-central-1"), client("rds", "eu-west-1")
    before = replica(rds)
    assert before["StatusInfos"][0]["Status"] == "replicating", before
    assert before["BackupRetentionPeriod"] == 0
    promote = {"DBInstanceIdentifier": DB_DR, "BackupRetentionPeriod": 5}
    accepted = rds.promote_read_replica(**promote)["DBInstance"]
    assert accepted["DBInstanceStatus"] == "available"
    assert accepted["ReadReplicaSourceDBInstanceIdentifier"].endswith(DB)
    refused("InvalidDBInstanceState", 400, lambda: rds.promote_read_replica(**promote))
    middle = until(lambda i: i["DBInstanceStatus"] == "modifying", lambda: replica(rds))
    assert "ReadReplicaSourceDBInstanceIdentifier" in middle
    refused("InvalidDBInstanceState", 400, lambda: rds.promote_read_replica(**promote))
    done = until(lambda i: i["DBInstanceStatus"] == "available", lambda: replica(rds))
    assert not done.get("ReadReplicaSourceDBInstanceIdentifier"), done
    assert not done.get("StatusInfos"), done
    assert done["BackupRetentionPeriod"] == 5
    primary = home.describe_db_instances(DBInstanceIdentifier=DB)["DBInstances"][0]
    assert primary["ReadReplicaDBInstanceIdentifiers"] == [], primary
    refused("InvalidDBInstanceState", 400, lambda: rds.promote_read_replica(**promote))
    assert [c["executed"] for c in calls("PromoteReadReplica")] == [True] + [False] * 3


@law
def unknown_instances_are_not_found(_seed):
    rds = client("rds", "eu-central-1")
    for method in ("promote_read_replica", "reboot_db_instance", "stop_db_instance"):
        ask = getattr(rds, method)
        refused("DBInstanceNotFound", 404, lambda: ask(DBInstanceIdentifier="nope"))
    refused(
        "DBInstanceNotFound", 404, lambda: rds.describe_db_instances(DBInstanceIdentifier=DB)
    )
    refused(
        "DBClusterNotFoundFault",
        404,
        lambda: rds.promote_read_replica_db_cluster(DBClusterIdentifier="nope"),
    )


@law
def a_replica_outlives_its_source(_seed):
    rds, home = client("rds", "eu-central-1"), client("rds", "eu-west-1")
    home.delete_db_instance(DBInstanceIdentifier=DB, SkipFinalSnapshot=True)
    assert replica(rds)["DBInstanceIdentifier"] == DB_DR
    rds.promote_read_replica(DBInstanceIdentifier=DB_DR)
    control("advance")
    assert not replica(rds).get("ReadReplicaSourceDBInstanceIdentifier")


def change(route53, zone, *changes):
    made = [
        {
            "Action": action,
            "ResourceRecordSet": {
                "Name": "api.mycomputer.example",
                "Type": "A",
                "SetIdentifier": name,
                "Weight": weight,
                "AliasTarget": {
                    "HostedZoneId": "Z32O12XQLNTSW2",
                    "DNSName": "primary-alb.eu-west-1.elb.amazonaws.com",
                    "EvaluateTargetHealth": True,
                },
            },
        }
        for action, name, weight in changes
    ]
    batch = {"Changes": made}
    return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def weights(seed):
    zone = control("state")["route53"]["zones"]["mycomputer.example."]
    assert zone["id"] == seed["zone_id"]
    return {r["set_identifier"]: r["weight"] for r in zone["records"]}


@law
def dns_changes_are_pending_then_in_sync_and_all_or_nothing(seed):
    route53, zone = client("route53", "us-east-1"), seed["zone_id"]
    batch = ("UPSERT", "Primary", 0), ("UPSERT", "Secondary", 100)
    first = change(route53, zone, *batch)["ChangeInfo"]
    second = change(route53, zone, *batch)["ChangeInfo"]
    assert first["Status"] == "PENDING" and first["Id"] != second["Id"]
    status = lambda: route53.get_change(Id=first["Id"])["ChangeInfo"]["Status"]  # noqa: E731
    assert status() == "PENDING"
    until(lambda s: s == "INSYNC", status)
    assert weights(seed) == {"Primary": 0, "Secondary": 100}
    refused("NoSuchChange", 404, lambda: route53.get_change(Id="C0123456789"))
    bad = [("CREATE", "Primary", 1)], [("DELETE", "Third", 1)], [("DELETE", "Primary", 77)]
    for wrong in bad:
        together = ("UPSERT", "Secondary", 50), *wrong
        refused("InvalidChangeBatch", 400, lambda: change(route53, zone, *together))
    assert weights(seed) == {"Primary": 0, "Secondary": 100}
    change(route53, zone, ("DELETE", "Primary", 0))
    assert weights(seed) == {"Secondary": 100}
    listed = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert any(r.get("Weight") == 100 for r in listed), listed
    params = calls("ChangeResourceRecordSets")[0]["params"]
    named = params["ChangeBatch"]["Changes"]["Change"][1]["ResourceRecordSet"]
    assert named["SetIdentifier"] == "Secondary" and named["Weight"] == "100", named


@law
def health_checks_say_what_they_are_told(seed):
    route53, name = client("route53", "us-east-1"), seed["health_check_id"]

    def words():
        told = route53.get_health_check_status(HealthCheckId=name)
        return {o["StatusReport"]["Status"][:7] for o in told["HealthCheckObservations"]}

    assert words() == {"Success"}
    control("health_check", {"id": name, "status": "unhealthy"})
    assert words() == {"Failure"}


@law
def services_move_to_their_count(_seed):
    control("timings", {"ecs_delay_s": 0.3})
    ecs = client("ecs", "eu-central-1")
    both = {"cluster": CLUSTER, "service": SERVICE}

    def service():
        return ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]

    steady = service()
    assert steady["deployments"][0]["rolloutState"] == "COMPLETED", steady
    moving = ecs.update_service(**both, desiredCount=3)["service"]
    assert (moving["desiredCount"], moving["runningCount"], moving["pendingCount"]) == (3, 1, 2)
    assert moving["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    done = until(lambda s: s["runningCount"] == 3, service)
    primary = done["deployments"][0]
    assert (primary["runningCount"], primary["rolloutState"]) == (3, "COMPLETED"), primary
    ecs.update_service(**both, forceNewDeployment=True)
    two = service()["deployments"]
    assert [d["status"] for d in two] == ["PRIMARY", "ACTIVE"] and two[0]["id"] != primary["id"]
    until(lambda s: len(s["deployments"]) == 1, service)
    refused(
        "ServiceNotFoundException",
        400,
        lambda: ecs.update_service(cluster=CLUSTER, service="nope", desiredCount=1),
    )
    missing = ecs.describe_services(cluster=CLUSTER, services=["nope"])["failures"]
    assert missing[0]["reason"] == "MISSING", missing


def lag(cloudwatch):
    now = time.time()
    query = {
        "Id": "lag",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/RDS",
                "MetricName": "ReplicaLag",
                "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": DB_DR}],
            },
            "Period": 60,
            "Stat": "Maximum",
        },
    }
    return cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=now - 300, EndTime=now
    )["MetricDataResults"][0]


@law
def cloudwatch_speaks_cbor(_seed):
    cloudwatch, sent = client("cloudwatch", "eu-central-1"), []
    cloudwatch.meta.events.register(
        "before-send.cloudwatch", lambda request, **_: sent.append(request)
    )
    got = lag(cloudwatch)
    assert sent[0].headers["smithy-protocol"] in (b"rpc-v2-cbor", "rpc-v2-cbor")
    assert "/operation/GetMetricData" in sent[0].url
    assert got["Id"] == "lag" and set(got["Values"]) == {3.0}, got
    assert got["Timestamps"][0].tzinfo is not None, got
    control("feed", {"value": -1})
    assert set(lag(cloudwatch)["Values"]) == {-1.0}
    control("feed", {"value": None, "forget": True})
    assert lag(cloudwatch)["Values"] == []
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": DB_DR}]
    data = [{"MetricName": "ReplicaLag", "Dimensions": dimensions, "Value": 7.5}]
    cloudwatch.put_metric_data(Namespace="AWS/RDS", MetricData=data)
    known = cloudwatch.list_metrics(Namespace="AWS/RDS")["Metrics"]
    assert known[0]["MetricName"] == "ReplicaLag", known
    now = time.time()
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName="ReplicaLag",
        Dimensions=dimensions,
        StartTime=now - 60,
        EndTime=now + 60,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert points[0]["Maximum"] == 7.5 and points[0]["Timestamp"].tzinfo, points
    cloudwatch.put_metric_alarm(
        AlarmName="lag",
        Namespace="AWS/RDS",
        MetricName="ReplicaLag",
        Period=60,
        EvaluationPeriods=1,
        Threshold=30.0,
        Statistic="Maximum",
        ComparisonOperator="GreaterThanThreshold",
    )
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["Threshold"] == 30.0
    refused(
        "ResourceNotFound",
        404,
        lambda: cloudwatch.get_dashboard(DashboardName="nope"),
    )
    control("faults", [{"action": "GetMetricData", "kind": "throttle"}])
    refused("ThrottlingException", 400, lambda: lag(cloudwatch))


@law
def faults_do_what_they_say(_seed):
    rds = client("rds", "eu-central-1", read_timeout=1)
    promote = lambda: rds.promote_read_replica(DBInstanceIdentifier=DB_DR)  # noqa: E731
    rules = [
        {"action": "PromoteReadReplica", "kind": "throttle", "times": 1},
        {"action": "PromoteReadReplica", "kind": "reset", "times": 1},
        {"action": "PromoteReadReplica", "kind": "hang", "times": 1},
        {"action": "PromoteReadReplica", "kind": "drop_response", "times": 1},
    ]
    control("faults", rules)
    refused("Throttling", 400, promote)
    for expected in (ConnectionClosedError, ReadTimeoutError, ConnectionClosedError):
        try:
            promote()
        except expected:
            continue
        raise AssertionError(f"{expected.__name__} expected")
    refused("InvalidDBInstanceState", 400, promote)
    told = [(c["fault"], c["executed"], c["status"]) for c in calls("PromoteReadReplica")]
    assert told == [
        ("throttle", False, 400),
        ("reset", False, None),
        ("hang", False, None),
        ("drop_response", True, None),
        (None, False, 400),
    ], told
    ecs = client("ecs", "eu-central-1")
    kind = {"kind": "error", "code": "ServerException", "status": 500, "message": "m"}
    control("faults", [kind | {"action": "ecs:Describe.*"}])
    ask = lambda: ecs.describe_services(cluster=CLUSTER, services=[SERVICE])  # noqa: E731
    refused("ServerException", 500, ask)
    control("faults", [{"action": "UpdateService", "kind": "http500_after_effect"}])
    update = {"cluster": CLUSTER, "service": SERVICE, "desiredCount": 4}
    refused("InternalFailure", 500, lambda: ecs.update_service(**update))
    assert ask()["services"][0]["desiredCount"] == 4
    route53 = client("route53", "us-east-1")
    control("faults", [{"action": "route53:.*", "kind": "throttle"}])
    refused("Throttling", 400, route53.list_hosted_zones)


@law
def an_outage_is_one_region_only(_seed):
    west = client("rds", "eu-west-1", read_timeout=1)
    central = client("rds", "eu-central-1")
    control("region", {"region": "eu-west-1", "mode": "hang"})
    try:
        west.describe_db_instances()
        raise AssertionError("answered in an outage")
    except ReadTimeoutError:
        pass
    assert replica(central)["DBInstanceStatus"] == "available"
    client("route53", "us-east-1").list_hosted_zones()
    control("region", {"region": "eu-west-1", "mode": "refuse503"})
    refused("ServiceUnavailable", 503, west.describe_db_instances)
    control("region", {"region": "eu-west-1", "mode": "ok"})
    assert west.describe_db_instances()["DBInstances"]
    assert calls("DescribeDBInstances")[0]["fault"] == "outage hang"


@law
def the_application_is_as_told(_seed):
    def health(region):
        try:
            return urllib.request.urlopen(f"{BASE}/app/{region}/health", timeout=5).status
        except urllib.error.HTTPError as why:
            return why.code

    assert health("eu-west-1") == 200
    control("app", {"region": "eu-west-1", "status": 503})
    assert (health("eu-west-1"), health("eu-central-1")) == (503, 200)


@law
def the_witness_holds_no_secret(_seed):
    client("rds", "eu-west-1").create_db_instance(
        DBInstanceIdentifier="x",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="u",
        MasterUserPassword="hunter22222",
    )
    log = json.dumps(control("calls"))
    assert "hunter2" not in log and "AKIA" not in log, log


def main():
    for check in LAWS:
        control("reset")
        started = time.monotonic()
        check(control("seed"))
        print(f"{time.monotonic() - started:6.2f} s  {check.__name__}", flush=True)
    control("reset")
    print(f"ok {len(LAWS)} laws")


if __name__ == "__main__":
    main()
