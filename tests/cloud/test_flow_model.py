"""Whatever people click in whatever order: what is offered is taken, what is refused changes nothing, twice is once."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from cloud.board.views import IncidentDetail
from cloud.history.series import DuckSeries
from cloud.records import DeskError
from cloud.store.models import Incident, Timer
from cloud.store.models_flow import Merge, Pause
from domain.incidents import BESIDE, OVER, STAGE_MOVES, WORKED, IncidentError, Move, Stage
from tests.cloud.conftest import Centre, HandClock
from tests.cloud.flowing import OPERATOR, POWER, STREET, WATER, WORKER, with_departments

ACTORS = (OPERATOR, STREET, WORKER)
HOUR_MS = 3_600_000
# what else decides whether these are taken: the other incident, the department's part, the deadline
DEPENDS = {Move.MERGE, Move.LINK, Move.UNLINK, Move.ASK, Move.REPLY, Move.DECLINE, Move.RELEASE, Move.EXTEND}
NUMBERS = itertools.count(1)


class Flow(RuleBasedStateMachine):
    """Three incidents at one desk, and everybody's clicks on them."""

    centre: ClassVar[Centre]

    @initialize(kinds=st.lists(st.sampled_from(["water_pressure", "fire", "camera_fault"]), min_size=3, max_size=3))
    def begin(self, kinds: list[str]) -> None:
        """Each example has incidents of its own, in grids of their own."""
        self.revisions = [1, 1, 1]
        self.facts: list[dict[str, Any]] = []
        self.logs: dict[str, list[object]] = {}
        for kind in kinds:
            number = next(NUMBERS)
            grid = f"g-{number if kind == 'fire' else 0}"  # rooms of one fire are another matter
            self.facts.append(
                {"number": number, "kind": kind, "severity": "major", "device": f"d-{number}", "grid": grid}
            )
        self.ids = [self.centre.take(**fact) for fact in self.facts]

    @rule(which=st.integers(0, 2), condition=st.sampled_from(["active", "cleared"]))
    def say(self, which: int, condition: str) -> None:
        """The gateway tells."""
        self.revisions[which] += 1
        self.centre.take(**self.facts[which], revision=self.revisions[which], condition=condition)

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.centre.clock.go(minutes * 60)
        self.centre.desk.fire_due()

    @rule(
        which=st.integers(0, 2),
        move=st.sampled_from([*Move, *(move for _, move in STAGE_MOVES)]),
        actor=st.sampled_from(ACTORS),
        other=st.integers(0, 2),
        office=st.sampled_from([WATER, POWER]),
        grade=st.sampled_from(["satisfied", "unsatisfied"]),
    )
    def click(self, which: int, move: Move, actor: str, other: int, office: str, grade: str) -> None:
        """Somebody does something with all that it needs."""
        number = self.ids[which]
        before = self.centre.desk.detail(number)
        wish: dict[str, Any] = {"actor": actor, "expected_version": before.row.version, "reason": "因故"}
        if move in (Move.MERGE, Move.LINK, Move.UNLINK):
            wish["to"] = self.ids[other]
        elif move in (Move.ASK, Move.REPLY, Move.DECLINE, Move.RELEASE):
            wish["to"] = office
        elif move is Move.EXTEND:
            wish["until_ms"] = (before.row.deadline_ms or self.centre.clock.now_ms()) + HOUR_MS
        elif move is Move.EVALUATE:
            wish["grade"] = grade
        after, refusal = self._try(number, move, wish)
        if after is None:
            assert move in DEPENDS or move not in before.moves, f"offered and refused: {refusal}"
            assert self.centre.desk.detail(number) == before, "refused, and something changed"
            return
        assert move in before.moves or after == before, "taken and not offered"
        assert after.row.stage in _expected(before, move, grade)
        assert self.centre.desk.move(number, move, **wish) == after, "the same click twice is one"

    def _try(self, number: str, move: Move, wish: dict[str, Any]) -> tuple[IncidentDetail | None, str]:
        try:
            return self.centre.desk.move(number, move, **wish), ""
        except (DeskError, IncidentError) as refusal:
            return None, str(refusal)

    @invariant()
    def nothing_is_overwritten(self) -> None:
        """Logs only grow."""
        for number in getattr(self, "ids", ()):
            log = list(self.centre.desk.detail(number).log)
            kept = self.logs.get(number, [])
            assert log[: len(kept)] == kept
            self.logs[number] = list(log)

    @invariant()
    def rows_agree(self) -> None:
        """Stage, holder, pause, timers and families fit to each other."""
        with self.centre.store.read() as session:
            for number in getattr(self, "ids", ()):
                incident = session.get_one(Incident, number)
                timers = session.scalars(
                    select(Timer.step).where(Timer.incident_id == number, Timer.state == "waiting")
                )
                pauses = select(Pause).where(Pause.incident_id == number, Pause.until_ms.is_(None))
                merges = select(Merge).where(Merge.child_id == number, Merge.undone_at_ms.is_(None))
                _check(incident, {step.partition(":")[0] for step in timers}, len(session.scalars(pauses).all()))
                assert len(session.scalars(merges).all()) == (incident.parent_id is not None)
                if incident.parent_id is not None:
                    assert session.get_one(Incident, incident.parent_id).parent_id is None


def _expected(before: IncidentDetail, move: Move, grade: str) -> set[str]:
    stage = Stage(before.row.stage)
    if move is Move.SPLIT:
        return {"reported", *WORKED}
    if move is Move.MERGE:
        return {"reported", *WORKED}
    if move is Move.EVALUATE and grade == "unsatisfied":
        return {"reported"}
    return {STAGE_MOVES.get((stage, move), stage)} if (stage, move) in STAGE_MOVES or move in BESIDE else set()


def _check(incident: Incident, waiting: set[str], pauses: int) -> None:
    if incident.stage != Stage.VOID:
        assert (incident.holder is None) == (incident.stage == Stage.REPORTED), "held by nobody, or before acceptance"
    assert (incident.paused_at_ms is not None) == (pauses == 1), "the row and the record of a pause differ"
    assert incident.paused_at_ms is None or incident.stage in WORKED
    assert not (incident.stage == Stage.CLOSED and incident.condition == "active"), "closing hid a cause"
    assert incident.stage == Stage.REPORTED or not waiting & {"escalate", "repeat"}, "called after an acceptance"
    assert "chase" not in waiting or (incident.stage in WORKED and incident.paused_at_ms is None)
    assert incident.stage not in OVER or (not waiting and incident.closed_at_ms is not None)


@pytest.mark.parametrize("examples", [5, pytest.param(300, marks=pytest.mark.endurance)])
def test_whatever_people_click(tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    """Many short lives of three incidents."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))
    series = DuckSeries(folder / "series.duckdb")
    Flow.centre = with_departments(Centre(folder, HandClock(), series, f"sqlite:///{folder / 'incidents.db'}"))
    try:
        case = Flow.TestCase()
        case.settings = settings(max_examples=examples, stateful_step_count=20, deadline=None)
        case.runTest()
    finally:
        Flow.centre.store.close()
        series.close()
        shutil.rmtree(folder)
