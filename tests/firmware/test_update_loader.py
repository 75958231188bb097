"""The loader's choice of a slot, through every state it can find on the flash."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import loader

TRIALS, FAILS = 3, 5
STATES = [
    {"slot": slot, "trial": trial, "fails": fails}
    for slot, trial, fails in itertools.product("ab", (None, 0, 1, TRIALS), range(2 * FAILS + 3))
]
WHOLE = [[], ["a"], ["b"], ["a", "b"]]


def _other(slot: str) -> str:
    return "b" if slot == "a" else "a"


@pytest.mark.parametrize("whole", WHOLE, ids=str)
@pytest.mark.parametrize("unsure", [False, True])
def test_every_state(whole: list[str], unsure: bool) -> None:
    """What runs is whole; a trial is counted down; nothing is lost where there is something to run."""
    for before in STATES:
        state, slot = loader.choose(before, whole, unsure)
        assert slot is None or slot in whole, before
        assert loader.last_resort(state, whole) in (whole or [None])
        on_trial = before["trial"] and before["slot"] in whole
        if on_trial:
            assert (slot, state["trial"]) == (before["slot"], before["trial"] - 1)  # type: ignore[operator]
        else:
            assert state["trial"] is None
        rolled_back = before["trial"] is not None and not on_trial
        if rolled_back:
            assert (state["slot"], state["fails"]) == (_other(str(before["slot"])), 0)
            assert slot == (state["slot"] if state["slot"] in whole else None)
        elif not on_trial and before["fails"] + unsure < 2 * FAILS and whole:  # type: ignore[operator]
            assert slot is not None


def test_a_good_program_runs_whatever_the_switch_does() -> None:
    """Power cycles are not counted; nothing is written for them."""
    state = {"slot": "a", "trial": None, "fails": 0}
    for _ in range(100):
        state, slot = loader.choose(state, ["a", "b"], False)
        assert (slot, state["fails"]) == ("a", 0)


def test_from_one_slot_to_the_other_to_safe_mode_and_round() -> None:
    """Five failed starts each, then safe mode, which tries the one and the other for ever."""
    state, ran, tried = {"slot": "a", "trial": None, "fails": 0}, [], []
    for _ in range(20):
        state, slot = loader.choose(state, ["a", "b"], True)
        ran.append(slot)
        tried.append(loader.last_resort(state, ["a", "b"]))
    assert ["a"] * 4 + ["b"] * 5 + [None] * 11 == ran
    assert {"a", "b"} == set(tried[9:])
    assert all(first != second for first, second in itertools.pairwise(tried[9:]))


def test_three_starts_of_a_trial_and_never_again() -> None:
    """The fourth start is the old program's, and the next ones too."""
    state, ran = {"slot": "b", "trial": TRIALS, "fails": 0}, []
    for _ in range(6):
        state, slot = loader.choose(state, ["a", "b"], True)
        ran.append(slot)
    assert ["b", "b", "b", "a", "a", "a"] == ran


@given(
    st.binary(max_size=80)
    | st.builds(
        lambda value: json.dumps(value).encode(),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.dictionaries(st.sampled_from(["slot", "trial", "fails", "x"]), inner, max_size=4)
                | st.lists(inner, max_size=2)
            ),
            max_leaves=8,
        ),
    )
)
def test_any_torn_state_runs_something(content: bytes) -> None:
    """Whatever stands in /slots.json, there is a state, and a slot that is whole is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "open", lambda path: _file(content), raising=False)
        state = loader.read()
    _, slot = loader.choose(state, ["a", "b"], False)
    assert slot in ("a", "b", None)
    assert slot is not None or state["fails"] >= 2 * FAILS


def _file(content: bytes) -> Any:
    import io

    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")


def test_a_torn_state_gives_way_to_the_one_being_written(tmp_path: Path) -> None:
    """The new file is whole before it takes the place of the old one."""
    whole = {"slot": "b", "trial": 2, "fails": 0, "lowest": [1, 0, 0]}
    torn, fresh = tmp_path / "torn", tmp_path / "fresh"
    torn.write_text('{"slot": "b", "tri')
    fresh.write_text(json.dumps(whole))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "open", lambda path: (fresh if path.endswith(".new") else torn).open(), raising=False)
        assert whole == loader.read()
