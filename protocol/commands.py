"""What a gateway tells an endpoint, the endpoint's answer, and the endpoint's question for the time."""

import json

from protocol.errors import PayloadError
from protocol.fields import load_object, object_of, text, whole

CLOCK = "clock"
# every command but the clock has an `id`: the endpoint answers with it, and does the same id only once
COMMANDS = (
    "identify",  # let the light show where the endpoint hangs
    "self_test",
    "silence",  # of the sounder, `minutes`; the alarm itself goes on
    "reset_alarm",  # a person on site has seen that a latched alarm is over
    "log",  # the last lines the endpoint printed
    "reboot",
    "snapshot",
    "update",  # to the bundle with digest `sha256` and `size`, of `version`
    "sound",  # for `minutes`, because another place burns; 0: stop
    "revoke",  # of a lost handheld: everything on it is wiped
)
MAX_BYTES = 1024
MAX_ANSWER_BYTES = 4096


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


def encode_command(cmd: str, id: str, **details: object) -> bytes:
    """A command on the wire. Raises PayloadError where it is unknown."""
    if cmd not in COMMANDS:
        raise PayloadError("bad_cmd", "unknown command " + repr(cmd) + "; known: " + ", ".join(COMMANDS))
    fields: dict = {"cmd": cmd, "id": id}
    fields.update(details)
    return json.dumps(fields).encode()


def decode_command(payload: bytes) -> dict:
    """A checked command; the fields depend on `cmd`. Raises PayloadError, also for an unknown command."""
    fields = load_object(payload, MAX_BYTES)
    if fields.get("cmd") == CLOCK:
        for name in ("boot", "ticks_ms", "utc_ms"):
            whole(fields, name)
    else:
        text(fields, "cmd", COMMANDS)
        text(fields, "id")
    return fields


def encode_answer(id: str, ok: bool, data: dict) -> bytes:
    """The endpoint's answer to the command, the configuration or the update with this id."""
    return json.dumps({"id": id, "ok": ok, "data": data}).encode()


def decode_answer(payload: bytes) -> tuple[str, bool, dict]:
    """(id, ok, data); where ok is false, data says why in `error`. Raises PayloadError."""
    fields = load_object(payload, MAX_ANSWER_BYTES)
    if not isinstance(fields.get("ok"), bool):
        raise PayloadError("bad_ok", "'ok' must be a truth value")
    return text(fields, "id"), fields["ok"], object_of(fields, "data")
