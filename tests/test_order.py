"""The order of tests: nothing lost, no file cut, slow files in the run of every worker."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.order import dealt

SLOW = Path("/tests/system")


@dataclass(frozen=True, slots=True)
class _Test:
    path: Path
    number: int


def _tests(sizes: list[int], folder: str) -> list[_Test]:
    return [_Test(Path(folder) / f"test_{file}.py", at) for file, size in enumerate(sizes) for at in range(size)]


@given(
    st.lists(st.integers(1, 9), max_size=20),
    st.lists(st.integers(1, 9), max_size=12),
    st.integers(min_value=2, max_value=8),
)
def test_nothing_is_lost_and_no_file_is_cut(quick: list[int], slow: list[int], workers: int) -> None:
    """Whatever the sizes, and however few there are."""
    tests = [*_tests(quick, "/tests/domain"), *_tests(slow, str(SLOW))]

    order = dealt(tests, (SLOW,), workers)

    assert sorted(map(repr, order)) == sorted(map(repr, tests))
    assert len(list(groupby(order, key=lambda one: one.path))) == len(quick) + len(slow)


def test_every_worker_has_slow_files_and_none_at_its_end() -> None:
    """Runs of neighbours as the scheduler cuts them."""
    tests = [*_tests([5] * 40, "/tests/domain"), *_tests([2] * 8, str(SLOW))]

    order = dealt(tests, (SLOW,), 4)

    quarter = len(tests) // 4
    runs = [order[at : at + quarter] for at in range(0, len(tests), quarter)]
    for run in runs:
        assert 4 == sum(one.path.is_relative_to(SLOW) for one in run)
        assert not any(one.path.is_relative_to(SLOW) for one in run[-quarter // 4 :])
