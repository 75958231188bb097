"""The port for foreign devices: what a gateway gives an adapter, and what it wants of one. One adapter per protocol.

An adapter makes its devices members of the site: they have a place, a grid, presence and incidents like an endpoint.
It keeps the rule of the house: nothing is acknowledged before it is committed, and nothing is refused silently.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.alarms import Change
from gateway.store.counters import Counters
from gateway.store.quarantine import Quarantine
from gateway.store.writer import Writer
from runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Numbers that a foreign device told at one moment. A channel is in `values` or, with the reason, in `faults`."""

    device: str
    at_ms: int
    received_ms: int
    quality: str  # good, or uncertain where its clock cannot be used
    values: Mapping[str, float]
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number that a foreign device measures, as a dashboard shows it."""

    id: str  # letters, digits and _, no digit first
    words: tuple[str, str]  # zh, en
    unit: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A foreign device as a dashboard shows it."""

    online: bool
    alarm: bool  # lives are at stake
    problem: bool  # something of it is not as it should be
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What a gateway gives an adapter. `counters`, `quarantine`, `owe`, `note`, `measured` are for its jobs only."""

    writer: Writer
    counters: Counters
    quarantine: Quarantine
    owe: Callable[[sqlite3.Connection, str, Sequence[Change], int], None]  # (db, device, changes, now_ms)
    note: Callable[..., None]  # (db, problems=, now_ms=): all that is wrong with adapters now
    measured: Callable[[sqlite3.Connection, Measured], None]  # into history, local store and evidence
    clock: Clock
    beat: Callable[[str, float], None]  # a loop went round, and will again within so many seconds


class Adapter(Protocol):
    """One foreign protocol."""

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Everything that runs for ever, by name; supervised."""

    def row(self, db: sqlite3.Connection, device: str) -> dict[str, Any]:
        """One of its devices for the gateway's status, as endpoints are told."""

    def view(self, db: sqlite3.Connection, device: str) -> View:
        """One of its devices for a dashboard."""

    async def ask(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A question of a person at the gateway, and the answer."""
