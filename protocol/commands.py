"""What a gateway tells an endpoint, and the endpoint's question for the time."""

import json

from protocol.fields import load_object, text, whole

CLOCK = "clock"
MAX_BYTES = 1024


def encode_clock_request(boot: int, ticks_ms: int) -> bytes:
    """An endpoint asks what time it is; ticks_ms comes back in the answer, so no state is kept meanwhile."""
    return json.dumps({"boot": boot, "ticks_ms": ticks_ms}).encode()


def decode_clock_request(payload: bytes) -> tuple[int, int]:
    """(boot, ticks_ms). Raises PayloadError."""
    fields = load_object(payload, MAX_BYTES)
    return whole(fields, "boot"), whole(fields, "ticks_ms")


def encode_clock(boot: int, ticks_ms: int, utc_ms: int) -> bytes:
    """The answer: it was utc_ms when the question with ticks_ms arrived."""
    return json.dumps({"cmd": CLOCK, "boot": boot, "ticks_ms": ticks_ms, "utc_ms": utc_ms}).encode()


def decode_command(payload: bytes) -> dict:
    """A checked command; the fields depend on `cmd`. Raises PayloadError, also for an unknown command."""
    fields = load_object(payload, MAX_BYTES)
    text(fields, "cmd", (CLOCK,))
    for name in ("boot", "ticks_ms", "utc_ms"):
        whole(fields, name)
    return fields
