"""What the rules of a site share: the book, the limits, the map of the site, and one way to tell the centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.alarms import NewId, Signal, raised
from domain.incidents import ConditionEvent, Kind, Severity
from domain.shelving import Shelves
from domain.site_rules.limits import Place, SiteLimits, passed
from domain.site_rules.records import Book, Record, Telling, tell


class Context:
    """One site."""

    def __init__(
        self, own: str, places: Mapping[str, Place], limits: SiteLimits, shelves: Shelves, count: Callable[[str], None]
    ) -> None:
        self.own = own  # the gateway: it stands for what has no endpoint
        self.places = places
        self.limits = limits
        self.shelves = shelves
        self.count = count
        self.book = Book()

    def via(self, device: str) -> str | None:
        """What an endpoint hangs on."""
        place = self.places.get(device)
        return place.via if place else None

    def say(self, record: Record, event: ConditionEvent, at_ms: int) -> Telling:
        """Tell the centre, and keep what was told."""
        told, telling = tell(record, event, at_ms)
        self.book.put(told)
        if event is ConditionEvent.CLEARED:
            self.book.drop(told)
        return telling

    def begin(self, key: str, kind: Kind, signal: Signal, place: str, grid: str, new_id: NewId) -> Record:
        """A parent that stands for many; not told yet."""
        at_ms = signal.at_ms
        incident = raised(kind, Severity.MAJOR, (signal,), breach_at_ms=at_ms, at_ms=at_ms, new_id=new_id).incident
        return self.book.put(
            Record(
                id=incident.id,
                device=self.own,
                member=False,
                source=incident,
                since_ms=at_ms,
                raised_at_ms=at_ms,
                breach_at_ms=at_ms,
                key=key,
                place=place,
                grid=grid,
                joined_at_ms=at_ms,
            )
        )

    def join(self, record: Record, parent: Record, now_ms: int) -> Telling:
        """Put an incident inside its common cause, told before or not."""
        self.book.put(replace(parent, joined_at_ms=now_ms))
        event = ConditionEvent.CHANGED if record.revision else ConditionEvent.RAISED
        return self.say(replace(record, parent=parent.id, hold_from_ms=None), event, now_ms)

    def release(self, record: Record, now_ms: int) -> Telling:
        """From now on it stands for itself."""
        return self.say(replace(record, parent=None), ConditionEvent.CHANGED, now_ms)

    def recount(self, parent: Record, now_ms: int, after_ms: int) -> list[Telling]:
        """Tell how many members there are, not oftener than every `after_ms`."""
        count = self.book.count(parent.id)
        if count == parent.count or not passed(parent.told_at_ms or 0, now_ms, after_ms):
            return []
        first = parent.source.signals[0]
        source = replace(parent.source, signals=(replace(first, value=count), *parent.source.signals[1:]))
        return [self.say(replace(parent, source=source, count=count), ConditionEvent.CHANGED, now_ms)]


def counted(rule: str, value: int, limit: int, at_ms: int, reason: str) -> Signal:
    """A signal that counts."""
    return Signal(
        rule=rule, channel="site", value=value, limit=float(limit), clear=None, unit="", at_ms=at_ms, reason=reason
    )
