"""A task on a worker's handheld: what the gateway puts on its list, changes, and takes off again."""

import json

from protocol.fields import load_object, text, whole, whole_or_none

STATES = ("offered", "accepted", "on_the_way", "on_site", "done", "withdrawn")
MAX_BYTES = 2048


def encode(task: dict) -> bytes:
    """A task on the wire. Raises PayloadError."""
    check(task)
    return json.dumps(task).encode()


def decode(payload: bytes) -> dict:
    """The checked task. Raises PayloadError."""
    task = load_object(payload, MAX_BYTES)
    check(task)
    return task


def check(task: dict) -> None:
    """`revision` grows with every change; `deadline_ms` may be missing. Raises PayloadError naming the wrong field."""
    for name in ("id", "kind", "severity", "place", "text"):
        text(task, name)
    text(task, "state", STATES)
    whole(task, "revision")
    whole_or_none(task, "deadline_ms")
