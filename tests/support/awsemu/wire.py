"""The AWS protocols: which call a request is, and what an error looks like.

Owns reading a request (service and region from the SigV4 scope, action and
parameters from the protocol) and writing error answers. Never records a
credential: neither headers nor secret parameters leave this file.
"""

import functools
import gzip
import json
import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import cbor2
import xmltodict
from botocore.loaders import Loader

SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
CBOR_PATH = re.compile(r"^/service/([^/]+)/operation/([^/?]+)$")
SECRET = re.compile(r"password|secret|token$|credential", re.IGNORECASE)
XML_NAMESPACE = {
    "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
    "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
    "monitoring": "http://monitoring.amazonaws.com/doc/2010-08-01/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


@dataclass
class Request:
    """A request as it came. `headers` has lower-case names."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Call:
    """What a request asks for. `protocol`: query, json, cbor or rest-xml."""

    service: str
    region: str
    action: str
    protocol: str
    params: dict = field(default_factory=dict)


def read(request: Request) -> Call:
    """The call a request is. Unsigned requests have service and region `-`."""
    scope = SCOPE.search(request.headers.get("authorization", ""))
    region, service = scope.groups() if scope else ("-", "-")
    cbor = CBOR_PATH.match(request.path)
    if cbor:
        params = cbor2.loads(plain_body(request)) if request.body else {}
        return Call(service, region, cbor[2], "cbor", redact(params))
    target = request.headers.get("x-amz-target")
    if target:
        params = json.loads(request.body or b"{}")
        return Call(service, region, target.rpartition(".")[2], "json", redact(params))
    form = dict(parse_qsl(plain_body(request).decode("utf-8", "replace")))
    form = form if "Action" in form else dict(parse_qsl(urlsplit(request.target).query))
    if "Action" in form:
        action = form.pop("Action")
        form.pop("Version", None)
        return Call(service, region, action, "query", redact(form))
    return read_rest(service, region, request)


def read_rest(service: str, region: str, request: Request) -> Call:
    for name, method, pattern in rest_operations(service):
        found = pattern.fullmatch(request.path) if method == request.method else None
        if found:
            params = {k: unquote(v) for k, v in found.groupdict().items()}
            params.update(parse_qsl(urlsplit(request.target).query))
            if request.body.lstrip().startswith(b"<"):
                params.update(xml_body(request.body))
            return Call(service, region, name, "rest-xml", redact(params))
    return Call(service, region, f"{request.method} {request.path}", "rest-xml")


@functools.cache
def rest_operations(service: str) -> list[tuple]:
    """Operations of a REST service as (name, method, pattern of the path)."""
    if service != "route53":
        return []
    model = Loader().load_service_model(service, "service-2")
    found = []
    for name, operation in model["operations"].items():
        uri = operation["http"]["requestUri"].partition("?")[0].rstrip("/")
        pattern = re.sub(r"\\{(\w+)\\?\+?\\}", r"(?P<\1>[^/]+)", re.escape(uri))
        found.append((name, operation["http"]["method"], re.compile(pattern + "/?")))
    return found


def xml_body(body: bytes) -> dict:
    """A REST XML body without its root and its namespace."""
    forced = ("Change", "ResourceRecord")
    root = next(iter(xmltodict.parse(body, force_list=forced).values())) or {}
    return {k: v for k, v in root.items() if not k.startswith("@")}


def plain_body(request: Request) -> bytes:
    """The body; the SDKs compress large metric data."""
    if request.headers.get("content-encoding") == "gzip":
        return gzip.decompress(request.body)
    return request.body


def redact(value):
    """The same value, printable as JSON and without secrets."""
    if isinstance(value, dict):
        return {
            str(k): "<redacted>" if SECRET.search(str(k)) else redact(v)
            for k, v in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def error(call: Call, status: int, code: str, message: str) -> Reply:
    """An error answer in the protocol the call came in."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-requestid": request_id}
    if call.protocol == "cbor":
        # smithy rpc-v2-cbor: `__type` names the shape; the query code of an
        # awsQueryCompatible service is in `x-amzn-query-error`.
        kind = "Sender" if status < 500 else "Receiver"
        headers |= {
            "content-type": "application/cbor",
            "smithy-protocol": "rpc-v2-cbor",
            "x-amzn-query-error": f"{code};{kind}",
        }
        body = {"__type": f"com.amazonaws.cloudwatch#{code}", "message": message}
        return Reply(status, headers, cbor2.dumps(body))
    if call.protocol == "json":
        headers["content-type"] = "application/x-amz-json-1.1"
        body = json.dumps({"__type": code, "message": message})
        return Reply(status, headers, body.encode())
    headers["content-type"] = "text/xml"
    fault = "Sender" if status < 500 else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{XML_NAMESPACE.get(call.service, "")}"><Error>'
        f"<Type>{fault}</Type><Code>{escape(code)}</Code>"
        f"<Message>{escape(message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Reply(status, headers, body.encode())


def throttled(call: Call, code: str | None) -> Reply:
    """The service's own throttling error: always 400, `Rate exceeded`."""
    own = "ThrottlingException" if call.protocol in ("json", "cbor") else "Throttling"
    return error(call, 400, code or own, "Rate exceeded")
