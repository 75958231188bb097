"""A site of endpoints whose incidents come and go by hand, under the site's rules; may be restarted at any moment."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import Any

from domain.alarms import Change, Incident, Signal, changed, cleared, raised
from domain.incidents import ConditionEvent, Kind, Revision, Severity, apply_revision
from domain.shelving import Shelves
from domain.site_rules.context import Context
from domain.site_rules.engine import SiteRules, fresh
from domain.site_rules.limits import Place, SiteLimits
from domain.site_rules.records import Telling, from_state, to_state

START_MS = 1_795_000_000_000
BAD = {Kind.FIRE: Severity.MAJOR, Kind.ENTRAPMENT: Severity.CRITICAL, Kind.SOS: Severity.CRITICAL}


class SiteBench:
    """`telling` collects all that the centre is told, as text; the centre's own view is checked at every message."""

    def __init__(self, limits: SiteLimits | None = None, size: int = 12, via: dict[str, str] | None = None) -> None:
        self.limits = limits or SiteLimits()
        self.places = {
            f"e{n}": Place(grid="g1" if n < 8 else "g2", group="g1" if n < 8 else "g2", via=(via or {}).get(f"e{n}"))
            for n in range(size)
        }
        self.shelves = Shelves()
        self.counts: Counter[str] = Counter()
        self.centre: dict[str, tuple[Revision, str | None, Telling]] = {}
        self.active: dict[tuple[str, Kind], Incident] = {}
        self._ids = count(1)
        self._own = count(1)
        self._written: dict[str, Any] = {}
        self._state: Any = None
        self._begin()

    def _begin(self) -> None:
        records = [from_state(json.loads(text)) for text in self._written.values()]
        context = Context("gw", self.places, self.limits, self.shelves, self._count)
        self._book = context.book
        self.rules: SiteRules = fresh(context, records, self._state)

    def _count(self, name: str) -> None:
        self.counts[name] += 1

    def restart(self) -> None:
        """As after kill -9: nothing but what was written."""
        self._begin()

    def _write(self, now_ms: int) -> None:
        kept, gone = self._book.news()
        self._written |= {record.id: json.dumps(to_state(record)) for record in kept}
        for record_id in gone:
            self._written.pop(record_id, None)
        self._state = json.loads(json.dumps(self.rules.to_state(now_ms)))

    def shelve(self, *shelves: Any) -> None:
        """These hold from now on."""
        self.shelves = Shelves(shelves)
        self.rules.shelve(self.shelves)

    def up(self, second: float, device: str, kind: Kind = Kind.ENDPOINT_OFFLINE, **facts: Any) -> list[str]:
        """An incident of an endpoint begins."""
        at_ms = START_MS + round(second * 1000)
        signal = Signal(rule=facts.pop("rule", "r"), channel="c", value=1, limit=1.0, clear=None, unit="", at_ms=at_ms)
        severity = facts.pop("severity", BAD.get(kind, Severity.MINOR))
        change = raised(
            kind, severity, (signal,), breach_at_ms=at_ms, at_ms=at_ms, new_id=lambda: f"i{next(self._ids)}"
        )
        return self._feed(second, device, change)

    def move(self, second: float, device: str, kind: Kind, **facts: Any) -> list[str]:
        """It changes."""
        return self._feed(second, device, changed(self.active[device, kind], START_MS + round(second * 1000), **facts))

    def down(self, second: float, device: str, kind: Kind = Kind.ENDPOINT_OFFLINE) -> list[str]:
        """It ends."""
        return self._feed(second, device, cleared(self.active[device, kind], START_MS + round(second * 1000)))

    def _feed(self, second: float, device: str, change: Change) -> list[str]:
        key = (device, change.incident.kind)
        self.active[key] = change.incident
        if change.event is ConditionEvent.CLEARED:
            del self.active[key]
        now_ms = START_MS + round(second * 1000)
        return self._told(self.rules.feed(device, change, now_ms, self._new_id), now_ms)

    def tick(self, second: float) -> list[str]:
        """Time passes."""
        now_ms = START_MS + round(second * 1000)
        return self._told(self.rules.tick(now_ms, self._new_id), now_ms)

    def _new_id(self) -> str:
        return f"p{next(self._own)}"

    def _told(self, tellings: list[Telling], now_ms: int) -> list[str]:
        self._write(now_ms)
        return [self._take(telling) for telling in tellings]

    def _take(self, telling: Telling) -> str:
        """As the centre does; a revision that it would ignore, or a parent that it does not know, is a fault."""
        incident = telling.change.incident
        news = Revision(number=incident.revision, condition=incident.condition, severity=incident.severity)
        known = self.centre.get(incident.id)
        after, event = apply_revision(known[0] if known else None, news)
        assert event is telling.change.event, (event, telling)
        assert telling.parent is None or telling.parent in self.centre, telling
        self.centre[incident.id] = (after, telling.parent, telling)
        inside = f" in {telling.parent}" if telling.parent else ""
        return f"{event} {telling.device} {incident.kind} {incident.severity} {incident.id}{inside}"

    def open_at_centre(self) -> dict[str, str | None]:
        """Active incidents there -> their parent."""
        return {key: parent for key, (rev, parent, _) in self.centre.items() if rev.condition == "active"}

    def signals(self, incident_id: str) -> list[tuple[str, Any]]:
        """(rule, value) of what the centre was told last."""
        return [(signal.rule, signal.value) for signal in self.centre[incident_id][2].change.incident.signals]

    def clone_limits(self, **changes: Any) -> None:
        """Other numbers from the next restart on."""
        self.limits = replace(self.limits, **changes)
