"""The site alone: who gets which task, when it goes out again, what the centre hears of it, and what it decides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from domain.incidents import Kind, Severity
from domain.site_tasks import OPEN
from gateway.site_file.reader import SiteError
from gateway.site_file.site import load
from gateway.store.counters import all_counters
from gateway.store.quarantine import by_reason
from gateway.work.tasks import KEPT, WITHDRAWALS_MAX
from gateway.work.texts import LANGUAGES, text_of
from protocol import events, tasks
from tests.gateway.site import START_MS
from tests.gateway.workers import FIRE, QUIET, SMOKE, WorkBench, read, write_workers

LIFE_S, ALONE_S, ACCEPT_S, RECEIVE_S = 10, 30, 60, 20


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WorkBench]:
    """A site with workers."""
    bench = WorkBench(tmp_path)
    yield bench
    bench.db.close()


@pytest.fixture
def alone(bench: WorkBench) -> WorkBench:
    """A suspected fire in fire-a, and no centre for 30 s."""
    bench.run(0, 5, SMOKE)
    return bench


def row(bench: WorkBench, stage: str, holder: str | None = None, answers: int = 0, version: int = 2) -> dict[str, Any]:
    """What the centre knows of that fire."""
    return {"id": bench.case(), "stage": stage, "holder": holder, "version": version, "answers": answers}


def test_nobody_is_called_while_the_centre_does_it(alone: WorkBench) -> None:
    """The link is up and the centre takes what we send."""
    alone.acknowledge()
    assert alone.step(6) == []
    assert alone.step(600) == []


def test_a_fire_that_the_centre_does_not_acknowledge_calls_after_ten_seconds(alone: WorkBench) -> None:
    """Also with the link up: a broker without a centre behind it acknowledges nothing."""
    assert alone.step(5) == []
    assert alone.step(5 + LIFE_S - 1) == []
    assert read(alone.step(5 + LIFE_S)) == [("hand-07", "offered", 1), ("hand-08", "offered", 1)]


def test_after_thirty_seconds_without_a_link_what_the_centre_had_is_called_too(alone: WorkBench) -> None:
    """It may have told people; our terminals have nothing of that."""
    alone.acknowledge()
    assert alone.step(20, down_s=ALONE_S - 1) == []
    first = alone.step(21, down_s=ALONE_S)
    assert [mail.device for mail in first] == ["hand-07", "hand-08"]
    task = tasks.decode(first[0].payload)
    assert ("fire", "major", "Room fire-a") == (task["kind"], task["severity"], task["place"])
    assert "疑似火警" in task["text"]
    assert task["deadline_ms"] == START_MS + 21_000 + 30 * 60_000


def test_an_offer_of_a_fire_that_is_out_keeps_nobody_from_a_new_one(alone: WorkBench) -> None:
    """The same grid: nobody has answered, the first fire goes out, another room burns. All are called, tier by tier."""
    assert [mail.device for mail in alone.step(5, down_s=99)] == ["hand-07", "hand-08"]
    alone.run(5, 70, QUIET)
    alone.run(80, 5, SMOKE, "fire-b")
    for second in range(85, 300, 10):
        alone.step(second, down_s=300)
    case = alone.case(device="fire-b")
    query = "SELECT person, state FROM tasks WHERE case_id = ? ORDER BY person"
    offered = [(person, "offered") for person in ("he", "lin", "tian")]
    assert alone.db.execute(query, (case,)).fetchall() == offered


def test_a_silent_answer_to_the_centre_keeps_nobody_from_a_new_fire(alone: WorkBench) -> None:
    """The centre sent somebody, who has not answered; then it died, and the next room burns."""
    alone.acknowledge()
    alone.centre(row(alone, "dispatched", "lin"))
    assert [mail.device for mail in alone.step(6)] == ["hand-07"]
    alone.run(10, 5, SMOKE, "fire-b")
    alone.step(15)
    assert {mail.device for mail in alone.step(15 + LIFE_S)} >= {"hand-08"}


def test_two_rooms_of_one_fire_keep_each_other_from_nothing(alone: WorkBench) -> None:
    """Both burn, nobody answers: one of them calls everybody, the other is a place of the same walk."""
    alone.run(0, 5, SMOKE, "fire-b")
    for second in range(5, 300, 10):
        alone.step(second, down_s=99 + second)
    rows = alone.db.execute("SELECT person, count(*) FROM tasks GROUP BY person ORDER BY person").fetchall()
    assert rows == [("he", 1), ("lin", 1), ("tian", 1)]


def test_a_task_is_sent_until_the_terminal_has_it(alone: WorkBench) -> None:
    """Every 30 s; received ends that; somebody who goes on duty, or comes back, gets all that is open."""
    first = alone.step(40, down_s=99)
    assert alone.step(41, down_s=99) == []
    alone.answer("received", first[0], 42)
    again = alone.step(70, down_s=99)
    assert ("hand-08", "offered", 1) in read(again)
    assert ("hand-07", "offered", 1) not in read(again)
    alone.report("hand-07", "duty_on", 71)
    assert read(alone.step(71, down_s=99)) == [("hand-07", "offered", 1)]
    alone.birth("hand-07", 72)
    assert read(alone.step(72, down_s=99)) == [("hand-07", "offered", 1)]


def test_the_next_is_called_when_nobody_answers(alone: WorkBench) -> None:
    """Terminals that do not even take it: after 20 s; ones that have it: after 60 s. Then everybody again."""
    alone.step(40, down_s=99)
    assert "hand-09" not in {mail.device for mail in alone.step(40 + RECEIVE_S - 1, down_s=99)}
    third = [mail for mail in alone.step(40 + RECEIVE_S, down_s=99) if mail.device == "hand-09"]
    alone.answer("received", third[0], 61)
    for second in range(62, 160, 7):
        assert not [entry for entry in read(alone.step(second, down_s=99)) if entry[2] > 1]
    assert {"hand-07", "hand-08"} == {
        device for device, _, revision in read(alone.step(160, down_s=99)) if revision == 2
    }


def test_the_first_who_accepts_has_it_and_the_others_are_told(alone: WorkBench) -> None:
    """What comes after that from the others is on record and does not count; late is late."""
    first = alone.step(40, down_s=99)
    for mail in first:
        alone.answer("received", mail, 41)
    alone.answer("accepted", first[1], 42)
    assert read(alone.step(43, down_s=99)) == [("hand-07", "withdrawn", 2)]
    alone.answer("accepted", first[0], 44)
    alone.answer("on_the_way", first[1], 45)
    alone.answer("on_site", first[1], 46)
    alone.answer("done", first[1], 47)

    assert alone.states() == {"lin": "withdrawn", "he": "done"}
    assert by_reason(alone.db) == {}
    assert read(alone.step(300, down_s=999)) == [("hand-07", "withdrawn", 2)], "only what was not confirmed"
    answers = [entry for entry in alone.told_work() if entry[0] not in ("received", "offered", "withdrawn")]
    assert answers == [
        ("accepted", "he", events.REPORT, True),
        ("accepted", "lin", events.REPORT, False),
        ("on_the_way", "he", events.REPORT, True),
        ("on_site", "he", events.REPORT, True),
        ("done", "he", events.REPORT, True),
    ]


def test_withdrawals_are_sent_until_confirmed_but_not_for_ever(alone: WorkBench) -> None:
    """A terminal that never had the task says nothing to its withdrawal."""
    first = alone.step(40, down_s=99)
    alone.answer("accepted", first[1], 42)
    seconds = [s for s in range(43, 43 + 60 * 30, 15) if ("hand-07", "withdrawn", 2) in read(alone.step(s, down_s=99))]
    assert len(seconds) == WITHDRAWALS_MAX
    assert {b - a for a, b in pairwise(seconds)} == {30}


def test_everything_survives_a_restart(alone: WorkBench) -> None:
    """As after kill -9: tasks, terms, who has it."""
    first = alone.step(40, down_s=99)
    alone.answer("accepted", first[0], 42)
    alone.restart()
    assert read(alone.step(43, down_s=99)) == [("hand-08", "withdrawn", 2)]
    alone.restart()
    assert [mail for mail in alone.step(44, down_s=99) if mail.kind == "task"] == []
    assert alone.states() == {"lin": "accepted", "he": "withdrawn"}


def test_declined_by_all_goes_to_the_next_at_once(alone: WorkBench) -> None:
    """Nobody waits for a term that has no meaning any more."""
    for mail in alone.step(40, down_s=99):
        alone.answer("declined", mail, 41)
    assert read(alone.step(42, down_s=99)) == [("hand-09", "offered", 1)]
    assert by_reason(alone.db) == {}


def test_one_fire_in_two_rooms_is_one_walk(alone: WorkBench) -> None:
    """The second place stands in the task of the first, which sounds again; a worse fire too."""
    first = alone.step(40, down_s=99)
    alone.answer("accepted", first[0], 41)
    alone.step(42, down_s=99)
    alone.run(0, 5, SMOKE, "fire-b")
    (changed,) = [tasks.decode(m.payload) for m in alone.step(47, down_s=99) if m.device == "hand-07"]
    assert (changed["state"], changed["place"]) == ("accepted", "Room fire-a、Room fire-b")
    assert changed["revision"] > 1
    alone.run(5, 5, FIRE)
    alone.birth("hand-07", 60)
    changed = [tasks.decode(m.payload) for m in alone.step(60, down_s=99) if m.device == "hand-07"]
    assert changed[-1]["severity"] == "critical"
    assert "119" in changed[-1]["text"]
    assert [person for person, state in alone.states().items() if state in OPEN] == ["lin"]


def test_a_fire_that_is_out_is_no_walk_to_the_next(alone: WorkBench) -> None:
    """Whoever went to the first, and never said done, is called anew with the others; his old task keeps its place."""
    first = alone.step(40, down_s=99)
    alone.answer("accepted", first[0], 41)
    alone.step(42, down_s=99)
    alone.run(5, 70, QUIET)
    alone.step(120, down_s=99)
    alone.run(0, 5, SMOKE, "fire-b")
    sent = [(m.device, tasks.decode(m.payload)) for m in alone.step(130, down_s=99) if m.kind == "task"]
    offered = [(device, task["place"]) for device, task in sent if task["state"] == "offered"]
    assert offered == [("hand-07", "Room fire-b"), ("hand-08", "Room fire-b")]
    assert {task["place"] for _, task in sent if task["state"] == "accepted"} <= {"Room fire-a"}


def test_answers_that_come_together_leave_no_offer_behind(alone: WorkBench) -> None:
    """A terminal was out of reach: what it says from accepted to done comes at once; then the next room burns."""
    first = alone.step(40, down_s=99)
    for what in ("accepted", "on_the_way", "on_site", "done"):
        alone.answer(what, first[0], 41)
    alone.step(42, down_s=99)
    assert alone.states() == {"lin": "done", "he": "withdrawn"}
    alone.run(0, 5, SMOKE, "fire-b")
    assert ("hand-07", "offered", 1) in read(alone.step(50, down_s=99))


def test_a_fire_whose_calls_have_run_out_holds_back_no_other(alone: WorkBench) -> None:
    """Everybody was called as often as they are, and nobody came: the next room calls them all again."""
    for second in range(40, 1_200, 10):
        alone.step(second, down_s=99)
    alone.run(0, 5, SMOKE, "fire-b")
    sent = [tasks.decode(mail.payload) for mail in alone.step(1_210, down_s=99) if mail.kind == "task"]
    assert [task["place"] for task in sent if task["revision"] == 1] == ["Room fire-b、Room fire-a"] * 2


def test_cleared_leaves_the_look_but_says_so(alone: WorkBench) -> None:
    """A fire that went out by itself."""
    alone.step(40, down_s=99)
    alone.run(5, 70, QUIET)
    texts = {tasks.decode(mail.payload)["text"] for mail in alone.step(120, down_s=99)}
    assert texts == {"报警已恢复，请到场确认"}


def test_who_calls_for_help_is_not_sent_to_himself(bench: WorkBench) -> None:
    """The others are told who it is."""
    bench.run(0, 1, {"sos": True}, "hand-07")
    sent = bench.step(40, down_s=99)
    assert [mail.device for mail in sent] == ["hand-08"]
    assert "林知夏" in tasks.decode(sent[0].payload)["text"]


def test_a_revoked_terminal_gets_nothing(alone: WorkBench) -> None:
    """Not what was open, not what is new; the next one is called. Back only when a person enrols it."""
    first = alone.step(40, down_s=99)
    alone.answer("received", first[0], 41)
    alone.revoke("hand-07")
    for second in range(42, 200, 6):
        assert "hand-07" not in {mail.device for mail in alone.step(second, down_s=99)}
    alone.report("hand-07", "duty_on", 200)
    assert "hand-07" not in {mail.device for mail in alone.step(201, down_s=99)}
    assert alone.states()["lin"] == "withdrawn"
    assert ("withdrawn", "lin", events.TASK, None) in alone.told_work()


def test_a_wiped_terminal_is_back_when_somebody_goes_on_duty_with_it(alone: WorkBench) -> None:
    """It was set up anew."""
    alone.report("hand-07", "wiped", 1)
    assert [mail.device for mail in alone.step(40, down_s=99)] == ["hand-08"]
    alone.report("hand-07", "duty_on", 50)
    assert "hand-07" in {mail.device for mail in alone.step(101, down_s=99)}


def test_an_answer_to_somebody_elses_task_is_only_a_report(alone: WorkBench) -> None:
    """A terminal speaks for itself."""
    first = alone.step(40, down_s=99)
    task = tasks.decode(first[0].payload)
    alone.report("hand-09", "accepted", 41, task=task["id"])
    alone.report("hand-09", "done", 42, task="t-unknown-1")
    assert alone.states() == {"lin": "offered", "he": "offered"}
    assert [entry[3] for entry in alone.told_work() if entry[1] == "tian"] == [False, False]


def test_a_step_back_of_the_clock_keeps_nobody_waiting(alone: WorkBench) -> None:
    """An hour back, right after the call: the next one is called in time, and what is open goes out again."""
    alone.step(4_000, down_s=99)
    assert {mail.device for mail in alone.step(400, down_s=99)} == {"hand-07", "hand-08"}
    assert read(alone.step(400 + RECEIVE_S, down_s=99)) == [("hand-09", "offered", 1)]


def test_a_terminal_that_is_ahead_of_a_restored_gateway_is_believed(alone: WorkBench) -> None:
    """Otherwise it would ignore every later change."""
    first = alone.step(40, down_s=99)
    task = tasks.decode(first[0].payload)
    alone.report("hand-07", "received", 41, task=task["id"], revision=7)
    alone.answer("accepted", first[1], 42)
    assert read(alone.step(43, down_s=99)) == [("hand-07", "withdrawn", 8)]


# the centre's word


def test_the_centre_sends_somebody(alone: WorkBench) -> None:
    """A dispatch is a task, with the link up; one who is not of this site gets none from us."""
    alone.acknowledge()
    alone.centre(row(alone, "dispatched", "tian"))
    assert read(alone.step(6)) == [("hand-09", "offered", 1)]
    alone.centre(row(alone, "dispatched", "zhou", version=3))
    assert read(alone.step(7)) == [("hand-09", "withdrawn", 2)]


@pytest.mark.parametrize("stage", ["fed_back", "verified", "closed"])
def test_what_is_over_at_the_centre_is_over_here(alone: WorkBench, stage: str) -> None:
    """Off every list, and nobody is called for it any more."""
    for mail in alone.step(40, down_s=99):
        alone.answer("received", mail, 40)
    alone.acknowledge()
    alone.centre(row(alone, stage))
    gone = alone.step(41)
    assert {state for _, state, _ in read(gone)} == {"withdrawn"}
    for mail in gone:
        alone.answer("received", mail, 42)
    assert alone.step(80, down_s=99) == []


def test_an_old_word_of_the_centre_does_not_overrule_a_newer_answer(alone: WorkBench) -> None:
    """Until it has heard all of ours; then it does."""
    first = alone.step(40, down_s=99)
    for mail in first:
        alone.answer("received", mail, 41)
    alone.answer("accepted", first[0], 41)
    alone.answer("on_the_way", first[0], 42)
    alone.centre(row(alone, "accepted", "zhou", answers=0), number=7)
    alone.step(43)
    assert alone.states()["lin"] == "on_the_way"
    alone.centre(row(alone, "dispatched", "lin", answers=2), number=8)
    alone.step(44)
    assert alone.states()["lin"] == "on_the_way"
    alone.centre(row(alone, "dispatched", "tian", answers=2, version=4), number=9)
    assert read(alone.step(45)) == [("hand-07", "withdrawn", 2), ("hand-09", "offered", 1)]


def test_a_centre_that_lost_our_answers_is_believed_in_the_end(alone: WorkBench) -> None:
    """Restored from a backup it never gets to our count; it has acknowledged everything all the same."""
    first = alone.step(40, down_s=99)
    alone.answer("accepted", first[0], 41)
    alone.centre(row(alone, "dispatched", "tian", answers=0))
    alone.step(42)
    alone.step(120)
    assert alone.states()["lin"] == "accepted", "the answer is still owed"
    alone.acknowledge()
    alone.step(121)
    assert alone.states() == {"lin": "withdrawn", "he": "withdrawn", "tian": "offered"}


def test_the_status_says_which_list_we_have_and_how_many_tasks_are_open(alone: WorkBench) -> None:
    """So that the centre sends it again while that is another one."""
    office = alone.pipeline.office
    assert office.fields(alone.db) == {"desk": 0, "tasks": {}}
    alone.step(40, down_s=99)
    alone.centre(row(alone, "reported"), number=12)
    assert office.fields(alone.db) == {"desk": 12, "tasks": {"offered": 2}}


def test_a_row_that_is_not_ours_changes_nothing(alone: WorkBench) -> None:
    """Another gateway's, or one that we have forgotten."""
    alone.centre({"id": "unknown", "stage": "closed", "holder": None, "version": 1, "answers": 0})
    assert alone.case()


# bounds


def test_old_tasks_are_forgotten_beyond_the_bound(alone: WorkBench) -> None:
    """Open ones never."""
    alone.step(40, down_s=99)
    rows = [(f"t-old-{n}", "done", n) for n in range(KEPT)]
    alone.db.execute("BEGIN")
    alone.db.executemany(
        "INSERT INTO tasks (id, case_id, person, device, state, revision, round, called_ms, payload) "
        "VALUES (?, '', '', '', ?, 1, 1, ?, '')",
        rows,
    )
    alone.db.execute("COMMIT")
    alone.pipeline.office._tasks.prune(alone.db)
    assert alone.db.execute("SELECT count(*), min(called_ms) FROM tasks").fetchone() == (KEPT, 2)
    assert alone.states()["lin"] == "offered"


def test_the_view_of_open_tasks_has_the_states_of_the_table(bench: WorkBench) -> None:
    """One list in two languages."""
    (text,) = bench.db.execute("SELECT sql FROM sqlite_schema WHERE name = 'open_tasks'").fetchone()
    assert all(f"'{state}'" in text for state in OPEN)
    assert text.count("'") == 2 * len(OPEN)


def test_what_is_quiet_costs_no_look(alone: WorkBench) -> None:
    """A case that is over and has no task is not looked at until there is news."""
    alone.acknowledge()
    alone.run(5, 70, QUIET)
    alone.step(100)
    assert alone.db.execute("SELECT wanted FROM cases").fetchall() == [(0,)]
    alone.centre(row(alone, "dispatched", "tian"))
    assert read(alone.step(101)) == [("hand-09", "offered", 1)]


def test_a_look_that_finds_nothing_writes_nothing(alone: WorkBench) -> None:
    """Once a second for years, on flash memory."""
    alone.step(40, down_s=99)
    alone.revoke("hand-07")
    alone.report("hand-08", "wiped", 40)
    alone.report("hand-09", "wiped", 40)
    alone.step(41, down_s=99)
    before = alone.db.total_changes
    for second in range(42, 52):
        assert alone.step(second, down_s=99) == []
    assert alone.db.total_changes == before


def test_a_case_of_a_newer_version_stops_nobody(alone: WorkBench) -> None:
    """After an update that was rolled back."""
    alone.db.execute(
        "INSERT INTO cases (id, kind, severity, condition, device, grid, place, round, changed_ms, raise_id, wanted) "
        "VALUES ('0', 'comet', 'major', 'active', 'x', '1', 'x', 1, 0, '', 2)"
    )
    assert len(alone.step(40, down_s=99)) == 2


def test_counters_tell_what_was_done(alone: WorkBench) -> None:
    """For the status and the metrics."""
    first = alone.step(40, down_s=99)
    alone.answer("accepted", first[0], 41)
    alone.step(42, down_s=99)
    counted = {name: n for name, n in all_counters(alone.db).items() if name.startswith("tasks.")}
    assert counted == {"tasks.offered.alone": 2, "tasks.accepted": 1, "tasks.withdrawn.taken": 1}


@pytest.mark.parametrize("revision", [None, "2", True, -1, 1 << 70, 1.5])
def test_a_revision_that_is_none_counts_as_the_first(alone: WorkBench, revision: object) -> None:
    """Whatever a terminal says, its report is taken."""
    first = alone.step(40, down_s=99)
    task = tasks.decode(first[0].payload)
    alone.report("hand-07", "received", 41, task=task["id"], revision=revision)
    assert by_reason(alone.db) == {}
    assert alone.db.execute("SELECT revision, received FROM tasks WHERE person = 'lin'").fetchone() == (1, 1)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", [*LANGUAGES, "fr"])
def test_every_kind_has_a_text_in_both_languages(kind: Kind, language: str) -> None:
    """Short enough for the display; another language gets the first."""
    for cleared in (False, True):
        text = text_of(kind, Severity.CRITICAL, language, cleared=cleared, who="林知夏")
        assert 0 < len(text) <= 80
        assert "{" not in text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            '[[people]]\nid = "x"\nname = "x"\ndevice = "fire-a"\ngrid = "1"\n',
            "people[4].device 'fire-a' is no",
        ),
        (
            '[[people]]\nid = "lin"\nname = "x"\ndevice = "hand-1"\ngrid = "1"\n',
            "people[4].id 'lin' stands there",
        ),
        (
            '[[people]]\nid = "x"\nname = "x"\ndevice = "hand-1"\ngrid = "1"\nduty = ["8-25"]\n',
            "people[4].duty '8-25' is no time",
        ),
        ("[tasks]\naccept_s = 0\n", "tasks.accept_s must be from 1 to 86400"),
        ('[[sirens]]\ndevice = "hand-07"\n', "sirens[1].device 'hand-07' has no sounder"),
        ('[[sirens]]\ndevice = "fire-a"\nkinds = ["noise"]\n', "sirens[1].kinds has no incident called"),
        ('[[sirens]]\ndevice = "fire-a"\nminutes = 31\n', "sirens[1].minutes must be from 1 to 30"),
    ],
)
def test_the_site_file_names_what_is_wrong(tmp_path: Path, more: str, says: str) -> None:
    """With its line."""
    path = write_workers(tmp_path, 1883, more=more)
    with pytest.raises(SiteError) as refused:
        load(path)
    assert says in str(refused.value)
    assert "line " in str(refused.value)
