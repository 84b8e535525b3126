"""Entry point of the AWS emulator for the wire tests: one process, one port.

Owns the process: starts the server on a port the kernel chooses, prints
`READY <port>`, and ends when its standard input reaches end of file, so that it
never outlives the test process that started it. What it emulates lives in
`awsemu/`; the packages it needs are pinned in `requirements.txt`.

usage: python -B aws_emulator.py [--upstream] [--port N]
  --upstream  moto as published: no corrections, no CBOR bridge
"""

import argparse
import os
import sys
import threading

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # 0.5 s a region, unused
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from awsemu.server import serve  # noqa: E402  (needs the two lines above)


def main() -> None:
    parser = argparse.ArgumentParser(description="AWS emulator for warroom's wire tests")
    parser.add_argument("--upstream", action="store_true", help="moto uncorrected")
    parser.add_argument("--port", type=int, default=0, help="0 = the kernel chooses")
    args = parser.parse_args()
    server = serve(args.port, upstream=args.upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"READY {server.server_address[1]}", flush=True)
    sys.stdout = sys.stderr  # nobody reads further; moto sometimes prints
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)  # hung connections must not keep a dead test's emulator alive


if __name__ == "__main__":
    main()
