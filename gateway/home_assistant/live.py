"""The newest values of each endpoint, in memory: what a dashboard shows, nothing that anybody relies on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.readings import Reading, Value
from gateway.adapters import Number, View
from gateway.beliefs.memory import Memory
from gateway.home_assistant.discovery import ALARM, CHANNELS, PROBLEM
from gateway.site_file.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An endpoint as it is to be shown. `values`: every channel of its kind; None where it cannot be believed."""

    device: str
    online: bool
    values: Mapping[str, Value | None]

    @property
    def urgent(self) -> tuple[object, ...]:
        """What must not wait for the next round: being there, what is on or off, what cannot be believed."""
        marks = {name: value if value is None or isinstance(value, bool) else 0 for name, value in self.values.items()}
        return self.online, *sorted(marks.items())


class Live:
    """Runs in the writer's thread."""

    def __init__(self, site: Site, memory: Memory) -> None:
        self._site = site
        self._memory = memory
        self._values: dict[str, Mapping[str, Value]] = {}
        self._news: dict[str, None] = {}  # who has spoken since somebody looked
        self.foreign: Callable[[sqlite3.Connection, str], View] = _nobody
        self.wanted = False  # nobody looks: nothing is kept

    def note(self, reading: Reading) -> None:
        """A new sample of now."""
        if self.wanted and not reading.backfill:
            self._values[reading.device] = reading.values
            self._news[reading.device] = None

    def take_news(self) -> list[str]:
        """Endpoints that have spoken since the last call."""
        news, self._news = self._news, {}
        return list(news)

    def shown(self, db: sqlite3.Connection, devices: Sequence[str], *, watching: bool) -> list[Shown]:
        """These endpoints, those that are of the site. `watching`: the link to them stands."""
        own, foreign = self._site.endpoints, self._site.foreign
        rows = [self._one(db, device, watching) for device in devices if device in own]
        return rows + [_foreign(device, self.foreign(db, device)) for device in devices if device in foreign]

    def numbers(self, db: sqlite3.Connection) -> dict[str, tuple[Number, ...]]:
        """What each foreign device measures."""
        return {device: self.foreign(db, device).numbers for device in self._site.foreign}

    def _one(self, db: sqlite3.Connection, device: str, watching: bool) -> Shown:
        endpoint = self._memory.look(db, device)
        online = watching and endpoint.presence == "online"
        values = self._values.get(device, {})
        kind = self._site.endpoints[device].kind
        believed = {
            name: values.get(name) if online and endpoint.channels.get(name) == "good" else None
            for name in CHANNELS.get(kind, {})
        }
        # an alarm stands until the gateway clears it, whether the endpoint can still be heard or has burnt
        return Shown(device=device, online=online, values=believed | {ALARM: endpoint.in_alarm})


def _nobody(_db: sqlite3.Connection, device: str) -> View:
    raise LookupError(device)  # a site without adapters has no foreign devices


def _foreign(device: str, view: View) -> Shown:
    numbers = {number.id: number.value if view.online else None for number in view.numbers}
    marks = {ALARM: view.alarm, PROBLEM: view.problem if view.online else None}
    return Shown(device=device, online=view.online, values=numbers | marks)
