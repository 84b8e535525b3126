"""MiniStack behind the same manners as `aws_emulator.py`: READY, and end with stdin.

Owns the launch of an emulator written by others than moto, so that a driver that is
right for one emulator only is found out. It has Route 53 (PENDING, InvalidChangeBatch),
ECS, STS and Aurora global clusters; it has no PromoteReadReplica, no cross-region
replica, no health check status and no readable CloudWatch over CBOR. No faults, no
witness: those are `aws_emulator.py`'s.

usage: python -B second_emulator.py       (packages: second_requirements.txt)
"""

import os
import runpy
import socket
import sys
import threading
import time
import urllib.request

START_TIMEOUT_S = 50


def free_port() -> int:
    """A port that is free now: MiniStack cannot let the kernel choose at bind."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_stdin() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def announce(port: int, out) -> None:
    """READY as soon as it answers; otherwise end, so that the caller sees no line."""
    deadline = time.monotonic() + START_TIMEOUT_S
    health = f"http://127.0.0.1:{port}/_ministack/health"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(health, timeout=1):
                print(f"READY {port}", file=out, flush=True)
                return
        except OSError:
            time.sleep(0.05)
    os._exit(1)


def main() -> None:
    port = free_port()
    os.environ.update(
        BIND_HOST="127.0.0.1", MINISTACK_HOST="127.0.0.1", GATEWAY_PORT=str(port)
    )
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # MiniStack talks a lot; only READY goes to the caller
    threading.Thread(target=end_with_stdin, daemon=True).start()
    threading.Thread(target=announce, args=(port, out), daemon=True).start()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")


if __name__ == "__main__":
    main()
