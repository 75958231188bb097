"""What is kept for safety is bounded."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from cloud.board import choosing
from cloud.intake import accept
from cloud.store.models import Intake, Quarantine
from protocol import topics
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the intake holds it."""

    payload: bytes
    kind: str = "incident"
    site: str = facts.SITE
    gateway: str = facts.GATEWAY

    @property
    def topic(self) -> str:
        """Where it came from."""
        return topics.build(self.site, self.gateway, self.kind)


def count(centre: Centre, table: type[Intake] | type[Quarantine]) -> int:
    """Rows of a table."""
    with centre.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_quarantine_keeps_the_newest(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken gateway cannot fill the disk, neither by number nor by size."""
    monkeypatch.setattr(accept, "QUARANTINE_KEPT", 10)
    accept.accept_urgent(centre.desk, [Letter(b"x" * 100_000 + str(n).encode()) for n in range(30)])
    with centre.store.read() as session:
        kept = list(session.scalars(select(Quarantine).order_by(Quarantine.id)))

    assert [entry.id for entry in kept] == list(range(21, 31))
    assert {(entry.reason, len(entry.payload)) for entry in kept} == {("not_json", accept.EXCERPT)}


def test_message_ids_are_pruned_and_a_very_old_duplicate_still_changes_nothing(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgetting ids is safe: the revision catches the duplicate."""
    monkeypatch.setattr(accept, "INTAKE_KEPT", 20)
    monkeypatch.setattr(accept, "PRUNE_EVERY", 5)
    letters = [
        Letter(facts.event(n, facts.incident(n, kind="sensor_fault", severity="minor", device=f"d{n}")))
        for n in range(60)
    ]
    for letter in letters:
        accept.accept_urgent(centre.desk, [letter])
        centre.clock.go(1)
    before = centre.desk.board().open
    verdicts, changed = accept.accept_urgent(centre.desk, letters)

    assert count(centre, Intake) < 60 + 26
    assert {verdict.reason for verdict in verdicts} == {""}
    assert changed.incidents == frozenset()
    assert [row.version for row in centre.desk.board().open] == [row.version for row in before]


def test_what_was_refused_can_be_looked_at(centre: Centre) -> None:
    """Newest first, with the reason and the beginning of the message."""
    accept.accept_urgent(centre.desk, [Letter(b"first"), Letter(b"second")])

    assert [(row.reason, row.payload) for row in centre.desk.quarantine()] == [
        ("not_json", "second"),
        ("not_json", "first"),
    ]


HUGE = 10**400


@pytest.mark.parametrize("number", [1 << 63, 1 << 70, HUGE])
def test_a_number_that_no_column_takes_is_refused_alone(centre: Centre, number: int) -> None:
    """A fire in the same batch is stored, whatever else is in it and however deep the number hides."""
    status = facts.status(START_MS)
    status["endpoints"][1]["last_seen_ms"] = number
    deep = facts.incident(2, signals=[facts.signal("smoke_level", "smoke", number, START_MS)])
    letters = [
        Letter(json.dumps({**facts.status(START_MS), "at_ms": number}).encode(), "status"),
        Letter(json.dumps(status).encode(), "status"),
        Letter(facts.event(2, deep)),
        Letter(facts.event(1, facts.incident(1, device="fire-b"))),
    ]
    verdicts, _ = accept.accept_urgent(centre.desk, letters)

    assert [verdict.reason for verdict in verdicts] == ["bad_number"] * 3 + [""]
    assert [row.device for row in centre.desk.board().open] == ["fire-b"]
    assert count(centre, Quarantine) == 3


def test_a_huge_reading_does_not_stop_the_history(centre: Centre) -> None:
    """The row is refused, the others are kept."""
    bad = facts.rows("fire-a", 1, 1, START_MS)
    bad[0]["values"]["smoke"] = HUGE
    letters = [
        Letter(facts.history(1, bad), "history"),
        Letter(facts.history(2, facts.rows("fire-b", 1, 2, START_MS)), "history"),
    ]
    verdicts = accept.accept_history(centre.desk, centre.series, letters)

    assert sorted(verdict.reason for verdict in verdicts) == ["", "bad_number"]
    assert len(centre.series.window("fire-b", "smoke", 0, 1 << 52)) == 2


def test_the_board_lists_the_most_urgent_and_counts_the_rest(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Life safety first, whenever it came; then by deadline, of the places that one sees."""
    monkeypatch.setattr(choosing, "BOARD_MAX", 3)
    for number in range(4):
        centre.take(number, device=f"d{number}", kind="sensor_fault", severity="minor")
        centre.clock.go(60)
    elsewhere = centre.take(8, device="z", kind="sensor_fault", severity="minor", site="elsewhere")
    fire = centre.take(9)
    board = centre.desk.board()
    mine = centre.desk.board(lambda _grid, site: site == "elsewhere")

    assert [row.id for row in board.open] == [fire, *(facts.incident(n)["incident_id"] for n in (0, 1))]
    assert (board.more, [row.id for row in mine.open], mine.more) == (3, [elsewhere], 0)
