"""Fault rules: which call fails, how, and how often.

Owns matching and counting. Carrying a fault out is the server's; a rule is
{"action": regex, "region": regex, "contains": text of the parameters, "kind": ...,
"times": N, "after": N} plus what its kind needs.
"""

import json
import re

BEFORE = ("throttle", "error", "hang", "reset")
AFTER = ("drop_response", "http500_after_effect", "hang_after_effect")
KINDS = (*BEFORE, "delay", *AFTER)


def checked(rules: list[dict]) -> list[dict]:
    """The rules with their counters, or ValueError saying what is wrong."""
    for rule in rules:
        if rule.get("kind") not in KINDS:
            raise ValueError(f"kind {rule.get('kind')!r} is none of {', '.join(KINDS)}")
        for name in ("action", "region"):
            re.compile(rule.get(name) or ".*")
    return [rule | {"seen": 0, "fired": 0} for rule in rules]


def first_match(world, call) -> dict | None:
    """The first rule that applies to this call; counts it. Patterns match whole
    names, `action` also as `service:Action`."""
    with world.lock:
        for rule in world.faults:
            if not _matches(rule, call):
                continue
            rule["seen"] += 1
            times = rule.get("times")
            if rule["seen"] > rule.get("after", 0) and (
                times is None or rule["fired"] < times
            ):
                rule["fired"] += 1
                return rule
    return None


def _matches(rule: dict, call) -> bool:
    action, region = rule.get("action") or ".*", rule.get("region") or ".*"
    names = (call.action, f"{call.service}:{call.action}")
    if not any(re.fullmatch(action, name) for name in names):
        return False
    if not re.fullmatch(region, call.region):
        return False
    return rule.get("contains", "") in json.dumps(call.params)
