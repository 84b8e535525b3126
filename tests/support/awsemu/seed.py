"""The MyComputer estate, as the tests and the examples know it.

Owns its names and its first state. Everything is created through the emulated APIs,
so that what a test finds is what the API would have made.
"""

import json
from urllib.parse import urlencode

from . import cloudwatch, upstream, wire

PRIMARY, DR = "eu-west-1", "eu-central-1"
DB, DB_DR = "mycomputer-inventory-db", "mycomputer-inventory-db-dr"
CLUSTER, SERVICE = "mycomputer-production", "inventory-service"
ZONE, RECORD = "mycomputer.example.", "api.mycomputer.example."
ALIASES = {
    "Primary": ("primary-alb.eu-west-1.elb.amazonaws.com", "Z32O12XQLNTSW2", 100),
    "Secondary": ("secondary-alb.eu-central-1.elb.amazonaws.com", "Z215JYRZR1TBD5", 0),
}
XMLNS = "https://route53.amazonaws.com/doc/2013-04-01/"


def mycomputer(world) -> dict:
    """Seed the estate; the answer has the ids the service chose."""
    databases()
    for region, count in ((PRIMARY, 3), (DR, 1)):
        containers(region, count)
    ids = dns()
    world.settle(everything=True)
    dimensions = {"DBInstanceIdentifier": DB_DR}
    cloudwatch.feed(world, DR, "AWS/RDS", "ReplicaLag", dimensions, 3.0, 5)
    arn = f"arn:aws:rds:{PRIMARY}:{cloudwatch.ACCOUNT}:db:{DB}"
    return ids | {"primary_db": DB, "replica_db": DB_DR, "primary_db_arn": arn}


def databases() -> None:
    create = {
        "Action": "CreateDBInstance",
        "DBInstanceIdentifier": DB,
        "Engine": "postgres",
        "EngineVersion": "15.10",
        "DBInstanceClass": "db.r6g.large",
        "AllocatedStorage": "100",
        "MasterUsername": "inventory",
        "MasterUserPassword": "not-a-secret-1",
        "BackupRetentionPeriod": "7",
        "MultiAZ": "true",
    }
    query("rds", PRIMARY, create)
    replica = {
        "Action": "CreateDBInstanceReadReplica",
        "DBInstanceIdentifier": DB_DR,
        "DBInstanceClass": "db.r6g.large",
        "SourceDBInstanceIdentifier": f"arn:aws:rds:{PRIMARY}:{cloudwatch.ACCOUNT}:db:{DB}",
    }
    query("rds", DR, replica)


def containers(region: str, count: int) -> None:
    target("ecs", region, "CreateCluster", {"clusterName": CLUSTER})
    image = {"name": "app", "image": "mycomputer/inventory:1", "memory": 512, "cpu": 256}
    definition = {"family": SERVICE, "containerDefinitions": [image]}
    target("ecs", region, "RegisterTaskDefinition", definition)
    service = {
        "cluster": CLUSTER,
        "serviceName": SERVICE,
        "taskDefinition": f"{SERVICE}:1",
        "desiredCount": count,
        "launchType": "FARGATE",
    }
    target("ecs", region, "CreateService", service)


def dns() -> dict:
    zone = rest(
        "hostedzone",
        f'<CreateHostedZoneRequest xmlns="{XMLNS}"><Name>{ZONE}</Name>'
        "<CallerReference>mycomputer-zone</CallerReference></CreateHostedZoneRequest>",
    )["CreateHostedZoneResponse"]["HostedZone"]["Id"].rpartition("/")[2]
    check = rest(
        "healthcheck",
        f'<CreateHealthCheckRequest xmlns="{XMLNS}">'
        "<CallerReference>mycomputer-primary</CallerReference><HealthCheckConfig>"
        f"<Port>443</Port><Type>HTTPS</Type><ResourcePath>/health</ResourcePath>"
        f"<FullyQualifiedDomainName>{ALIASES['Primary'][0]}</FullyQualifiedDomainName>"
        "<RequestInterval>10</RequestInterval><FailureThreshold>3</FailureThreshold>"
        "</HealthCheckConfig></CreateHealthCheckRequest>",
    )["CreateHealthCheckResponse"]["HealthCheck"]["Id"]
    changes = "".join(
        "<Change><Action>CREATE</Action><ResourceRecordSet>"
        f"<Name>{RECORD}</Name><Type>A</Type><SetIdentifier>{name}</SetIdentifier>"
        f"<Weight>{weight}</Weight><AliasTarget><HostedZoneId>{alias_zone}</HostedZoneId>"
        f"<DNSName>{target_name}</DNSName>"
        "<EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>"
        + (f"<HealthCheckId>{check}</HealthCheckId>" if name == "Primary" else "")
        + "</ResourceRecordSet></Change>"
        for name, (target_name, alias_zone, weight) in ALIASES.items()
    )
    rest(
        f"hostedzone/{zone}/rrset/",
        f'<ChangeResourceRecordSetsRequest xmlns="{XMLNS}"><ChangeBatch><Changes>'
        f"{changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
    )
    return {"zone_id": zone, "health_check_id": check, "record": RECORD}


def query(service: str, region: str, params: dict) -> bytes:
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    body = urlencode(params | {"Version": "2014-10-31"}).encode()
    return send(service, region, "/", {"content-type": kind}, body)


def target(service: str, region: str, action: str, params: dict) -> bytes:
    name = f"AmazonEC2ContainerServiceV20141113.{action}"
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": name}
    return send(service, region, "/", headers, json.dumps(params).encode())


def rest(path: str, body: str) -> dict:
    headers = {"content-type": "application/xml"}
    answer = send("route53", "us-east-1", f"/2013-04-01/{path}", headers, body.encode())
    return wire.xmltodict.parse(answer)


def send(service: str, region: str, path: str, headers: dict, body: bytes) -> bytes:
    scope = f"Credential=AKIAIOSFODNN7EXAMPLE/20260101/{region}/{service}/aws4_request"
    headers = headers | {
        "host": "localhost",
        "authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
    }
    request = wire.Request("POST", path, headers, body)
    reply = upstream.ask(wire.read(request), request)
    if reply.status >= 300:
        raise ValueError(f"seed: {service} {region} {path}: {reply.status} {reply.body!r}")
    return reply.body
