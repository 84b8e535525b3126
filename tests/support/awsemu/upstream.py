"""Calls into moto's own application, in this process.

Owns turning a `Request` into a WSGI call and moto's crashes into AWS errors. The
caller holds the world's lock: moto is not safe for threads.
"""

import io
import sys
import traceback
from urllib.parse import unquote, urlsplit

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)

from . import wire

APP = DomainDispatcherApplication(create_backend_app)


def ask(call: wire.Call, request: wire.Request) -> wire.Reply:
    """moto's answer. What moto cannot do is an AWS error, never an HTML page."""
    try:
        return _wsgi(request)
    except NotImplementedError as why:
        text = f"the emulator does not implement {call.service} {call.action}: {why}"
        return wire.error(call, 501, "NotImplemented", text)
    except Exception as why:  # moto's bugs arrive as whatever they are
        traceback.print_exc(file=sys.stderr)
        return wire.error(call, 500, "InternalFailure", f"moto failed: {why!r}")


def _wsgi(request: wire.Request) -> wire.Reply:
    parts = urlsplit(request.target)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for name, value in request.headers.items():
        if name not in ("content-type", "content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    started: list = []
    chunks = APP(environ, lambda status, headers, *_: started.append((status, headers)))
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    status, headers = started[0]
    return wire.Reply(int(status.split()[0]), {k.lower(): v for k, v in headers}, body)


def reset() -> None:
    """Forget every resource of every account and region."""
    _wsgi(wire.Request("POST", "/moto-api/reset", {"host": "localhost"}, b""))
