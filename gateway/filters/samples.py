"""Samples on their way through the bank: which value goes into which slot, and what comes back of each sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from domain.filters.channel import OUT_OF_RANGE, out_of_range
from domain.filters.rate import Bucket
from domain.filters.units import Conversion
from domain.readings import Reading, Value
from gateway.filters.bank import FAULTS, FilterBank
from gateway.site_file.filters_section import FilterEntry, units_of
from gateway.store.counters import Counters

SPIKE, UNCHANGED, RATE_LIMITED = "spike", "unchanged", "rate_limited"


class Filtered(NamedTuple):
    """What became of a sample: for ordinary rules, and for reports (None: nothing in it is news)."""

    ordinary: Reading
    reported: Reading | None


class Channels:
    """The filters of one endpoint: channel -> slot of the bank."""

    def __init__(self, entries: Mapping[str, FilterEntry], first_slot: int, bucket: Bucket | None) -> None:
        self.entries = entries
        self.slots = {channel: first_slot + number for number, channel in enumerate(entries)}
        self.units: dict[str, Conversion] = units_of(entries)
        self.bucket = bucket
        self.taken: Counter[tuple[str, str]] = Counter()  # (channel, why) since the start


class Sample:
    """One sample, and what the filters found in it."""

    def __init__(self, reading: Reading, channels: Channels) -> None:
        self.reading = reading
        self.channels = channels
        self._values: dict[str, Value] = {}  # that are others now
        self._faults: dict[str, str] = {}
        self._quiet: set[str] = set()  # not worth a report
        self._spikes: list[str] = []

    def is_within_rate(self) -> bool:
        """Whether the endpoint may say so much."""
        return self.channels.bucket is None or self.channels.bucket.take(self.reading.at_ms)

    def check_range(self) -> None:
        """All that can be said of a sample that came too late to be in order."""
        for channel, entry in self.channels.entries.items():
            value = self.reading.values.get(channel)
            if value is not None and out_of_range(entry, value):
                self._faults[channel] = OUT_OF_RANGE

    def note(self, channel: str, value: float, fault: str, *, rejected: bool, told: bool) -> None:
        """What the bank said of one channel."""
        if fault:
            self._faults[channel] = fault
        elif channel in self.reading.values and value != self.reading.values[channel]:
            self._values[channel] = value
        if not told:
            self._quiet.add(channel)
        if rejected:
            self._spikes.append(channel)

    def outcome(self) -> Filtered:
        """What goes on."""
        ordinary = self.reading.without(self._faults)
        if self._values:
            ordinary = replace(ordinary, values={**ordinary.values, **self._values})
        if not self._quiet:
            return Filtered(ordinary, ordinary)
        values = {channel: value for channel, value in ordinary.values.items() if channel not in self._quiet}
        return Filtered(ordinary, replace(ordinary, values=values) if values or ordinary.faults else None)

    def taken(self) -> list[tuple[str, str]]:
        """(channel, why) of every value that was taken away, replaced or kept back."""
        spikes = [(channel, SPIKE) for channel in self._spikes]
        return [*self._faults.items(), *spikes, *((channel, UNCHANGED) for channel in self._quiet)]

    def count(self, counters: Counters) -> None:
        """The same for everybody."""
        for _, why in self.taken():
            counters.add(f"filters.{why}")


def run(bank: FilterBank, samples: Iterable[Sample]) -> None:
    """Each endpoint's samples in their order; those of different endpoints at once."""
    seen: Counter[str] = Counter()
    turns: list[list[Sample]] = []
    for sample in samples:
        turn = seen[sample.reading.device]
        seen[sample.reading.device] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(sample)
    for together in turns:
        _step(bank, together)


def _step(bank: FilterBank, samples: list[Sample]) -> None:
    cells = [
        (sample, channel, slot)
        for sample in samples
        for channel, slot in sample.channels.slots.items()
        if channel in sample.reading.values or channel in sample.reading.faults
    ]
    if not cells:
        return
    steps = bank.step(
        np.array([slot for _, _, slot in cells], np.intp),
        np.array([sample.reading.values.get(channel, np.nan) for sample, channel, _ in cells], np.float64),
        np.array([sample.reading.at_ms for sample, _, _ in cells], np.int64),
    )
    columns = (column.tolist() for column in steps)
    for (sample, channel, _), (value, fault, rejected, told) in zip(cells, zip(*columns, strict=True), strict=True):
        sample.note(channel, value, FAULTS[fault], rejected=rejected, told=told)
