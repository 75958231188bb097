"""What people are shown of equipment. All times are UTC epoch milliseconds; None and empty: it was not told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloud.board.views import GatewayRow, QuarantineRow, ReportRow, ShelfRow
from cloud.equipment import told
from cloud.equipment.told import NO_UPDATE, RefusedThere, RolloutTold, RuleInForce, Update
from cloud.equipment.upkeep_rows import Past
from domain.maintenance import DueRow

OLDEST_MS = 366 * 86_400_000  # what seems to wait for longer was made by a clock that was never set
BATTERY_LOW = 20  # percent; as the rule battery_low of gateway/config/rules.toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One endpoint, in one line."""

    device: str
    kind: str
    place: str
    grid: str
    site: str
    gateway: str
    state: str  # online, offline, unknown: also where its gateway is not heard
    last_seen_ms: int | None
    channels: dict[str, str]  # channel -> good | fault:<reason> | missing
    firmware: str = ""
    board: str = ""
    boot: int | None = None
    battery: int | None = None  # percent
    update: Update = NO_UPDATE
    told_ms: int | None = None  # when its gateway told firmware and so on; None: never
    shelf: str = ""  # in_force, ordered, taking_back: the first that is true of one of its shelves
    life_shelf: bool = False  # lives may depend on what is kept back
    due: str = ""  # domain.maintenance.Due: the worst of its intervals
    due_ms: int | None = None  # when the next of them ends

    @property
    def faults(self) -> tuple[str, ...]:
        """Channels that cannot be believed, of an endpoint that is there."""
        bad = (name for name, health in self.channels.items() if health.startswith("fault"))
        return tuple(bad) if self.state == "online" else ()

    @property
    def battery_low(self) -> bool:
        """True where it must be changed soon."""
        return self.battery is not None and self.battery < BATTERY_LOW

    @property
    def badness(self) -> int:
        """The higher, the sooner somebody must look."""
        if self.state != "online":
            return 6 if self.state == "offline" else 5
        if self.faults or self.battery_low:
            return 4 if self.faults else 3
        return 2 if self.shelf else 1 if self.due == "overdue" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """A shelf that somebody at the centre ordered."""

    id: str
    device: str
    kinds: tuple[str, ...]  # empty: all but life safety
    life_safety: bool
    person: str
    reason: str
    made_ms: int
    until_ms: int
    state: str  # domain.shelf_orders.State, as it is now
    state_ms: int
    why: str
    taken_back_by: str | None

    @property
    def open(self) -> bool:
        """True while it may keep something back, now or soon."""
        return self.state in ("ordered", "in_force", "taking_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayView:
    """One gateway: its line, and what it told beside."""

    row: GatewayRow
    said_at_ms: int  # by its own clock, in the last status
    status: dict[str, Any]
    parts: dict[str, list[dict[str, Any]]]  # of protocol.inventory, as far as they were told
    told_ms: dict[str, int]
    orders: tuple[OrderView, ...] = ()
    refused: tuple[QuarantineRow, ...] = ()  # of its messages, here

    @property
    def skew_ms(self) -> int | None:
        """How far its clock was ahead of ours at its last word; behind: below 0. The way here is part of it."""
        return None if self.row.last_seen_ms is None else self.said_at_ms - self.row.last_seen_ms

    @property
    def software(self) -> str:
        """Name and version of its program."""
        return told.text(self.status, "software")

    @property
    def site_link(self) -> str:
        """Of its link to its endpoints: up, down; empty: not told."""
        return told.text(self.status, "site_link")

    @property
    def boot(self) -> int | None:
        """How often it was started."""
        return told.whole(self.status, "boot")

    @property
    def oldest_owed_ms(self) -> int | None:
        """When the oldest message was made that has not been delivered, by our clock as far as we know its."""
        outbox = self.status.get("outbox")
        oldest_ms = told.whole(outbox, "oldest_ms") if isinstance(outbox, dict) else None
        if oldest_ms is None or self.said_at_ms - oldest_ms > OLDEST_MS:
            return None
        return oldest_ms - (self.skew_ms or 0)

    @property
    def last_end(self) -> str:
        """How the run before this one ended: clean_exit, killed; empty: not told, or the first."""
        rows = self.parts.get("gateway", [])
        return told.text(rows[0], "last_end") if rows else ""

    @property
    def failures(self) -> dict[str, int]:
        """Inner tasks that had to be started again."""
        return told.counts(self.status.get("failures"))

    @property
    def reasons(self) -> dict[str, int]:
        """Why it refused messages, and how many."""
        found = self.status.get("quarantine")
        return told.counts(found.get("by_reason")) if isinstance(found, dict) else {}

    @property
    def rules(self) -> tuple[RuleInForce, ...]:
        """By which its endpoints are judged."""
        return told.rules(self.parts.get("rules", []))

    @property
    def rollouts(self) -> tuple[RolloutTold, ...]:
        """Its updates in waves."""
        return told.rollouts(self.parts.get("rollouts", []))

    @property
    def refused_there(self) -> tuple[RefusedThere, ...]:
        """Messages that it refused itself."""
        return told.refused(self.parts.get("quarantine", []))

    def has(self, part: str) -> bool:
        """True where it ever told this part."""
        return part in self.parts

    def whole(self, name: str) -> int | None:
        """A number of its page about itself; None where it was not told."""
        rows = self.parts.get("gateway", [])
        return told.whole(rows[0], name) if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """Everything about one endpoint but its readings."""

    thing: Thing
    gateway: GatewayRow
    takes_orders: bool
    rules: tuple[RuleInForce, ...]  # that judge it
    rules_told: bool
    orders: tuple[OrderView, ...]  # the newest first
    shelves: tuple[ShelfRow, ...]  # put up at the site
    kinds: tuple[str, ...]  # what may be shelved, technical ones first
    life_kinds: tuple[str, ...]
    reports: tuple[ReportRow, ...]
    incidents: tuple[PastIncident, ...]
    facility: str = ""
    history: tuple[Past, ...] = ()  # what was done to it, and its own tests; the newest first
    dues: tuple[DueRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """One incident of an endpoint, in one line; the open ones first."""

    id: str
    kind: str
    severity: str
    condition: str
    stage: str
    raised_at_ms: int
    closed_at_ms: int | None
    over: bool
