"""Clock, ids, settings and back-off: small, pure, and everything hangs on them."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.backoff import CAP_S, delay_s
from runtime.clock import VARIABLE, Clock
from runtime.ids import uuid7
from runtime.settings import SettingsError, from_env
from runtime.supervise import supervise


@given(st.integers(0, 2**42), st.integers(0, 2**42), st.sampled_from([0.5, 1.0, 4.0, 20.0]), st.integers(0, 10**7))
def test_a_clock_survives_the_environment(wall_ms, sim_ms, speed, elapsed_ms):
    """Another process reads the same time from the variable, and time runs at its speed."""
    clock = Clock(wall_origin_ms=wall_ms, sim_origin_ms=sim_ms, speed=speed)
    assert Clock.from_env(clock.to_env()) == clock
    assert clock.at_wall_ms(wall_ms + elapsed_ms) == sim_ms + round(elapsed_ms * speed)
    assert clock.real_s(speed * 1000) == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["1", "a:b:c", "1:2:0", "1:2:-1", "1:2:1e9", "1:2:nan"])
def test_a_broken_clock_is_refused_by_name(text):
    """A wrong clock would date every incident wrongly: better not to start."""
    with pytest.raises(ValueError, match=VARIABLE):
        Clock.from_env({VARIABLE: text})


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, max_size=20))
def test_ids_sort_by_time(times):
    """Version 7, variant RFC 9562, ordered by the millisecond they were made in."""
    ids = [uuid7(at_ms) for at_ms in times]
    assert all(uuid.UUID(text).version == 7 and uuid.UUID(text).variant == uuid.RFC_4122 for text in ids)
    assert [text[:13] for text in sorted(ids)] == [uuid7(at_ms)[:13] for at_ms in sorted(times)]


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_backoff_is_capped(attempt, random):
    """Never negative, never above the cap, never an overflow."""
    assert 0 <= delay_s(attempt, lambda: random) <= CAP_S


@pytest.mark.parametrize(("steady_s", "waits"), [(0.0, [0, 0, 0]), (60.0, [0, 1, 2])])
async def test_what_ran_long_fails_anew(steady_s: float, waits: list[int]) -> None:
    """Failures in a row wait longer and longer; one after a good run waits as the first did. All are counted."""
    failures: Counter[str] = Counter()
    waited: list[int] = []

    async def run() -> None:
        if failures["task"] < 3:
            raise OSError("again")

    def wait_s(attempt: int) -> float:
        waited.append(attempt)
        return 0.0

    await supervise("task", run, failures, steady_s=steady_s, wait_s=wait_s)
    assert (waited, failures) == (waits, {"task": 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    data_dir: Path
    port: int = 1
    loud: bool = False
    name: str | None = None


def test_settings_are_typed():
    """Every field has one variable; what is not set keeps its default."""
    settings = from_env(_Settings, "X_", {"X_DATA_DIR": "/d", "X_LOUD": "true", "X_NAME": "n", "OTHER": "1"})
    assert settings == _Settings(data_dir=Path("/d"), loud=True, name="n")


@pytest.mark.parametrize(
    ("env", "text"),
    [({}, "data_dir"), ({"X_DATA_DIR": "d", "X_PORT": "many"}, "X_PORT"), ({"X_DATADIR": "d"}, "unknown.*X_DATADIR")],
)
def test_a_wrong_setting_is_named(env, text):
    """A typo is an error that names the variable."""
    with pytest.raises(SettingsError, match=text):
        from_env(_Settings, "X_", env)
