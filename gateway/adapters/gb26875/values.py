"""Analog values of components as channels: `<facility>/<component>:<quantity>`, in the unit of table 6."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator

from domain.gb26875 import facts
from domain.gb26875.names import named
from domain.gb26875.part_names import PARTS
from domain.gb26875.spoken import Heard, key_of
from domain.gb26875.states import ANALOGS
from domain.readings import IMPLAUSIBLE
from gateway.adapters import Measured, Number
from gateway.adapters.gb26875.arrival import Arrival

UNKNOWN = "unknown_quantity"  # a type that table 6 does not have
MAX_SHOWN = 200  # of one panel on a dashboard


def measured(arrival: Arrival, heard: Iterable[Heard], *, is_right: bool) -> Iterator[Measured]:
    """What a frame of values says, a moment at a time. `is_right`: the sender's clock can be used."""
    moments: defaultdict[int, list[facts.PartValue]] = defaultdict(list)
    for one in heard:
        if isinstance(one.fact, facts.PartValue):
            moments[one.at_ms].append(one.fact)
    for at_ms, told in moments.items():
        values, faults = {}, {}
        for fact in told:
            analog = ANALOGS.get(fact.analog)
            channel = f"{key_of(fact)}:{analog.channel if analog else fact.analog}"
            value = None if analog is None else analog.value(fact.raw)
            if analog is None or value is None:
                faults[channel] = UNKNOWN
            elif analog.low <= value <= analog.high:
                values[channel] = value
            else:
                faults[channel] = IMPLAUSIBLE
        yield Measured(
            device=arrival.panel.device,
            at_ms=at_ms,
            received_ms=arrival.received_ms,
            quality="good" if is_right else "uncertain",
            values=values,
            faults=faults,
        )


def shown(db: sqlite3.Connection, device: str) -> tuple[Number, ...]:
    """The newest number of every component that can be believed."""
    rows = db.execute(
        "SELECT key, name, analog, raw FROM panel_parts WHERE device = ? AND analog IS NOT NULL ORDER BY key LIMIT ?",
        (device, MAX_SHOWN),
    )
    return tuple(_number(*row) for row in rows if row[2] in ANALOGS and _plausible(*row[2:]))


def _plausible(analog: int, raw: int) -> bool:
    return ANALOGS[analog].low <= ANALOGS[analog].value(raw) <= ANALOGS[analog].high


def _number(key: str, name: str, analog: int, raw: int) -> Number:
    quantity, part = ANALOGS[analog], named(PARTS, int(key.partition("/")[2].partition("-")[0]))
    return Number(
        id="part_" + "".join(mark if mark.isalnum() else "_" for mark in f"{key}_{quantity.channel}"),
        words=(f"{name or part.zh} {quantity.name.zh}", f"{name or part.en} {quantity.name.en}"),
        unit=quantity.unit,
        value=quantity.value(raw),
    )
