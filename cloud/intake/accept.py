"""What becomes of each message of a batch: stored, known already, or refused with a reason and quarantined."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from cloud.changes import Changed
from cloud.desk import Desk
from cloud.history.port import Series
from cloud.history.room import Refusal
from cloud.intake import ahead
from cloud.intake.checks import Envelope, decode_event, decode_status, made_at_ms
from cloud.records import DeskError
from cloud.store.models import Intake, Quarantine
from domain.incidents import IncidentError
from protocol import events
from protocol.errors import PayloadError

log = structlog.get_logger()

INTAKE_KEPT = 200_000  # several days of incidents; revisions catch older duplicates
QUARANTINE_KEPT = 1000
PRUNE_EVERY = 512
EXCERPT = 2000
FOUND = b'"found"'  # a worker's find may belong to an incident of any site near it
UNFIT = (
    OverflowError,
    ValueError,
    TypeError,
)  # let pass by the checks, and yet no store takes it
REFUSED = (DeskError, IncidentError)  # a use case says no


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gateway is told; no reason means durable."""

    site: str
    gateway: str
    message_id: str | None
    reason: str = ""


def accept_urgent(desk: Desk, batch: Sequence[Envelope]) -> tuple[list[Verdict], Changed]:
    """Incidents and status of a batch in one transaction; whatever one message does, the others are stored."""
    try:
        return _accept_batch(desk, batch, each=False)
    except OperationalError:
        raise  # the store's trouble, not the batch's
    except (PayloadError, StatementError, *REFUSED, *UNFIT):  # one of them cannot be stored: find it, keep the others
        return _accept_batch(desk, batch, each=True)


def _accept_batch(desk: Desk, batch: Sequence[Envelope], *, each: bool) -> tuple[list[Verdict], Changed]:
    """All in one go, or with a savepoint around each message, which costs twice as much."""
    verdicts: list[Verdict] = []
    changed: set[str] = set()
    finds = any(message.kind == "report" and FOUND in message.payload for message in batch)
    with desk.transaction(None if finds else {message.site for message in batch}) as session:
        if not each:
            ahead.look(session, batch)
        for message in batch:
            verdict, touched = (_accept_safely if each else _accept_one)(desk, session, message)
            verdicts.append(verdict)
            changed |= touched
        _prune(session)
    gateways = any(message.kind == "status" for message in batch)
    return verdicts, Changed(incidents=frozenset(changed), gateways=gateways)


def accept_history(desk: Desk, series: Series, batch: Sequence[Envelope]) -> list[Verdict]:
    """History rows of a batch into the series, pictures into the store; known ones change nothing."""
    verdicts: list[Verdict] = []
    good: list[tuple[Envelope, events.Event]] = []
    for message in batch:
        try:
            event = decode_event(message, (events.READINGS, events.PICTURE))
        except PayloadError as error:
            verdicts.append(_refuse(desk, message, error))
        else:
            if event.type == events.PICTURE:
                verdicts.append(_accept_picture(desk, message, event))
            else:
                good.append((message, event))
    rows, refusals = desk.history.room.let_in([row for _, event in good for row in event.data["rows"]])
    try:
        series.append(rows)
    except (duckdb.DataError, duckdb.InvalidInputException, *UNFIT) as error:
        if len(batch) > 1:  # one of them cannot be stored: find it, keep the others
            return [verdict for message in batch for verdict in accept_history(desk, series, [message])]
        return [_refuse(desk, batch[0], PayloadError("bad_rows", str(error)))]
    desk.history.freezing.late(rows)
    _note(desk, good, refusals)
    return verdicts + [_verdict(message, event.id) for message, event in good]


def _note(desk: Desk, good: Sequence[tuple[Envelope, events.Event]], refusals: Sequence[Refusal]) -> None:
    """Seen beside what is quarantined, though the rest of the message is stored and its gateway hears so."""
    now_ms = desk.clock.now_ms()
    for refusal in desk.history.room.news(refusals, now_ms):
        message = next(message for message, event in good if _speaks(event, refusal.device))
        with desk.transaction([message.site]) as session:
            _quarantine(session, message, PayloadError("too_many_channels", str(refusal)), now_ms)


def _speaks(event: events.Event, device: str) -> bool:
    return any(row["device"] == device for row in event.data["rows"])


def _accept_picture(desk: Desk, message: Envelope, event: events.Event) -> Verdict:
    """Each in a transaction of its own: incidents wait behind none of the others."""
    try:
        with desk.transaction([message.site]) as session:
            changed = desk.pictures.take(session, event, desk.clock.now_ms())
    except PayloadError as error:
        return _refuse(desk, message, error)
    except (IntegrityError, DataError, *UNFIT) as error:
        return _refuse(desk, message, PayloadError("not_storable", str(getattr(error, "orig", error))))
    desk.tell(Changed(incidents=frozenset(changed)))
    return _verdict(message, event.id)


def _accept_one(desk: Desk, session: Session, message: Envelope) -> tuple[Verdict, set[str]]:
    try:
        if message.kind == "status":
            status = decode_status(message.payload)
        else:
            report = message.kind == "report"
            event = decode_event(message, events.WORK_TYPES if report else events.INCIDENT_TYPES)
    except PayloadError as error:
        return _quarantine(session, message, error, desk.clock.now_ms()), set()
    if message.kind == "status":
        now_ms = desk.clock.now_ms()
        return _verdict(message, None), desk.gateways.take_status(
            session, message.site, message.gateway, status, now_ms
        )
    take = _take_work if report else _take_incident
    return _verdict(message, event.id), take(desk, session, message, event)


def _accept_safely(desk: Desk, session: Session, message: Envelope) -> tuple[Verdict, set[str]]:
    try:
        with session.begin_nested():
            return _accept_one(desk, session, message)
    except PayloadError as error:
        return _quarantine(session, message, error, desk.clock.now_ms()), set()
    except REFUSED as error:
        return _quarantine(session, message, PayloadError("refused", str(error)), desk.clock.now_ms()), set()
    except (IntegrityError, DataError, *UNFIT) as error:
        refusal = PayloadError("not_storable", str(getattr(error, "orig", error)))
        return _quarantine(session, message, refusal, desk.clock.now_ms()), set()


def _take_incident(desk: Desk, session: Session, message: Envelope, event: events.Event) -> set[str]:
    if ahead.is_known(session, event.id):
        return set()
    now_ms = desk.clock.now_ms()
    session.add(Intake(message_id=event.id, at_ms=now_ms))
    data = {**event.data, "made_at_ms": made_at_ms(event)}
    changed = desk.conditions.take(session, data, f"gateway:{message.gateway}", now_ms)
    desk.pictures.catch_up(session, data["incident_id"])
    return changed | desk.field_work.catch_up(session, data["incident_id"], message.gateway, now_ms)


def _take_work(desk: Desk, session: Session, message: Envelope, event: events.Event) -> set[str]:
    return desk.field_work.take(session, message.gateway, event, desk.clock.now_ms())


def _verdict(message: Envelope, message_id: str | None, reason: str = "") -> Verdict:
    return Verdict(site=message.site, gateway=message.gateway, message_id=message_id, reason=reason)


def _refuse(desk: Desk, message: Envelope, error: PayloadError) -> Verdict:
    with desk.transaction([message.site]) as session:
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
