"""Settings that a gateway pushes to an endpoint. What they may hold is for the endpoint's kind to say.

    {"version": 7, "limits": {"smoke": [0.02, 0.012, 2000]}, "channels": {"co": {"enabled": false}}, ...}

The endpoint answers on `answer` with the id "config-<version>": applied, or refused with the field that is wrong, and
then its old settings stay. `version` grows; one that is not above the applied one changes nothing.
"""

import json

from protocol.fields import load_object, whole

MAX_BYTES = 3072  # with its topic it fits into one packet that an endpoint accepts


def encode(settings: dict) -> bytes:
    """Settings on the wire."""
    whole(settings, "version")
    return json.dumps(settings).encode()


def decode(payload: bytes) -> dict:
    """The settings, `version` checked. Raises PayloadError."""
    settings = load_object(payload, MAX_BYTES)
    whole(settings, "version")
    return settings


def answer_id(version: int) -> str:
    """The id under which an endpoint answers for this version."""
    return "config-%d" % version
