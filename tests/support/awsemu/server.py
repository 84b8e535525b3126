"""The one HTTP server: control, application endpoint, outages, faults, then AWS.

Owns the sockets and the order in which things are asked. A connection is served by
its own thread, so one call that hangs never delays another.
"""

import copy
import json
import os
import select
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import cloudwatch, control, ecs, faults, rds, route53, upstream, wire
from .world import World


class Server(ThreadingHTTPServer):
    """Listens on loopback only. `world` is all it knows."""

    daemon_threads = True
    request_queue_size = 256
    world: World

    def handle_error(self, request, client_address) -> None:
        """A client that went away is not news."""
        del request, client_address


def serve(port: int, upstream: bool) -> Server:
    """A server, listening, not yet answering."""
    world = World(upstream)
    if not upstream:
        rds.install(world)
        route53.install(world)
        ecs.install(world)
        cloudwatch.install()
    server = Server(("127.0.0.1", port), Handler)
    server.world = world
    return server


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one segment

    def log_message(self, *_args) -> None:
        pass

    def handle_any(self) -> None:
        request = self.read_request()
        path = request.path
        if path.startswith("/_control/"):
            self.answer(self.control(path.removeprefix("/_control/"), request))
        elif path.startswith("/app/"):
            self.application(path.split("/")[2])
        else:
            self.aws(request)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

    def read_request(self) -> wire.Request:
        headers = {k.lower(): v for k, v in self.headers.items()}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(headers.get("content-length") or 0))
        return wire.Request(self.command, self.path, headers, body)

    def control(self, name: str, request: wire.Request) -> wire.Reply:
        try:
            body = json.loads(request.body or b"{}")
            with self.server.world.lock:
                result = control.TABLE[name](self.server.world, body)
                return reply_json(200, result)
        except KeyError as why:
            known = ", ".join(control.TABLE)
            text = f"missing field or unknown control call {why}; calls: {known}"
            return reply_json(400, {"error": text})
        except Exception as why:  # the test that asked must see it
            return reply_json(400, {"error": f"{type(why).__name__}: {why}"})

    def application(self, region: str) -> None:
        """The user's application: not AWS, not in the witness log."""
        world = self.server.world
        mode = world.outages.get(region, "ok")
        if mode == "hang":
            return self.hang()
        status = 503 if mode == "refuse503" else world.apps.get(region, 200)
        text = "ok" if status < 400 else "unavailable"
        return self.answer(reply_json(status, {"region": region, "status": text}))

    def aws(self, request: wire.Request) -> None:
        world = self.server.world
        call = wire.read(request)
        record = world.witness(call, round(time.time(), 3))
        mode = world.outages.get(call.region, "ok")
        if mode == "hang":
            world.complete(record, fault="outage hang")
            return self.hang()
        if mode == "refuse503":
            world.complete(record, fault="outage refuse503", status=503)
            text = f"region {call.region} is unavailable"
            return self.answer(wire.error(call, 503, "ServiceUnavailable", text))
        rule = faults.first_match(world, call) or {"kind": None}
        kind = rule["kind"]
        record["fault"] = kind
        if kind in faults.BEFORE:
            return self.fail_before(rule, call, record)
        if kind == "delay":
            time.sleep(float(rule.get("seconds", 1)))
        reply = self.perform(call, request)
        executed = reply.status < 400
        if kind in faults.AFTER:
            return self.fail_after(kind, call, record, executed)
        # Written down before it is sent: who has the answer finds the record complete.
        world.complete(record, status=reply.status, executed=executed)
        return self.answer(reply)

    def perform(self, call: wire.Call, request: wire.Request) -> wire.Reply:
        world = self.server.world
        with world.lock:
            world.settle()
            if call.service == "monitoring" and not world.upstream:
                if call.action in cloudwatch.READS:
                    cloudwatch.catch_up(world)
                if call.protocol == "cbor":
                    return cloudwatch.bridge(call, request)
            return upstream.ask(call, request)

    def fail_before(self, rule: dict, call: wire.Call, record: dict) -> None:
        world, kind = self.server.world, rule["kind"]
        if kind in ("hang", "reset"):
            world.complete(record)
            return self.hang() if kind == "hang" else self.reset()
        if kind == "throttle":
            reply = wire.throttled(call, rule.get("code"))
        else:
            code, text = rule.get("code", "InternalFailure"), rule.get("message", "injected")
            reply = wire.error(call, int(rule.get("status", 500)), code, text)
        world.complete(record, status=reply.status)
        return self.answer(reply)

    def fail_after(self, kind: str, call: wire.Call, record: dict, executed: bool) -> None:
        world = self.server.world
        if kind == "http500_after_effect":
            world.complete(record, executed=executed, status=500)
            text = "We encountered an internal error. Please try again."
            return self.answer(wire.error(call, 500, "InternalFailure", text))
        world.complete(record, executed=executed)
        return self.reset() if kind == "drop_response" else self.hang()

    def answer(self, reply: wire.Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name not in ("content-length", "connection", "server", "date"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def reset(self) -> None:
        """Close so that the peer sees a TCP reset, not an end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        os.close(self.connection.detach())

    def hang(self) -> None:
        """Never answer; ends when the client goes away or the emulator is reset."""
        world, generation = self.server.world, self.server.world.generation
        while world.generation == generation:
            readable, _, _ = select.select([self.connection], [], [], 0.25)
            if readable and not self.connection.recv(65536):
                break
        self.reset()


def reply_json(status: int, value) -> wire.Reply:
    body = json.dumps(copy.deepcopy(value), default=str).encode()
    return wire.Reply(status, {"content-type": "application/json"}, body)
