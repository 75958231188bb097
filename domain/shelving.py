"""Shelved alarms: a person keeps an alarm back for a while, with a name, a reason and an end. Pure.

ANSI/ISA-18.2: shelving is an operator's act, time-limited, and what is shelved can be listed. Life safety is only
shelved where it is named, for at most one shift, by a person; what is still true when the shelf ends is told then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.alarm_states import AlarmEvent
from domain.alarms import Incident
from domain.incidents import Kind

LONGEST_MS = 30 * 86_400_000  # default: a repair that takes longer deserves a change of the site file
LONGEST_SERVICE_MS = 366 * 86_400_000  # default: what waits a year for its repair is looked at anew
LONGEST_LIFE_SAFETY_MS = 12 * 3_600_000  # default: one long shift; who comes next decides anew
STEPPED_MS = 300_000  # a clock so far behind the beginning of a shelf stepped back: then nothing is kept back
AHEAD_MS = 70_000  # default: so much is written off in advance, for the minute that a power cut takes from us
SPARE_MS = 10_000  # default: it is written again so long before that is used up: about once a minute
TEXT_MAX = 200


class ShelfError(ValueError):
    """The shelf cannot be made; the text names what is wrong and what to do, `zh` in Chinese."""

    def __init__(self, text: str, zh: str) -> None:
        super().__init__(text)
        self.zh = zh


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One act of a person."""

    id: str
    device: str | None  # or
    via: str | None  # everything that hangs on it
    kinds: tuple[Kind, ...]  # empty: all but life safety
    rule: str | None  # only what this rule says
    author: str
    reason: str
    from_ms: int
    until_ms: int
    service: bool = False  # out of service: a repair, not a moment's quiet
    longest_ms: int | None = None  # of an order from afar: how much of it was left when it came, whatever clocks say

    def __post_init__(self) -> None:
        """Raises ShelfError."""
        if (self.device is None) is (self.via is None):
            raise ShelfError("name one endpoint, or what several hang on with --via", "请写一台设备，或用 --via 写一处")
        for name in ("author", "reason"):
            text = getattr(self, name)
            if not text.strip() or len(text) > TEXT_MAX:
                needed = f"{name} is needed: 1 to {TEXT_MAX} characters that others will read"
                raise ShelfError(needed, f"缺少 {name}：1 到 {TEXT_MAX} 个字，别人会看到")
        if self.ends_ms <= self.from_ms:
            raise ShelfError("the end lies before the beginning; say how long with --hours", "请用 --hours 写明多久")
        longest_ms = self._allowed_ms()
        if self.ends_ms - self.from_ms > longest_ms:
            what = "life safety" if self.life_safety else "an alarm"
            hours = longest_ms // 3_600_000
            raise ShelfError(
                f"{what} may be set aside for at most {hours} hours; do it again then", f"最多 {hours} 小时，到期再办"
            )

    def _allowed_ms(self) -> int:
        if self.life_safety:
            return LONGEST_LIFE_SAFETY_MS
        return LONGEST_SERVICE_MS if self.service else LONGEST_MS

    @property
    def ends_ms(self) -> int:
        """Its end by the clock that stands here; `until_ms` is by the clock of who ordered it."""
        return self.until_ms if self.longest_ms is None else min(self.until_ms, self.from_ms + self.longest_ms)

    @property
    def life_safety(self) -> bool:
        """True where people's lives may depend on what is kept back."""
        return any(kind.life_safety for kind in self.kinds)

    def holds(self, now_ms: int) -> bool:
        """True from its beginning to its end, and never because a clock stepped back."""
        return self.from_ms - STEPPED_MS <= now_ms < self.ends_ms

    def left_ms(self, now_ms: int) -> int:
        """As the clock says, and never more than was ordered."""
        return max(0, self.ends_ms - max(now_ms, self.from_ms))

    @property
    def event(self) -> AlarmEvent:
        """What it does to the alarms behind it."""
        return AlarmEvent.REMOVE if self.service else AlarmEvent.SHELVE

    def covers(self, device: str, via: str | None, incident: Incident) -> bool:
        """True where an incident of this endpoint is meant."""
        if self.device != device and (self.via is None or self.via != via):
            return False
        if incident.kind not in self.kinds and (self.kinds or incident.kind.life_safety):
            return False
        return self.rule is None or all(signal.rule == self.rule for signal in incident.signals)


class Shelves:
    """All that was put there."""

    def __init__(self, shelves: Iterable[Shelf] = ()) -> None:
        self._shelves = tuple(shelves)

    def held(self, now_ms: int) -> tuple[Shelf, ...]:
        """Those that hold now."""
        return tuple(shelf for shelf in self._shelves if shelf.holds(now_ms))

    def over(self, device: str, via: str | None, incident: Incident, now_ms: int) -> Shelf | None:
        """What keeps an incident back now, the one that ends last, a repair before all; None where it must be told."""
        found = [shelf for shelf in self.held(now_ms) if shelf.covers(device, via, incident)]
        return max(found, key=lambda shelf: (shelf.service, shelf.ends_ms), default=None)


class Ends:
    """When shelves end by time that no setting of a clock moves, too: a clock that is set back prolongs none. Pure.

    That time ends with the process, so what is left is written down, `AHEAD_MS` less than it is: a start costs a shelf
    at most so much and gives it nothing, however often the power goes and whatever the clock says then.
    """

    def __init__(self) -> None:
        self._steady_ms: dict[str, int] = {}

    def over(
        self, shelves: Iterable[Shelf], now_ms: int, steady_ms: int, written: Mapping[str, int | None]
    ) -> list[Shelf]:
        """Those that have run out by any; asked often, of all that hold. `written`: what `to_write` said of them."""
        known, found = self._steady_ms, tuple(shelves)
        self._steady_ms = {}
        for shelf in found:
            left_ms, kept_ms = shelf.left_ms(now_ms), written.get(shelf.id)
            if shelf.id in known:
                left_ms = min(left_ms, known[shelf.id] - steady_ms)
            elif kept_ms is not None:
                left_ms = min(left_ms, kept_ms)
            self._steady_ms[shelf.id] = steady_ms + left_ms
        return [shelf for shelf in found if self._steady_ms[shelf.id] <= steady_ms]

    def to_write(self, steady_ms: int, written: Mapping[str, int | None]) -> dict[str, int]:
        """What to write down now, of all at once; empty while what is written is less than what is left."""
        left = {name: max(0, end_ms - steady_ms) for name, end_ms in self._steady_ms.items()}
        due = any(_used_up(written.get(name), left_ms) for name, left_ms in left.items())
        return {name: max(0, left_ms - AHEAD_MS) for name, left_ms in left.items()} if due else {}


def _used_up(kept_ms: int | None, left_ms: int) -> bool:
    return kept_ms is None or kept_ms > max(0, left_ms - SPARE_MS)
