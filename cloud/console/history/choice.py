"""What the page of the history shows, as its address says, and which devices and channels there are to choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cloud.history.asking import BadAsk
from cloud.history.devices import Device
from cloud.history.personal import impersonal
from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS, Known
from cloud.trust.door import Caller
from cloud.words.times import read
from domain.grids import AreaTree
from protocol.channels import CHANNELS, is_bool

SPANS = {
    "quarter": 15 * MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS, "week": 7 * DAY_MS, "month": 31 * DAY_MS,
    "year": 366 * DAY_MS,
}  # fmt: skip
USUAL_SPAN = "hour"
USUAL_CHANNELS = 3
LISTED_MAX = 300  # devices of the list; beyond, one searches


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Devices, channels, and a span until now (by its name) or fixed times."""

    devices: tuple[str, ...]
    channels: tuple[str, ...]
    span: str  # empty: fixed times
    from_ms: int
    to_ms: int

    def address(self, path: str, **changes: object) -> str:
        """A link to this, or to something else of it."""
        fixed = {} if self.span else {"from_ms": self.from_ms, "to_ms": self.to_ms}
        told: dict[str, object] = {"span": self.span, **fixed}
        if changes.get("span"):
            told = {}
        told |= changes
        query = [("device", one) for one in self.devices] + [("channel", one) for one in self.channels]
        query += [(name, str(value)) for name, value in told.items() if value not in ("", None)]
        return f"{path}?{urlencode(query)}"


def times(
    span: str, own: Sequence[int | None], local: Sequence[str], now_ms: int, offset_min: int
) -> tuple[str, int, int]:
    """Name of the span (empty for fixed times), from, to. Raises BadAsk for times that are none."""
    if all(local):
        from_ms, to_ms = (_local_ms(text, offset_min) for text in local)
        return "", from_ms, to_ms
    if own[0] is not None and own[1] is not None:
        return "", own[0], own[1]
    name = span if span in SPANS else USUAL_SPAN
    return name, now_ms - SPANS[name], now_ms


def _local_ms(text: str, offset_min: int) -> int:
    try:
        return read(text, offset_min)
    except ValueError:
        raise BadAsk("from_at", f"{text[:32]!r} is no time; write 2026-11-22T13:00:00") from None


def channels_of(known: Iterable[Known]) -> tuple[str, ...]:
    """What can be drawn as a curve first, then what is true or false."""
    names = dict.fromkeys(one.channel for one in known)
    return tuple(sorted(names, key=lambda name: (name in CHANNELS and is_bool(name), list(CHANNELS).index(name)
                                                 if name in CHANNELS else len(CHANNELS), name)))  # fmt: skip


def usual(channels: Sequence[str]) -> tuple[str, ...]:
    """What is drawn where nobody has chosen."""
    plain = impersonal(channels)
    drawable = [name for name in plain if not (name in CHANNELS and is_bool(name)) and name != "battery"]
    return tuple((drawable or plain)[:USUAL_CHANNELS])


def groups(
    devices: Iterable[Device], areas: AreaTree, caller: Caller, search: str, chosen: Sequence[str]
) -> tuple[list[tuple[str, list[Device]]], int]:
    """Devices that somebody may see, by the area they hang in; and how many more there are."""
    wanted = search.strip().lower()
    found: dict[str, list[Device]] = {}
    listed = more = 0
    for one in devices:
        fits = not wanted or wanted in f"{one.device} {one.place}".lower() or one.device in chosen
        if not fits or not caller.sees(one.grid, one.site):
            continue
        if listed >= LISTED_MAX and one.device not in chosen:
            more += 1
            continue
        listed += 1
        chain = areas.locate(one.grid, one.site)
        found.setdefault(chain[0].name if chain else "", []).append(one)
    return sorted(found.items()), more
