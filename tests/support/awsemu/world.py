"""What the emulator knows beyond moto: time, outages, faults and the witness log.

Owns every piece of state that is not moto's. `lock` guards moto too, which is not
safe for threads. Nothing runs in the background: what is due is carried out at the
beginning of the next request (`settle`), so a test never races a timer.
"""

import heapq
import itertools
import threading
import time

DEFAULT_TIMINGS = {
    "promotion_lag_s": 0.3,  # accepted, still `available`, source still shown
    "promotion_modifying_s": 1.0,
    "dns_sync_s": 0.5,
    "ecs_delay_s": 0.5,
}


class World:
    """The emulator's own state. `upstream` leaves moto as published."""

    def __init__(self, upstream: bool) -> None:
        self.upstream = upstream
        self.lock = threading.RLock()
        self.arrived = threading.Condition(self.lock)
        self.generation = 0
        self.clear()

    def clear(self) -> None:
        """Back to the beginning. Calls that hang are cut."""
        with self.lock:
            self.generation += 1
            self.timings = dict(DEFAULT_TIMINGS)
            self.outages: dict[str, str] = {}
            self.apps: dict[str, int] = {}
            self.health: dict[str, dict] = {}
            self.changes: dict[str, dict] = {}
            self.feeds: dict[tuple, dict] = {}
            self.replication: dict[tuple, dict] = {}
            self.faults: list[dict] = []
            self.calls: list[dict] = []
            self._due: list[tuple] = []
            self._order = itertools.count()

    def after(self, seconds: float, action) -> None:
        """Carry out `action` at the first request later than `seconds` from now."""
        entry = (time.monotonic() + seconds, next(self._order), action)
        heapq.heappush(self._due, entry)

    def settle(self, everything: bool = False) -> None:
        """Carry out what is due; with `everything`, also what is not due yet."""
        while self._due and (everything or self._due[0][0] <= time.monotonic()):
            heapq.heappop(self._due)[2]()

    def witness(self, call, time_s: float) -> dict:
        """Write a request down on arrival; the caller completes the record."""
        with self.lock:
            record = {
                "seq": len(self.calls) + 1,
                "time": time_s,
                "service": call.service,
                "region": call.region,
                "action": call.action,
                "params": call.params,
                "status": None,
                "executed": False,
                "fault": None,
                "done": False,
            }
            self.calls.append(record)
            self.arrived.notify_all()
            return record

    def complete(self, record: dict, **facts) -> None:
        with self.lock:
            record.update(facts, done=True)
            self.arrived.notify_all()


WORLD: World  # set once by server.serve
