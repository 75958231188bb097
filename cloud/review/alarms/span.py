"""Alarms and the span they are counted over: which of them each figure means. A list shows what a number counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from cloud.review.alarms.rows import AWAY, Alarms
from domain.assessment.alarm_figures import LEVELS, NEVER, Mask, chattering, fleeting, standing
from domain.assessment.alarm_rates import Times
from domain.assessment.alarm_targets import AlarmTargets
from domain.incidents import Severity


class Behind(StrEnum):
    """Which alarms a list shows."""

    SEEN = "seen"  # as the operator saw them, by when they were told
    TOLD = "told"  # as the sensors told them, by when they were there
    CHATTERING = "chattering"
    FLEETING = "fleeting"
    STALE = "stale"  # at the end; of a cut: at some moment of it
    ENDED = "ended"  # by people: of which the false ones are counted
    VOID = "void"
    CALM = "calm"  # seen, all but life safety
    LIFE = "life"  # seen
    LIFE_TOLD = "life_told"  # life safety as the sensors told it
    LATE_TOLD = "late_told"  # life safety that took longer to the centre than it may
    LATE_ACCEPTED = "late_accepted"  # life safety accepted later than it should be, or by nobody
    AWAY = "away"  # an endpoint that was away or faulty, in some part of the span
    UNACCEPTED = "unaccepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """More that a list asks for; empty: whatever it is. Times: half-open, within the span."""

    from_ms: int | None = None
    to_ms: int | None = None
    site: str = ""
    device: str = ""
    kind: str = ""
    severity: str = ""


class AlarmSpan:
    """What came between two moments, and what stood at the second one."""

    def __init__(self, alarms: Alarms, from_ms: int, to_ms: int, targets: AlarmTargets) -> None:
        self.alarms, self.from_ms, self.to_ms, self.targets = alarms, from_ms, to_ms, targets
        inside = (alarms.told >= from_ms) & (alarms.told < to_ms)
        self.seen: Mask = inside & alarms.shown
        self.sensed: Mask = inside & alarms.sensed
        # looked for in the day before as well: what came just before belongs to the pattern
        self.chatters: Mask = chattering(alarms.source, alarms.raised, targets) & self.sensed
        self.flits: Mask = fleeting(alarms.source, alarms.raised, alarms.ended, targets) & self.sensed

    @property
    def stale(self) -> Mask:
        """Stands for too long at the end."""
        stands = standing(self.alarms.raised, self.alarms.ended, self.to_ms) & self.alarms.sensed
        return stands & (self.to_ms - self.alarms.raised > self.targets.stale_after_ms)

    def stale_in(self, cut: Cut) -> Mask:
        """Stands for too long at the end, or at some moment between the times of the cut."""
        if cut.from_ms is None or cut.to_ms is None:
            return self.stale
        since = self.alarms.raised + self.targets.stale_after_ms
        ends = np.minimum(self.alarms.ended, cut.to_ms)
        return self.alarms.sensed & (np.maximum(since, cut.from_ms) < ends)

    @property
    def ended(self) -> Mask:
        """Came in the span, and people have closed it or said that nothing was there."""
        return self.sensed & (self.alarms.closed < NEVER)

    @property
    def took(self) -> Times:
        """How much of the span each stood."""
        ends = np.minimum(self.alarms.ended, self.to_ms)
        took: Times = np.maximum(0, ends - np.maximum(self.alarms.raised, self.from_ms))
        return took

    def behind(self, what: Behind, cut: Cut) -> Mask:
        """True for what a number counted."""
        alarms = self.alarms
        times = alarms.raised if what is Behind.TOLD else alarms.told
        found = self.stale_in(cut) if what is Behind.STALE else _BEHIND[what](self)
        if what is Behind.STALE:
            cut = replace(cut, from_ms=None, to_ms=None)
        by_time = what in (Behind.SEEN, Behind.TOLD)  # a flood may have begun before the span
        from_ms = self.from_ms if by_time and cut.from_ms is None else cut.from_ms
        to_ms = self.to_ms if cut.to_ms is None and by_time else cut.to_ms
        if from_ms is not None:
            found = found & (times >= from_ms)
        if to_ms is not None:
            found = found & (times < to_ms)
        for name in ("site", "device", "kind"):
            if wanted := getattr(cut, name):
                found = found & alarms.of(np.array([getattr(key, name) == wanted for key in alarms.keys], np.bool_))
        return found & (alarms.severity == LEVELS.index(Severity(cut.severity))) if cut.severity else found

    def late(self, limit_ms: int, *, accepted: bool) -> Mask:
        """Life safety that took longer: to the centre, or from there to somebody who accepted."""
        alarms = self.alarms
        if accepted:
            until = np.where(alarms.accepted < NEVER, alarms.accepted, self.to_ms)
            return self.seen & alarms.life & (until - alarms.told > limit_ms)
        return self.sensed & alarms.life & (alarms.told - alarms.raised > limit_ms)


_BEHIND: dict[Behind, Callable[[AlarmSpan], Mask]] = {
    Behind.SEEN: lambda span: span.alarms.shown,
    Behind.TOLD: lambda span: span.alarms.sensed,
    Behind.CHATTERING: lambda span: span.chatters,
    Behind.FLEETING: lambda span: span.flits,
    Behind.ENDED: lambda span: span.ended,
    Behind.VOID: lambda span: span.ended & span.alarms.void,
    Behind.CALM: lambda span: span.seen & ~span.alarms.life,
    Behind.LIFE_TOLD: lambda span: span.sensed & span.alarms.life,
    Behind.LIFE: lambda span: span.seen & span.alarms.life,
    Behind.LATE_TOLD: lambda span: span.late(span.targets.transmit_ms, accepted=False),
    Behind.LATE_ACCEPTED: lambda span: span.late(span.targets.accept_ms, accepted=True),
    Behind.AWAY: lambda span: span.alarms.kind(*AWAY) & (span.took > 0),
    Behind.UNACCEPTED: lambda span: span.seen & (span.alarms.accepted >= NEVER),
}
