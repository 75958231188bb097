"""Order of the tests where several workers share them.

pytest-xdist's `worksteal` gives each worker a run of neighbours and lets the idle take from the ends of others. Tests
that wait for minutes stand at the end of the alphabet (`system`), so that in the last minutes of a run one worker
waited and three were idle. Here their files are dealt to the runs of all workers, at a different moment of each: while
one waits, the others compute. The same list of tests always gets the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Protocol, TypeVar

LAST_BEGIN = 0.6  # no worker begins its slow ones later than after this share of its run


class Placed(Protocol):
    """What is known of a test: its file."""

    @property
    def path(self) -> Path:
        """Where it stands."""


T = TypeVar("T", bound=Placed)


def dealt(tests: Sequence[T], slow: tuple[Path, ...], workers: int) -> list[T]:
    """All of `tests`, those below a `slow` folder spread over the runs of `workers`; no file is cut by it."""
    files = [list(group) for _, group in groupby(tests, key=lambda one: one.path)]
    waiting = [file for file in files if _below(file[0], slow)]
    others = [file for file in files if not _below(file[0], slow)]
    shares = [waiting[at::workers] for at in range(workers)]
    return [one for file in _runs(others, shares) for one in file]


def _below(test: Placed, folders: tuple[Path, ...]) -> bool:
    return any(test.path.is_relative_to(folder) for folder in folders)


def _runs(others: list[list[T]], shares: list[list[list[T]]]) -> Iterator[list[T]]:
    """Files of the runs, each about as long as the scheduler makes it, with its slow files at its own moment."""
    left = sum(map(len, others)) + sum(len(file) for share in shares for file in share)
    queue = iter(others)
    for at, share in enumerate(shares):
        size = left // (len(shares) - at)
        begin = int(size * LAST_BEGIN * at / max(1, len(shares) - 1))
        run = _taken(queue, min(begin, size - sum(map(len, share))))
        run += share
        run += _taken(queue, size - sum(map(len, run)))
        yield from run
        left -= sum(map(len, run))
    yield from queue


def _taken(queue: Iterator[list[T]], tests: int) -> list[list[T]]:
    """Whole files from the queue, until they hold so many tests."""
    run: list[list[T]] = []
    while sum(map(len, run)) < tests and (file := next(queue, None)) is not None:
        run.append(file)
    return run
