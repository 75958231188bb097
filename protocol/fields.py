"""Checked access to the fields of a JSON object: a wrong one is named in the error."""

import json

from protocol.errors import PayloadError


def load_object(payload: bytes, max_bytes: int) -> dict:
    """The JSON object in a payload. Raises PayloadError."""
    if len(payload) > max_bytes:
        raise PayloadError("too_long", "%d bytes; at most %d" % (len(payload), max_bytes))
    try:
        value = json.loads(payload)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deeply
        raise PayloadError("not_json", "the payload is not JSON") from None
    if not isinstance(value, dict):
        raise PayloadError("not_object", "the payload is not a JSON object")
    return value


def text(obj: dict, name: str, choices: tuple | None = None) -> str:
    """A text field, one of `choices` where given."""
    value = obj.get(name)
    if not isinstance(value, str) or not value:
        raise PayloadError("bad_" + name, repr(name) + " must be text")
    if choices is not None and value not in choices:
        raise PayloadError("bad_" + name, "%r must be one of %s, not %r" % (name, ", ".join(choices), value))
    return value


def whole(obj: dict, name: str) -> int:
    """A whole number from 0."""
    value = obj.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PayloadError("bad_" + name, repr(name) + " must be a whole number from 0")
    return value


def whole_or_none(obj: dict, name: str) -> int | None:
    """A whole number from 0, or None where the field is null or missing."""
    return None if obj.get(name) is None else whole(obj, name)


def object_of(obj: dict, name: str) -> dict:
    """A JSON object; empty where the field is missing."""
    value = obj.get(name, {})
    if not isinstance(value, dict):
        raise PayloadError("bad_" + name, repr(name) + " must be an object")
    return value


def list_of(obj: dict, name: str) -> list:
    """A JSON array; empty where the field is missing."""
    value = obj.get(name, [])
    if not isinstance(value, list):
        raise PayloadError("bad_" + name, repr(name) + " must be an array")
    return value
