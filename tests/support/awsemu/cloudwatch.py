"""CloudWatch: the rpc-v2-cbor bridge in front of moto, and metric feeds.

Owns turning a CBOR operation into moto's query call and the answer back
(https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html), and the
datapoints that keep coming. Not used under `--upstream`.
"""

import functools
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import cbor2
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from . import upstream, wire

ACCOUNT = "123456789012"
READS = ("GetMetricData", "GetMetricStatistics", "ListMetrics")
BACKFILL_S = 600


@functools.cache
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")


def install() -> None:
    original = CloudWatchBackend.get_metric_data

    def aligned(self, queries, start_time, end_time, scan_by="TimestampAscending"):
        # GetMetricData: "Start time less than 15 days ago - Round down to the nearest
        # whole minute"; so a datapoint carries its minute. moto counts from any start.
        start_time = start_time.replace(second=0, microsecond=0)
        return original(self, queries, start_time, end_time, scan_by)

    CloudWatchBackend.get_metric_data = aligned


def bridge(call: wire.Call, request: wire.Request) -> wire.Reply:
    """Answer a CBOR operation with moto's answer to the same query operation."""
    if call.action not in model().operation_names:
        return wire.error(call, 404, "UnknownOperationException", call.action)
    operation = model().operation_model(call.action)
    params = cbor2.loads(wire.plain_body(request)) if request.body else {}
    made = create_serializer("query", False).serialize_to_request(params, operation)
    headers = dict(request.headers)
    for name in ("smithy-protocol", "content-encoding", "x-amzn-query-mode"):
        headers.pop(name, None)
    headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    body = urlencode(made["body"]).encode()
    query = wire.Call(call.service, call.region, call.action, "query")
    answer = upstream.ask(query, wire.Request("POST", "/", headers, body))
    parsed = create_parser("query").parse(
        {"status_code": answer.status, "headers": answer.headers, "body": answer.body},
        operation.output_shape,
    )
    if answer.status >= 300:
        return _error(call, answer.status, parsed.get("Error", {}))
    parsed.pop("ResponseMetadata", None)
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    # A timestamp is tag 1: seconds since the epoch. What is absent is left out.
    body = cbor2.dumps(_present(parsed), datetime_as_timestamp=True)
    return wire.Reply(200, headers, body)


def _present(value):
    if isinstance(value, dict):
        return {k: _present(v) for k, v in value.items() if v is not None}
    return [_present(v) for v in value] if isinstance(value, list) else value


def _error(call: wire.Call, status: int, told: dict) -> wire.Reply:
    """`__type` is the shape; the query code goes into `x-amzn-query-error`."""
    code = told.get("Code") or "InternalFailure"
    reply = wire.error(call, status, code, told.get("Message") or "")
    shapes = model().error_shapes
    shape = next((s.name for s in shapes if code in (s.name, s.error_code)), code)
    body = {"__type": f"com.amazonaws.cloudwatch#{shape}", "message": told.get("Message") or ""}
    return wire.Reply(status, reply.headers, cbor2.dumps(body))


def put(region, namespace, metric, dimensions, points) -> None:
    """Put datapoints straight in. `points`: (seconds ago, value)."""
    now = datetime.now(timezone.utc)
    _backend(region).put_metric_data(
        namespace,
        [
            {
                "MetricName": metric,
                "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                "Value": value,
                "Timestamp": (now - timedelta(seconds=ago)).replace(tzinfo=None),
            }
            for ago, value in points
        ],
    )


def drop(region, namespace, metric, dimensions) -> None:
    """Forget every datapoint of one metric."""
    backend = _backend(region)
    backend.metric_data = [
        d
        for d in backend.metric_data
        if (d.namespace, d.name) != (namespace, metric)
        or {x.name: x.value for x in d.dimensions} != dimensions
    ]


def feed(world, region, namespace, metric, dimensions, value, every_s) -> None:
    """From now on a datapoint of `value` every `every_s` seconds, and ten minutes of
    the same value before: what is read next is `value` alone. None stops the feed
    and leaves what there is, to grow old."""
    key = (region, namespace, metric, tuple(sorted(dimensions.items())))
    if value is None:
        catch_up(world)
        world.feeds.pop(key, None)
        return
    drop(region, namespace, metric, dimensions)
    ages = range(1, BACKFILL_S, max(1, int(every_s)))
    put(region, namespace, metric, dimensions, [(age, value) for age in reversed(ages)])
    world.feeds[key] = {"value": value, "every_s": every_s, "fed": time.monotonic()}


def catch_up(world) -> None:
    """Put in what the feeds owe since the last read."""
    now = time.monotonic()
    for (region, namespace, metric, dimensions), told in world.feeds.items():
        owed = int((now - told["fed"]) / told["every_s"])
        told["fed"] += owed * told["every_s"]
        late = [(1 + i * told["every_s"], told["value"]) for i in range(owed)]
        put(region, namespace, metric, dict(dimensions), reversed(late))


def _backend(region) -> CloudWatchBackend:
    return cloudwatch_backends[ACCOUNT][region]
