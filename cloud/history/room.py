"""Room for channels: a device that makes up names must not fill the history, nor hold up the readings of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from cloud.history.arriving import fit_name
from cloud.history.port import HOUR_MS, NotReadable, Series
from protocol.channels import CHANNELS

log = structlog.get_logger()
OF_DEVICE = 256  # names beyond those of the protocol; a controller of 64 loops with 4 values each. A default of ours
TOLD_MAX = 20  # devices an hour that the quarantine hears of: it has room for a thousand messages
SHOWN = 5  # names
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Channels of one device that there was no room for."""

    device: str
    names: tuple[str, ...]
    most: int
    whole: bool  # it is the centre that is full, not the device

    def __str__(self) -> str:
        """For people: what happened, and what to do."""
        names = ", ".join(repr(name) for name in self.names[:SHOWN])
        if self.whole:
            return (
                f"the history has {self.most} channels and takes no new one ({self.device}: {names}): find out who "
                f"makes them up, or raise CHANNELS_MAX. 历史已有 {self.most} 个通道，不再接收新的：请查明来源，"
                "或增大 CHANNELS_MAX。"
            )
        return (
            f"{self.device} has sent {self.most} names of channels and takes no new one ({names}); the others of it "
            f"are stored: look at its program. {self.device} 已有 {self.most} 个通道名，不再接收新的，"
            "其余照常保存：请检查该设备的程序。"
        )


@dataclass(slots=True)
class Room:
    """Which channels there are; known ones always pass. One per process that takes readings, used by one thread."""

    series: Series
    most: int = 200_000  # in all: twenty of each of ten thousand endpoints
    refused: int = 0  # readings, since the start
    _known: dict[str, set[str]] = field(default_factory=dict)
    _count: int = 0
    _read: bool = False
    _told_ms: dict[str, int] = field(default_factory=dict)

    def let_in(self, rows: Sequence[Row]) -> tuple[list[Row], list[Refusal]]:
        """The rows without what there is no room for; a row of which nothing is left goes."""
        self._look()
        kept: list[Row] = []
        refusals: dict[str, Refusal] = {}
        for row in rows:
            fits, refusal = self._of_row(row)
            if refusal is not None:
                refusals[refusal.device] = refusal
            if fits["values"] or fits.get("faults"):
                kept.append(fits)
        return kept, list(refusals.values())

    def news(self, refusals: Iterable[Refusal], now_ms: int) -> list[Refusal]:
        """Those to be told: each device once an hour, some devices an hour."""
        self._told_ms = {one: at for one, at in self._told_ms.items() if now_ms - HOUR_MS < at <= now_ms}
        found = []
        for one in refusals:
            if one.device not in self._told_ms and len(self._told_ms) < TOLD_MAX:
                self._told_ms[one.device] = now_ms
                found.append(one)
        return found

    def health(self) -> dict[str, int]:
        """For /readyz."""
        full = sum(is_full(list(names)) for names in list(self._known.values()) if len(names) >= OF_DEVICE)
        return {"channels_max": self.most, "channels_refused": self.refused, "devices_full": full}

    def _look(self) -> None:
        """What is in the store; a server that is away is asked again, and what comes meanwhile is counted here."""
        if self._read:
            return
        try:
            known = self.series.known()
        except NotReadable as error:
            log.warning("channels_not_counted", why=str(error))
            return
        for one in known:
            self._add(one.device, one.channel)
        self._read = True

    def _of_row(self, row: Row) -> tuple[Row, Refusal | None]:
        device, known = row["device"], self._known.get(row["device"], set())
        names = row["values"].keys() | row.get("faults", {}).keys()
        if names <= known:
            return row, None
        refused = []
        new = (name for name in names - known if fit_name(name))  # the store refuses the message for the others
        for name in sorted(new, key=lambda name: (name not in CHANNELS, name)):
            if self._fits(device, name):
                self._add(device, name)
            else:
                refused.append(name)
        if not refused:
            return row, None
        self.refused += len(refused)
        whole = self._count >= self.most
        most = self.most if whole else OF_DEVICE
        return _without(row, refused), Refusal(device=device, names=tuple(refused), most=most, whole=whole)

    def _fits(self, device: str, name: str) -> bool:
        if self._count >= self.most:
            return False
        return name in CHANNELS or _made_up(self._known.get(device, set())) < OF_DEVICE

    def _add(self, device: str, name: str) -> None:
        names = self._known.setdefault(device, set())
        if name not in names:
            names.add(name)
            self._count += 1


def is_full(names: Iterable[str]) -> bool:
    """True for the channels of a device that gets no more."""
    return _made_up(names) >= OF_DEVICE


def _made_up(names: Iterable[str]) -> int:
    return sum(name not in CHANNELS for name in names)


def _without(row: Row, refused: Iterable[str]) -> Row:
    gone = set(refused)
    left = {part: row.get(part, {}).items() for part in ("values", "faults")}
    parts = {part: {name: value for name, value in items if name not in gone} for part, items in left.items()}
    return {**row, **parts}
