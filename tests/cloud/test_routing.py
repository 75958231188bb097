"""Trying a routing table: every mistake at once, and what would have gone elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from cloud.routing import routing
from cloud.store.models import Notice
from gridwhistle import app
from tests.cloud.conftest import Centre

DISPATCH = Path(__file__).parents[2] / "cloud" / "config" / "dispatch.toml"
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`gridwhistle cloud routes ...` on a data folder of its own."""
    monkeypatch.setenv("GRIDWHISTLE_CLOUD_DATA_DIR", str(tmp_path / "data"))
    return lambda *words: CliRunner().invoke(app, ["cloud", "routes", *(str(word) for word in words)])


def changed(centre: Centre, **changes: Any) -> dict[str, Any]:
    """The present table with its first rule (a confirmed fire) changed."""
    document = json.loads(json.dumps(centre.desk.plan.document("dispatch")))
    document["placements"][0].update(changes)
    return dict(document)


def test_a_dry_run_says_what_would_have_gone_elsewhere(sqlite_centre: Centre) -> None:
    """Of three incidents the confirmed fire alone would have been accepted by two; the time says which ones count."""
    centre = sqlite_centre
    early = centre.take(1, severity="critical")
    centre.clock.go(3600)
    from_ms = centre.clock.now_ms()
    fire = centre.take(2, device="fire-b", grid="110105001001002", severity="critical")
    centre.take(3, device="fire-c", kind="sensor_fault", severity="minor")
    table = routing.read_table(centre.desk.plan, changed(centre, accepts=2, accept="30 s"))
    with centre.store.read() as session:
        found = list(routing.dry_run(session, centre.desk.plan, table, from_ms, from_ms + 1))
    elsewhere = [one for _, one in found if one is not None]

    assert len(found) == 2
    assert [(one.incident_id, one.fields) for one in elsewhere] == [
        (fire, {"accept": ("1 min", "30 s"), "accepts": ("1", "2")})
    ]
    assert early not in {incident.id for incident, _ in found}


def test_the_same_table_changes_nothing(sqlite_centre: Centre) -> None:
    """What is in force is what happens."""
    sqlite_centre.take(1)
    plan = sqlite_centre.desk.plan
    with sqlite_centre.store.read() as session:
        table = routing.read_table(plan, plan.document("dispatch"))
        found = list(routing.dry_run(session, plan, table, 0, 1 << 60))

    assert [one for _, one in found] == [None]


def test_a_timeline_says_what_happens_while_nobody_acts(sqlite_centre: Centre) -> None:
    """OnCall 275: users do not understand the implicit 'continue unless acknowledged'; here it is written out."""
    plan = sqlite_centre.desk.plan
    steps = routing.timeline(plan, plan.placement("fire", "critical"), sqlite_centre.clock.now_ms())

    assert [(step.stage, step.step, step.after_ms // 1000) for step in steps][:2] == [
        ("reported", "escalate:district", 60),
        ("reported", "repeat:1", 180),
    ]
    assert {step.step for step in steps} >= {"red:overall", "supervise:overall", "chase:1", "supervise:feed_back"}


def test_a_sudden_matter_calls_its_department_at_once(sqlite_centre: Centre) -> None:
    """By the default rules: a hazard that is major, or becomes it; who accepts first has it, of whichever office."""
    grave = sqlite_centre.take(1, kind="hazard", severity="critical", device="a", grid="g1")
    small = sqlite_centre.take(2, kind="hazard", severity="minor", device="b", grid="g2")
    assert told(sqlite_centre, grave, "department:@matter") == {("yan-huo", "placed")}
    assert told(sqlite_centre, small, "department:@matter") == set()
    sqlite_centre.take(2, kind="hazard", severity="major", device="b", grid="g2", revision=2)

    assert told(sqlite_centre, small, "department:@matter") == {("yan-huo", "worse")}
    assert sqlite_centre.desk.detail(grave).row.stage == "reported"


def told(centre: Centre, number: str, tier: str) -> set[tuple[str, str]]:
    """Who was told of it by one way, and at which step."""
    with centre.store.read() as session:
        found = session.scalars(select(Notice).where(Notice.incident_id == number, Notice.tier == tier))
        return {(notice.person, notice.step) for notice in found}


def test_the_command_line_checks_tries_and_shows(run: Run, tmp_path: Path) -> None:
    """0 for what is usable, 2 with every mistake for what is not."""
    wrong = tmp_path / "wrong.toml"
    text = DISPATCH.read_text(encoding="utf-8")
    wrong.write_text(text.replace('notify = "tier:district"', 'notify = "tier:province"', 1), encoding="utf-8")
    good, bad, tried, shown = (
        run("check", DISPATCH), run("check", wrong), run("dry-run", DISPATCH, "--from", "2026-01-01", "--json"),
        run("show", "fire", "critical"),
    )  # fmt: skip

    assert good.exit_code == 0, good.output
    assert "usable" in good.output
    assert bad.exit_code == 2
    assert "unknown tier province" in bad.output
    assert json.loads(tried.stdout) == {"incidents": 0, "elsewhere": []}
    assert "escalate:district" in shown.output
    assert re.search(r"\+ +1 min  escalate:district\b", shown.output)
    assert re.search(r"\+ +24 h  red:overall\b", shown.output)
    assert run("check", tmp_path / "none.toml").exit_code == 2


def test_notes_say_what_is_no_mistake_and_still_good_to_know(sqlite_centre: Centre) -> None:
    """A matter nobody knows, and holidays that nobody has published yet."""
    plan = sqlite_centre.desk.plan
    document = changed(sqlite_centre)
    document["placements"].append({**document["placements"][0], "matters": ["unheard_of"]})
    said = routing.notes(plan, routing.read_table(plan, document), sqlite_centre.clock.now_ms())

    assert [text for text in said if "unheard_of" in text]
    assert [text for text in said if "2027" in text], "late November: the notice of the next year is due"
