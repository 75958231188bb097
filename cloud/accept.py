"""What becomes of each message of a batch: stored, known already, or refused with a reason and quarantined."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import duckdb
import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from cloud.desk import Changed, Desk
from cloud.series import Series
from cloud.store.models import Intake, Quarantine
from domain.incidents import Kind
from protocol import events
from protocol.errors import PayloadError
from protocol.fields import load_object, text

log = structlog.get_logger()

MAX_ID = 64  # columns of the store; our own ids have 36
MAX_WHOLE = 1 << 53  # what JSON readers agree on
INTAKE_KEPT = 200_000  # several days of incidents; revisions catch older duplicates
QUARANTINE_KEPT = 1000
PRUNE_EVERY = 512
EXCERPT = 2000


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gateway is told; no reason means durable."""

    site: str
    gateway: str
    message_id: str | None
    reason: str = ""


def accept_urgent(desk: Desk, batch: Sequence[Envelope]) -> tuple[list[Verdict], Changed]:
    """Incidents and status of a batch in one transaction; whatever one message does, the others are stored."""
    verdicts: list[Verdict] = []
    changed: set[str] = set()
    gateways = False
    with desk.transaction() as session:
        for message in batch:
            verdict, touched = _accept_one(desk, session, message)
            verdicts.append(verdict)
            changed |= touched
            gateways |= message.kind == "status"
        _prune(session)
    return verdicts, Changed(incidents=frozenset(changed), gateways=gateways)


def accept_history(desk: Desk, series: Series, batch: Sequence[Envelope]) -> list[Verdict]:
    """History rows of a batch into the series; known rows change nothing."""
    verdicts: list[Verdict] = []
    good: list[tuple[Envelope, events.Event]] = []
    for message in batch:
        try:
            event = _decode(message, (events.READINGS,))
        except PayloadError as error:
            verdicts.append(_refuse(desk, message, error))
        else:
            good.append((message, event))
    try:
        series.append(row for _, event in good for row in event.data["rows"])
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        if len(batch) > 1:  # one of them cannot be stored: find it, keep the others
            return [verdict for message in batch for verdict in accept_history(desk, series, [message])]
        return [_refuse(desk, batch[0], PayloadError("bad_rows", str(error)))]
    return verdicts + [_verdict(message, event.id) for message, event in good]


def _accept_one(desk: Desk, session: Session, message: Envelope) -> tuple[Verdict, set[str]]:
    try:
        if message.kind == "status":
            status = _status(message.payload)
            now_ms = desk.clock.now_ms()
            with session.begin_nested():
                touched = desk.gateways.take_status(session, message.site, message.gateway, status, now_ms)
            return _verdict(message, None), touched
        event = _decode(message, events.INCIDENT_TYPES)
        with session.begin_nested():
            return _verdict(message, event.id), _take_incident(desk, session, message, event)
    except PayloadError as error:
        return _quarantine(session, message, error, desk.clock.now_ms()), set()
    except (IntegrityError, DataError) as error:
        refusal = PayloadError("not_storable", str(error.orig))
        return _quarantine(session, message, refusal, desk.clock.now_ms()), set()


def _take_incident(desk: Desk, session: Session, message: Envelope, event: events.Event) -> set[str]:
    if session.get(Intake, event.id) is not None:
        return set()
    now_ms = desk.clock.now_ms()
    session.add(Intake(message_id=event.id, at_ms=now_ms))
    data = {**event.data, "made_at_ms": _made_at_ms(event)}
    return desk.conditions.take(session, data, f"gateway:{message.gateway}", now_ms)


def _made_at_ms(event: events.Event) -> int:
    """When the gateway made the event, by its own clock."""
    try:
        return round(datetime.fromisoformat(event.time).timestamp() * 1000)
    except ValueError:
        raise PayloadError("bad_time", f"'time' must be RFC 3339, not {event.time!r}") from None


def _status(payload: bytes) -> dict[str, Any]:
    """A gateway's status; who vanished says little, so only the state is asked for."""
    try:
        status: dict[str, Any] = load_object(payload, events.MAX_BYTES)
    except RecursionError:
        raise PayloadError("not_json", "nested too deeply") from None
    text(status, "state", ("online", "offline"))
    _check_storable(status)
    return status


def _check_storable(data: dict[str, Any]) -> None:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PayloadError("bad_text", "half of a surrogate pair is not a character") from None


def _decode(message: Envelope, types: tuple[str, ...]) -> events.Event:
    """The event, checked for what a store needs beyond the contract. Raises PayloadError."""
    try:
        event = events.decode(message.payload)
    except RecursionError:
        raise PayloadError("not_json", "nested too deeply") from None
    if event.type not in types:
        raise PayloadError("wrong_type", f"{event.type} does not belong on a topic of kind {message.kind}")
    _check_ids(event.id, event.data)
    _check_storable(event.data)
    if event.type == events.READINGS:
        for row in event.data["rows"]:
            _check_ids(row["device"], row)
    else:
        _check_ours(message, event.data)
    return event


def _check_ours(message: Envelope, data: dict[str, Any]) -> None:
    for name in ("incident_id", "site", "device", "grid"):
        _check_ids(data[name], data)
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


def _verdict(message: Envelope, message_id: str | None, reason: str = "") -> Verdict:
    return Verdict(site=message.site, gateway=message.gateway, message_id=message_id, reason=reason)


def _refuse(desk: Desk, message: Envelope, error: PayloadError) -> Verdict:
    with desk.transaction() as session:
        return _quarantine(session, message, error, desk.clock.now_ms())


def _quarantine(session: Session, message: Envelope, error: PayloadError, at_ms: int) -> Verdict:
    """Keep the beginning with the reason, visible and bounded."""
    log.warning("payload_refused", topic=message.topic, reason=error.reason, why=str(error))
    session.add(
        Quarantine(
            at_ms=at_ms,
            topic=message.topic,
            reason=error.reason,
            text=str(error),
            payload=message.payload[:EXCERPT].decode(errors="replace").replace("\0", "\ufffd"),
        )
    )
    session.flush()
    newest = session.scalar(select(func.max(Quarantine.id))) or 0
    session.execute(delete(Quarantine).where(Quarantine.id <= newest - QUARANTINE_KEPT))
    return _verdict(message, _id_of(message.payload), error.reason)


def _id_of(payload: bytes) -> str | None:
    """The message id of a payload that is broken elsewhere."""
    try:
        found = json.loads(payload).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) and found else None


def _prune(session: Session) -> None:
    """Forget the oldest message ids now and then; a duplicate that old is caught by its revision."""
    count = session.scalar(select(func.count()).select_from(Intake)) or 0
    if count < INTAKE_KEPT + PRUNE_EVERY:
        return
    oldest = select(Intake.message_id).order_by(Intake.at_ms, Intake.message_id).limit(count - INTAKE_KEPT)
    session.execute(delete(Intake).where(Intake.message_id.in_(oldest)))
