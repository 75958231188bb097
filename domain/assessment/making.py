"""From what is on record about an incident to the fact about it. Pure, and the same however often it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.assessment.cases import Case, Kept, Outcome
from domain.assessment.lives import Life, live
from domain.assessment.records import Entry, Limit, Now, Record
from domain.incidents import OVER, Kind, Move, Severity, Stage
from domain.joint import OPEN_PARTS
from domain.limits import Due
from domain.sources import Source

DONE = (Stage.FED_BACK, Stage.VERIFIED, Stage.CLOSED, Stage.EVALUATED)
CHECKED = (Stage.VERIFIED, Stage.CLOSED, Stage.EVALUATED)
# Which moves do what a deadline asks for; one that something else ends in time is neither met nor missed
FULFILS: dict[Due, tuple[Move, ...]] = {
    Due.ACCEPT: (Move.ACCEPT,),
    Due.DISPATCH: (Move.DISPATCH, Move.START_HANDLING, Move.FEED_BACK),  # 自巡自办: whoever accepted it does it
    Due.FEED_BACK: (Move.FEED_BACK,),
    Due.VERIFY: (Move.VERIFY, Move.REWORK),  # it was looked at, whatever was found
    Due.CLOSE: (Move.CLOSE,),
    Due.OVERALL: (Move.CLOSE,),
}
_WORST = (Outcome.MISSED, Outcome.RUNNING, Outcome.MET, Outcome.STOPPED)


def case_of(record: Record) -> Case:
    """The fact."""
    now, life = record.now, live(record.log)
    running = [limit.due_ms for limit in record.limits if limit.ended_ms is None]
    ended = [rest.until_ms - rest.from_ms for rest in record.rests if rest.until_ms is not None]
    return Case(
        **_who(record), **_when(record, life), **_hands(now, life), **_ways(record, life), **_told(record),
        deadlines=tuple(_kept(record)), next_due_ms=min(running, default=None),
        paused_ms=sum(max(0, span_ms) for span_ms in ended), paused_since_ms=now.paused_at_ms,
    )  # fmt: skip


def _who(record: Record) -> dict[str, Any]:
    """What it is and where it stands."""
    now = record.now
    tiers = now.tiers if now.parent_id is None else ()  # who has the parent has its members
    return {
        "id": now.id, "member_of": now.parent_id, "merged": record.merged and now.parent_id is not None,
        "members": len(record.members), "kind": now.kind, "life_safety": Kind(now.kind).life_safety,
        "matter": now.matter, "severity": _worst(record), "source": now.source, "site": now.site,
        "device": now.device, "grid": now.grid, "place": now.place, "stage": now.stage, "holder": now.holder,
        "tier": tiers[-1] if tiers else None, "tiers": len(tiers),
    }  # fmt: skip


def _worst(record: Record) -> Severity:
    said = (entry.detail.get("severity") for entry in record.log)
    known = [Severity(word) for word in said if word in tuple(Severity)]
    return max((record.now.severity, record.now.placed_as, *known), key=lambda severity: severity.rank)


def _when(record: Record, life: Life) -> dict[str, Any]:
    now, log = record.now, record.log
    first = log[0].detail.get("event_at_ms") if log else None
    return {
        "raised_ms": min(now.raised_at_ms, first) if isinstance(first, int) else now.raised_at_ms,
        "reported_ms": log[0].at_ms if log else now.reported_at_ms,
        "accepted_ms": life.accepted_ms, "dispatched_ms": life.dispatched_ms, "arrived_ms": life.arrived_ms,
        "fed_back_ms": life.fed_back_ms if now.stage in DONE else None,
        "verified_ms": life.verified_ms if now.stage in CHECKED else None,
        "cleared_ms": now.cleared_at_ms,
        "closed_ms": now.closed_at_ms if now.stage in OVER else None,
        "evaluated_ms": life.evaluated_ms,
    }  # fmt: skip


def _hands(now: Now, life: Life) -> dict[str, Any]:
    void = now.stage is Stage.VOID
    return {
        "accepted_by": life.accepted_by, "dispatched_to": life.dispatched_to, "handled_by": life.handled_by,
        "fed_back_by": life.fed_back_by, "verified_by": life.verified_by if now.stage in CHECKED else None,
        "closed_by": life.closed_by if now.stage in (Stage.CLOSED, Stage.EVALUATED) else None,
        "void": void, "voided_by": life.voided_by if void else None, "void_why": life.void_why if void else "",
    }  # fmt: skip


def _ways(record: Record, life: Life) -> dict[str, Any]:
    """What happened on the way."""
    return {
        "returns": len(life.returned_by), "returned_by": tuple(life.returned_by),
        "reworks": len(life.reworked_of), "reworked_of": tuple(life.reworked_of),
        "reopenings": life.reopenings, "passed_up": life.passed_up, "escalations": life.escalations,
        "extensions": record.extensions, "suspensions": life.suspensions, "handed_over": life.handed_over,
        "parts": len(record.parts), "parts_open": sum(part.state in OPEN_PARTS for part in record.parts),
        "lead": next((part.department for part in record.parts if part.leads), None),
        "grade": life.grade, "unsatisfied": life.unsatisfied,
    }  # fmt: skip


def _told(record: Record) -> dict[str, Any]:
    """Who knew of it first: workers, other lines, sensors; what turned out to be nothing says nothing."""
    now, told = record.now, record.told
    seen = [one.seen_ms for one in told if one.source == Source.HANDHELD]
    family = [(now.source, now.stage, now.raised_at_ms)]
    family += [(member.source, member.stage, member.raised_at_ms) for member in record.members]
    real = [(source, at_ms) for source, stage, at_ms in family if stage is not Stage.VOID]
    first = told[0] if told else None
    return {
        "reporter": first.reporter if first else None, "reports": len(told),
        "first_report": first.first and first.source == Source.HANDHELD if first and seen else None,
        "worker_ms": min(seen, default=None),
        "line_ms": min((at_ms for source, at_ms in real if source == Source.HANDOVER), default=None),
        "sensor_ms": min((at_ms for source, at_ms in real if source == Source.GATEWAY), default=None),
    }  # fmt: skip


def _kept(record: Record) -> Iterable[Kept]:
    for due in Due:
        rounds = [limit for limit in record.limits if limit.due == due]
        if not rounds:
            continue
        last = rounds[-1]
        outcomes = {_outcome(limit, record.log) for limit in rounds}
        yield Kept(
            due=due, outcome=next(one for one in _WORST if one in outcomes), due_ms=last.due_ms,
            late_ms=max([0, *(limit.ended_ms - limit.due_ms for limit in rounds if limit.ended_ms is not None)]),
            paused_at_ms=last.paused_at_ms if last.ended_ms is None else None, rounds=len(rounds),
            supervised=any(limit.supervised for limit in rounds),
        )  # fmt: skip


def _outcome(limit: Limit, log: Iterable[Entry]) -> Outcome:
    if limit.ended_ms is None:
        return Outcome.RUNNING
    if limit.ended_ms > limit.due_ms:
        return Outcome.MISSED
    moves = FULFILS[Due(limit.due)]
    done = any(
        entry.at_ms == limit.ended_ms and entry.what in moves and entry.from_stage != entry.to_stage for entry in log
    )
    return Outcome.MET if done else Outcome.STOPPED
