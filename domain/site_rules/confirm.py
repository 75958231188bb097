"""Two independent endpoints that speak near each other confirm a fire (GB 50116, 4.1.6: 与逻辑 of two devices)."""

from __future__ import annotations

from dataclasses import replace

from domain.alarms import Signal
from domain.incidents import ConditionEvent, Kind, Severity
from domain.site_rules.context import Context
from domain.site_rules.records import Record, Telling

RULE = "confirmed_nearby"


def confirmed(record: Record, by: Record, at_ms: int) -> Record:
    """The fire, critical because another endpoint says so too."""
    signal = Signal(
        rule=RULE, channel="site", value=True, limit=None, clear=None, unit="", at_ms=at_ms, reason=by.device
    )
    return replace(record, floor=Severity.CRITICAL, extra=(*record.extra, signal))


def near(context: Context, record: Record) -> list[Record]:
    """Told incidents of other endpoints of the same group that began about the same time."""
    place = context.places.get(record.device)
    if place is None or record.kind not in (Kind.FIRE, *context.limits.confirm_by):
        return []
    within_ms = context.limits.confirm_within_ms
    return [
        other
        for other in context.book
        if other.revision
        and other.device != record.device
        and (other.kind is Kind.FIRE or other.kind in context.limits.confirm_by)
        and (there := context.places.get(other.device)) is not None
        and there.group == place.group
        and abs(other.raised_at_ms - record.raised_at_ms) <= within_ms
    ]


def tell_new(context: Context, record: Record, at_ms: int) -> list[Telling]:
    """Tell a new incident, and what it means for those near it."""
    others = near(context, record)
    by = [other for other in others if other.kind in context.limits.confirm_by]
    if record.kind is Kind.FIRE and by and record.severity is not Severity.CRITICAL:
        record = confirmed(record, by[0], at_ms)
        context.count("site.confirmed")
    tellings = [context.say(record, ConditionEvent.RAISED, at_ms)]
    if record.kind in context.limits.confirm_by:
        for other in others:
            if other.kind is Kind.FIRE and other.severity is not Severity.CRITICAL:
                context.count("site.confirmed")
                tellings.append(context.say(confirmed(other, record, at_ms), ConditionEvent.CHANGED, at_ms))
    return tellings
