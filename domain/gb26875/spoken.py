"""What the judgement of a panel hears: a fact with its moment and its words, under a key that names who spoke. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from domain.alarms import Signal
from domain.gb26875 import facts
from domain.gb26875.facts import Fact

DEVICE = "device"  # the transmission device itself
MAX_LISTED = 50  # signals of one incident; what is more is counted in one last signal
MAX_KNOWN = 1_000  # components of one panel that are not normal; a loop has about 250
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # at least so many more: each one more would be no news


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One fact, when it became true on our clock, and what people call who spoke."""

    fact: Fact
    at_ms: int
    label: str = ""


def system_key(system: int, address: int) -> str:
    """Name of a facility in signals and tables."""
    return f"{system}-{address}"


def key_of(fact: Fact) -> str:
    """Who speaks: `device`, `<system>-<address>`, or `<system>-<address>/<part>-<address in hexadecimal>`."""
    if isinstance(fact, facts.PartState | facts.PartValue | facts.PartConfig):
        return f"{system_key(fact.system, fact.system_address)}/{fact.part}-{fact.part_address:08X}"
    if isinstance(fact, facts.ReadPart):
        return f"{system_key(fact.system, fact.system_address)}/{fact.part_address:08X}"
    system = getattr(fact, "system", None)
    return DEVICE if system is None else system_key(system, getattr(fact, "system_address", 0))


def part_of(key: str) -> facts.ReadPart:
    """The question to the component of a key."""
    system, _, part = key.partition("/")
    kind, _, address = system.partition("-")
    number = part.rpartition("-")[2]
    return facts.ReadPart(system=int(kind), system_address=int(address), part_address=int(number, 16))


def belongs(key: str, owner: str) -> bool:
    """True for a facility and everything in it; the transmission device has only itself."""
    return key == owner or key.startswith((f"{owner}/", f"{owner}!"))


def signal(rule: str, channel: str, at_ms: int, label: str = "", reason: str = "") -> Signal:
    """A signal of a panel: there are no numbers, only what is said."""
    return Signal(
        rule=rule,
        channel=channel,
        value=True,
        limit=None,
        clear=None,
        unit="",
        at_ms=at_ms,
        reason=reason,
        label=label,
    )


def listed(signals: list[Signal]) -> tuple[Signal, ...]:
    """The signals of an incident, bounded: a burning building must still fit into one message."""
    if len(signals) <= MAX_LISTED:
        return tuple(signals)
    last = signals[MAX_LISTED]
    more = Signal(
        rule="panel_more",
        channel="components",
        value=max(step for step in _STEPS if step <= len(signals) - MAX_LISTED),
        limit=None,
        clear=None,
        unit="count",
        at_ms=last.at_ms,
        reason="not_listed",
    )
    return (*signals[:MAX_LISTED], more)
