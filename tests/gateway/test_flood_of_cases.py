"""More open cases than one step looks at: each has its turn within a bound, whatever comes and goes meanwhile."""

from __future__ import annotations

import sqlite3
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.store.counters import Counters
from gateway.store.schema import SCHEMAS
from gateway.work import cases
from gateway.work.cases import LIVES, OTHERS, Cases
from tests.gateway.site import START_MS

AT_ONCE = 8  # so that floods are small
INSERT = (
    "INSERT INTO cases (id, kind, severity, condition, device, grid, place, round, changed_ms, raise_id, wanted) "
    "VALUES (?, ?, 'major', 'active', 'fire-a', '1', '', 1, ?, '', ?)"
)
STEP = st.tuples(
    st.integers(0, 6),  # so many others are raised before the step
    st.integers(0, 3),  # and so many that endanger lives
    st.lists(st.integers(0, 100), max_size=6),  # these are finished, of what is open
)


class Flood:
    """Of cases, oldest first, and what each step looked at."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.cases = Cases(Counters())
        self.number = 0
        self.left: dict[str, int] = {}  # open: within so many steps it has its turn
        self.wanted: dict[str, int] = {}

    def raise_(self, wanted: int) -> None:
        """One more."""
        self.number += 1
        case = f"{self.number:06}"
        self.db.execute(INSERT, (case, "fire" if wanted == LIVES else "tamper", START_MS, wanted))
        self.wanted[case] = wanted
        self.left[case] = 2 * self.around(wanted) + 3

    def around(self, wanted: int) -> int:
        """Steps once around."""
        return list(self.wanted.values()).count(wanted) // (AT_ONCE // 4)

    def finish(self, place: int) -> None:
        """One of those that are open."""
        if self.left:
            case = list(self.left)[place % len(self.left)]
            self.cases.finish(self.db, case)
            del self.left[case], self.wanted[case]

    def step(self) -> None:
        """Nobody waits longer than we promise."""
        seen = {row.id for row in self.cases.wanted(self.db)}
        assert len(seen) <= AT_ONCE
        for case, left in self.left.items():
            self.left[case] = self.around(self.wanted[case]) + 3 if case in seen else left - 1
            assert self.left[case] > 0


@settings(max_examples=40)  # each makes a database
@given(first=st.integers(0, 40), steps=st.lists(STEP, max_size=20))
def test_each_has_its_turn(first: int, steps: list[tuple[int, int, list[int]]]) -> None:
    """In the order of nothing but their ids: what goes before it makes nobody be passed over."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript("".join(text for _, text in sorted(SCHEMAS.items())))
    flood = Flood(db)
    with patch.object(cases, "AT_ONCE", AT_ONCE):
        for number in range(first):
            flood.raise_(LIVES if number % 5 == 0 else OTHERS)
        for others, lives, finished in steps:
            for wanted, count in ((OTHERS, others), (LIVES, lives)):
                for _ in range(count):
                    flood.raise_(wanted)
            for place in finished:
                flood.finish(place)
            flood.step()
    db.close()
