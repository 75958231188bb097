"""What a message must be before it is stored: the contract, and what the stores can hold beyond it."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any, Protocol

from domain.incidents import Kind
from protocol import events
from protocol.errors import PayloadError
from protocol.fields import load_object, text

MAX_FACT = 128
MAX_ID = 64  # columns of the store; our own ids have 36
MAX_WHOLE = 1 << 53  # what JSON readers agree on


class Envelope(Protocol):
    """A message as the intake holds it."""

    @property
    def topic(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def gateway(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def payload(self) -> bytes: ...


def made_at_ms(event: events.Event) -> int:
    """When the gateway made the event, by its own clock."""
    try:
        return round(datetime.fromisoformat(event.time).timestamp() * 1000)
    except ValueError:
        raise PayloadError("bad_time", f"'time' must be RFC 3339, not {event.time!r}") from None


def decode_status(payload: bytes) -> dict[str, Any]:
    """A gateway's status; who vanished says little, so only the state is asked for."""
    try:
        status: dict[str, Any] = load_object(payload, events.MAX_BYTES)
    except RecursionError:
        raise PayloadError("not_json", "nested too deeply") from None
    text(status, "state", ("online", "offline"))
    _check_storable(status)
    return status


def _check_storable(data: dict[str, Any], finite: bool = True) -> None:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except RecursionError:
        raise PayloadError("not_json", "nested too deeply") from None
    except UnicodeEncodeError:
        raise PayloadError("bad_text", "half of a surrogate pair is not a character") from None
    _check_numbers(data, finite)


def _check_numbers(data: dict[str, Any], finite: bool) -> None:
    """However deep: a column takes 64 bits, and no JSON reader takes infinity."""
    rest: list[Any] = [data]
    while rest:
        value = rest.pop()
        if isinstance(value, (dict, list)):
            rest.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, int) and not -MAX_WHOLE < value < MAX_WHOLE:
            raise PayloadError("bad_number", "a number is out of range: whole numbers lie between -2**53 and 2**53")
        elif finite and isinstance(value, float) and not math.isfinite(value):
            raise PayloadError("bad_number", f"{value} is not a number that can be kept")


def decode_event(message: Envelope, types: tuple[str, ...]) -> events.Event:
    """The event, checked for what a store needs beyond the contract. Raises PayloadError."""
    try:
        event = events.decode(message.payload)
    except RecursionError:
        raise PayloadError("not_json", "nested too deeply") from None
    if event.type not in types:
        raise PayloadError("wrong_type", f"{event.type} does not belong on a topic of kind {message.kind}")
    _check_ids(event.id, event.data)
    if event.type == events.READINGS:
        for row in event.data["rows"]:
            _check_ids(row["device"], row)
    elif event.type in events.WORK_TYPES:
        _check_work(message, event.data)
    elif event.type == events.PICTURE:
        _check_picture(message, event.data)
    else:
        _check_ours(message, event.data)
    _check_storable(event.data, finite=event.type != events.READINGS)  # the series keeps infinity as a fault
    return event


def _check_work(message: Envelope, data: dict[str, Any]) -> None:
    for name in ("device", "person", "task", "incident_id"):
        if data.get(name) is not None:
            _check_ids(data[name], data)
    if len(data["id"]) > MAX_FACT:
        raise PayloadError("too_long", f"the id of a report has at most {MAX_FACT} characters")
    if data["site"] != message.site:
        raise PayloadError("wrong_site", f"a report of site {data['site']} came on the topic of {message.site}")


def _check_picture(message: Envelope, data: dict[str, Any]) -> None:
    for name in ("incident_id", "device", "sha256"):
        _check_ids(data[name], data)
    if len(data["picture"]) > MAX_FACT:
        raise PayloadError("too_long", f"the id of a picture has at most {MAX_FACT} characters")
    if data["site"] != message.site:
        raise PayloadError("wrong_site", f"a picture of site {data['site']} came on the topic of {message.site}")


def _check_ours(message: Envelope, data: dict[str, Any]) -> None:
    for name in ("incident_id", "site", "device", "grid"):
        _check_ids(data[name], data)
    _check_ids(data.get("parent") or "", data)
    if data["site"] != message.site:
        raise PayloadError("wrong_site", f"an incident of site {data['site']} came on the topic of {message.site}")
    if data["kind"] == Kind.GATEWAY_OFFLINE:
        raise PayloadError("wrong_kind", "gateway_offline is the cloud's own word")
    if data["revision"] < 1:
        raise PayloadError("bad_revision", "revisions start at 1")


def _check_ids(id: str, fields: dict[str, Any]) -> None:
    if len(id) > MAX_ID:
        raise PayloadError("too_long", f"an id has at most {MAX_ID} characters")
    for name, value in fields.items():
        if isinstance(value, int) and not -MAX_WHOLE < value < MAX_WHOLE:
            raise PayloadError("bad_" + name, f"{name} is out of range")
