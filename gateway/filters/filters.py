"""The filters of a site at work: samples in; out, what ordinary rules and what reports see. In the writer's thread."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
import structlog

from domain.filters.rate import Bucket
from domain.filters.units import Conversion
from domain.readings import Reading
from gateway.filters.bank import FilterBank
from gateway.filters.samples import RATE_LIMITED, Channels, Filtered, Sample, run
from gateway.site_file.filters_section import FilterEntry, filters_of, rate_limit_of
from gateway.site_file.site import Site
from gateway.store.counters import Counters

log = structlog.get_logger()
SAVE_EVERY_MS = 60_000  # what a power cut takes of the filters' memory at most
SAVED_AT_ONCE = 100  # endpoints per transaction; the others follow in the next ones


class Filters:
    """Keeps its state over restarts; what an undone transaction did is undone here too."""

    def __init__(self, site: Site, counters: Counters) -> None:
        self._counters = counters
        self._endpoints: dict[str, Channels] = {}
        self._bank = FilterBank(())
        self._loaded = False
        self._unsaved: dict[str, int] = {}  # device -> since when, oldest first
        self._fresh: list[Sample] = []  # of this transaction
        self.use(site)

    def use(self, site: Site) -> None:
        """Filter as this site file says; channels that stay keep what is known of them."""
        before, bank = self._endpoints, self._bank
        specs: list[FilterEntry] = []
        self._endpoints = {}
        for device, member in site.endpoints.items():
            entries = filters_of(site.filters, device, member.kind)
            limit = rate_limit_of(site.rate_limits, device, member.kind)
            if entries or limit is not None:
                bucket = None if limit is None else Bucket(limit)
                self._endpoints[device] = Channels(entries, len(specs), bucket)
                specs += entries.values()
        self._bank = FilterBank(specs)
        kept = [
            (slot, before[device].slots[channel])
            for device, channels in self._endpoints.items()
            for channel, slot in channels.slots.items()
            if device in before and channel in before[device].slots
        ]
        self._bank.take_over(bank, [slot for slot, _ in kept], [slot for _, slot in kept])

    def units(self, device: str) -> dict[str, Conversion]:
        """Channels that an endpoint says in a unit of its own."""
        channels = self._endpoints.get(device)
        return {} if channels is None else channels.units

    def run(self, db: sqlite3.Connection, batch: Sequence[tuple[Reading, bool]]) -> list[Filtered]:
        """What becomes of samples, each endpoint's in its order. True with those that are behind, or of a backlog."""
        self._load(db)
        found = [Filtered(reading, reading) for reading, _ in batch]
        samples: dict[int, Sample] = {}
        for number, (reading, late) in enumerate(batch):
            channels = self._endpoints.get(reading.device)
            if channels is None:
                continue
            sample = Sample(reading, channels)
            if late:
                sample.check_range()
            elif not sample.is_within_rate():
                self._counters.add(f"filters.{RATE_LIMITED}")
                found[number] = Filtered(replace(reading, values={}, faults={}), None)
                continue
            samples[number] = sample
        run(self._bank, [sample for number, sample in samples.items() if not batch[number][1]])
        for number, sample in samples.items():
            sample.count(self._counters)
            found[number] = sample.outcome()
            self._fresh.append(sample)
            self._unsaved.setdefault(sample.reading.device, sample.reading.received_ms)
        return found

    def save(self, db: sqlite3.Connection, now_ms: int | None = None) -> None:
        """Write what is due at `now_ms`, a part of it at a time; without a time all there is."""
        at_once = len(self._unsaved) if now_ms is None else SAVED_AT_ONCE
        due = [
            device
            for device, since_ms in islice(self._unsaved.items(), at_once)
            if now_ms is None or not 0 <= now_ms - since_ms < SAVE_EVERY_MS
        ]
        for device in due:
            del self._unsaved[device]
            state = msgspec.json.encode(self._state(device))
            db.execute("INSERT OR REPLACE INTO filter_states VALUES (?, ?)", (device, state))

    def keep(self) -> None:
        """The transaction stands."""
        self._bank.keep()
        for sample in self._fresh:
            sample.channels.taken.update(sample.taken())
        self._fresh.clear()

    def forget(self) -> None:
        """The transaction was undone."""
        self._bank.undo()
        self._fresh.clear()

    def rows(self, device: str | None = None) -> list[dict[str, Any]]:
        """What is known of each filtered channel, and what was taken of it since the start; of one endpoint, or all."""
        return [
            {"device": name, "channel": channel, **state, "taken": _of_channel(channels.taken, channel)}
            for name, channels in self._endpoints.items()
            if device in (None, name)
            for channel, state in self._state(name).items()
        ]

    def _load(self, db: sqlite3.Connection) -> None:
        if self._loaded:
            return
        for device, state in db.execute("SELECT device, state FROM filter_states").fetchall():
            try:
                self._restore(device, msgspec.json.decode(state))
            except (ValueError, TypeError, LookupError, AttributeError) as error:  # rotten bytes: they begin anew
                log.warning("filters_begin_anew", device=device, why=str(error))
        self._loaded = True

    def _state(self, device: str) -> dict[str, dict[str, Any]]:
        slots = self._endpoints[device].slots if device in self._endpoints else {}
        return {channel: self._bank.to_state(slot) for channel, slot in slots.items()}

    def _restore(self, device: str, states: dict[str, dict[str, Any]]) -> None:
        slots = self._endpoints[device].slots if device in self._endpoints else {}
        for channel, slot in slots.items():
            if channel in states:
                self._bank.restore(slot, states[channel])


def _of_channel(taken: Counter[tuple[str, str]], channel: str) -> dict[str, int]:
    return {why: number for (name, why), number in sorted(taken.items()) if name == channel}
