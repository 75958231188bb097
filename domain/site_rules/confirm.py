"""Incidents that confirm each other across endpoints of a group.

A fire by another endpoint that speaks too, begun about the same time (GB 50116, 4.1.6: 与逻辑 of two devices).
A call from a lift by what shows that the lift stands still, as long as it lasts: then somebody is trapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from domain.alarms import Signal
from domain.incidents import ConditionEvent, Kind, Severity
from domain.site_rules.context import Context
from domain.site_rules.limits import SiteLimits
from domain.site_rules.records import Record, Telling

RULE = "confirmed_nearby"


def confirmed(record: Record, by: Record, at_ms: int) -> Record:
    """The incident, critical because another one says so too."""
    signal = Signal(
        rule=RULE, channel="site", value=True, limit=None, clear=None, unit="", at_ms=at_ms, reason=by.device
    )
    return replace(record, floor=Severity.CRITICAL, extra=(*record.extra, signal))


def confirms(limits: SiteLimits, by: Record, record: Record) -> bool:
    """True where one incident makes the other certain."""
    if record.kind is Kind.FIRE:
        together = abs(by.raised_at_ms - record.raised_at_ms) <= limits.confirm_within_ms
        return by.kind in limits.confirm_by and by.device != record.device and together
    return record.kind is Kind.LIFT_ALARM_BUTTON and by.kind in limits.call_confirmed_by


def tell_new(context: Context, record: Record, at_ms: int) -> list[Telling]:
    """Tell a new incident, and what it means for those near it."""
    others = list(_near(context, record))
    by = next((other for other in others if confirms(context.limits, other, record)), None)
    if by is not None and record.severity is not Severity.CRITICAL:
        record = confirmed(record, by, at_ms)
        context.count("site.confirmed")
    tellings = [context.say(record, ConditionEvent.RAISED, at_ms)]
    for other in others:
        if other.severity is not Severity.CRITICAL and confirms(context.limits, record, other):
            context.count("site.confirmed")
            worse = confirmed(replace(other, parent=None), record, at_ms)  # nothing critical stays inside a flood
            tellings.append(context.say(worse, ConditionEvent.CHANGED, at_ms))
    return tellings


def _near(context: Context, record: Record) -> Iterator[Record]:
    """What the centre knows of endpoints of the same group, where it can matter."""
    limits, place = context.limits, context.places.get(record.device)
    can = {Kind.FIRE, Kind.LIFT_ALARM_BUTTON, *limits.confirm_by, *limits.call_confirmed_by}
    if place is None or record.kind not in can:
        return
    for other in context.book:
        there = context.places.get(other.device)
        if other.revision and other.kind in can and there is not None and there.group == place.group:
            yield other
