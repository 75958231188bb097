"""The filters in arrays do exactly what the plain ones do, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.filters.channel import ChannelFilter, Outcome
from domain.filters.spec import FilterSpec
from gateway.filters.bank import FAULTS, FilterBank

NONE = st.none()
LEVELS = st.sampled_from([-40.0, -0.1, 0.0, 0.1, 20.0, 20.1, 20.25, 21.0, 25.0, 300.0]) | st.floats(-1e6, 1e6)
STEPS_MS = st.sampled_from([0, 1, 999, 1000, 1001, 5000, 60_000, 400_000, -5000, -86_400_000])


@st.composite
def specs(draw: st.DrawFn) -> FilterSpec:
    """Any filter that a site file can declare."""
    deadband = draw(NONE | st.sampled_from([0.0, 0.1, 2.0]))
    return FilterSpec(
        low=draw(NONE | st.sampled_from([-20.0, 0.0])),
        high=draw(NONE | st.sampled_from([20.5, 250.0])),
        spike=draw(st.sampled_from([None, "hampel", "median"])),
        spike_window=draw(st.sampled_from([3, 5, 15])),
        spike_sigmas=draw(st.sampled_from([1.0, 3.0])),
        spike_floor=draw(st.sampled_from([0.0, 0.1, 5.0])),
        smooth_ms=draw(NONE | st.sampled_from([1, 3000, 60_000])),
        deadband=deadband,
        max_silence_ms=None if deadband is None else draw(st.sampled_from([1000, 60_000])),
        stuck_ms=draw(NONE | st.sampled_from([1, 3000, 60_000])),
        stuck_band=draw(st.sampled_from([0.0, 0.5])),
        drift_limit=draw(NONE | st.sampled_from([0.05, 5.0])),
        drift_ms=draw(st.sampled_from([2000, 86_400_000])),
        rest=draw(st.sampled_from([0.0, 20.0])),
        gap_ms=draw(st.sampled_from([5000, 300_000])),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[FilterSpec], list[dict[int, tuple[float | None, int]]]]:
    """Channels, and batches: slot -> (value, time). Not every channel speaks in every batch."""
    channels = draw(st.lists(specs(), min_size=1, max_size=4))
    times = [1_795_000_000_000] * len(channels)
    batches = []
    for _ in range(draw(st.integers(1, 25))):
        batch = {}
        for slot in draw(st.sets(st.integers(0, len(channels) - 1))):
            times[slot] += draw(STEPS_MS)
            batch[slot] = (draw(NONE | LEVELS), times[slot])
        batches.append(batch)
    return channels, batches


def _step(bank: FilterBank, batch: dict[int, tuple[float | None, int]]) -> list[Outcome]:
    slots = np.array(list(batch), np.intp)
    values = np.array([np.nan if value is None else value for value, _ in batch.values()])
    steps = bank.step(slots, values, np.array([at_ms for _, at_ms in batch.values()], np.int64))
    return [
        Outcome(None if np.isnan(value) else float(value), FAULTS[fault], bool(rejected), bool(told))
        for value, fault, rejected, told in zip(*steps, strict=True)
    ]


@settings(max_examples=150)
@given(histories(), st.data())
def test_the_bank_does_what_the_plain_filters_do(
    history: tuple[list[FilterSpec], list[dict[int, tuple[float | None, int]]]], data: st.DataObject
) -> None:
    """Outcome by outcome and state by state, over restarts and over transactions that were undone."""
    channels, batches = history
    plain, bank = [ChannelFilter(spec) for spec in channels], FilterBank(channels)
    for batch in batches:
        if data.draw(st.booleans()):  # undone and done again
            _step(bank, batch)
            bank.undo()
        outcomes = _step(bank, batch)
        bank.keep()
        assert outcomes == [plain[slot].step(value, at_ms) for slot, (value, at_ms) in batch.items()]
        assert _states(bank, channels) == [channel.to_state() for channel in plain]
        if data.draw(st.booleans()):
            states, bank = _states(bank, channels), FilterBank(channels)
            for slot, state in enumerate(states):
                bank.restore(slot, state)


def _states(bank: FilterBank, channels: list[FilterSpec]) -> list[dict[str, Any]]:
    return [bank.to_state(slot) for slot in range(len(channels))]


def test_other_limits_take_over_what_is_known() -> None:
    """A reload with a shorter window keeps the newest samples, as the plain filter does."""
    long, short = (FilterSpec(spike="median", spike_window=width, spike_floor=0.0) for width in (7, 3))
    plain, bank = ChannelFilter(long), FilterBank([long])
    for second in range(9):
        plain.step(float(second**2), second * 1000)
        _step(bank, {0: (float(second**2), second * 1000)})
    after, shorter = ChannelFilter(short), FilterBank([short])
    after.restore(plain.to_state())
    shorter.take_over(bank, [0], [0])
    again = FilterBank([long, long])
    again.take_over(bank, [1], [0])
    assert (again.to_state(1), again.to_state(0)) == (plain.to_state(), ChannelFilter(long).to_state())
    assert _step(shorter, {0: (7.0, 9000)}) == [after.step(7.0, 9000)]
    assert shorter.to_state(0) == after.to_state()
