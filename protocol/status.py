"""Availability of an endpoint or a gateway: retained, and the last will that says offline when the link dies."""

import json

from protocol.errors import PayloadError
from protocol.fields import load_object, text, whole, whole_or_none

ONLINE = "online"
OFFLINE = "offline"
BIRTH = "birth"
HEARTBEAT = "heartbeat"
LAST_WILL = "last_will"
CLEAN_EXIT = "clean_exit"
MAX_BYTES = 262144  # a gateway lists all its endpoints


def pieces(fields: dict) -> list:
    """A status on the wire in pieces to be joined: `state`, `why`, `boot`, `at_ms` and whatever there is to tell."""
    if fields.get("state") not in (ONLINE, OFFLINE):
        raise PayloadError("bad_state", "state must be online or offline")
    found: list = []
    for name, value in fields.items():
        found.append(('%s"%s": %s' % (", " if found else "{", name, json.dumps(value))).encode())
    return found + [b"}"]


def encode(fields: dict) -> bytes:
    """A status on the wire, in one."""
    return b"".join(pieces(fields))


def decode(payload: bytes) -> dict:
    """The checked status. Unknown fields are kept. Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    text(fields, "state", (ONLINE, OFFLINE))
    text(fields, "why", (BIRTH, HEARTBEAT, LAST_WILL, CLEAN_EXIT))
    whole(fields, "boot")
    whole_or_none(fields, "at_ms")
    return fields


def last_will(boot: int) -> bytes:
    """What the broker says for a device that vanished; it cannot know the time."""
    return encode({"state": OFFLINE, "why": LAST_WILL, "boot": boot, "at_ms": None})
