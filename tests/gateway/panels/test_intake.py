"""One frame, one transaction, on a real database: what is new, what is kept, and where each table ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain.alarms import Change
from domain.gb26875 import facts, times, units
from domain.gb26875.frames import Command, Frame
from gateway.adapters import Host, Measured
from gateway.adapters.gb26875 import orders, store, values
from gateway.adapters.gb26875.arrival import Arrival
from gateway.adapters.gb26875.intake import Intake
from gateway.beliefs.believed import believed
from gateway.site_file.gb26875_section import Config, Listening, PanelMember
from gateway.store.counters import Counters
from gateway.store.quarantine import Quarantine
from gateway.store.schema import open_database
from runtime.clock import Clock
from tests.domain.gb26875.vectors import REAL_FIRE, REAL_FIRE_TEXT
from tests.gateway.site import START_MS

PANEL = PanelMember(device="panel-a", place="1号楼消控室", grid="1", address=0x379)
CONFIG = Config(listening=Listening(kind="gb26875", host="127.0.0.1"), panels={"panel-a": PANEL})


class Bench:
    """An intake on a database; every frame is one transaction, and a restart after each is allowed."""

    def __init__(self, folder: Path) -> None:
        self.db, _ = open_database(folder / "gateway.sqlite")[:2]
        self.owed: list[Change] = []
        self.measured: list[Measured] = []
        self.counters = Counters()
        self.config = CONFIG
        self.restart()

    def restart(self) -> None:
        """Nothing but the database."""
        host = Host(
            writer=SimpleNamespace(),  # type: ignore[arg-type]
            counters=self.counters,
            quarantine=Quarantine(1000, self.counters),
            owe=self._owe,
            note=lambda *_args, **_named: None,
            measured=lambda _db, measured: self.measured.append(measured),
            clock=Clock(),
            beat=lambda _name, _within_s: None,
        )
        self.intake = Intake(host, lambda: self.config)

    def _owe(self, _db: sqlite3.Connection, _device: str, changes: Sequence[Change], _now_ms: int) -> None:
        self.owed += changes

    def take(self, frame: Frame, at_ms: int = START_MS) -> None:
        """One frame."""
        arrival = Arrival(panel=PANEL, frame=frame, received_ms=at_ms)
        self.commit(lambda: self.intake.take(self.db, arrival))

    def commit(self, job: Any) -> Any:
        """One transaction."""
        self.db.execute("BEGIN")
        result = job()
        self.intake.panels.flush(self.db)
        self.counters.flush(self.db)
        self.db.execute("COMMIT")
        return result

    def count(self, name: str) -> int:
        """One counter."""
        row = self.db.execute("SELECT n FROM counters WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """From the database."""
        return self.db.execute(query).fetchall()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Empty."""
    return Bench(tmp_path)


def frame(serial: int = 1, kind: int = 2, at_ms: int = START_MS, **said: Any) -> Frame:
    """A component in fire, or something else."""
    tag = times.write(at_ms)
    values = {"system": 1, "system_address": 3, "part": 42, "part_address": 1, "state": 3, "text": "三层", "time": tag}
    fact = units.LAYOUTS[kind].cls(
        **{name: (values | said)[name] for name in units.LAYOUTS[kind].cls.__dataclass_fields__}
    )
    data = units.encode(kind, (fact,))
    return Frame(serial=serial, command=Command.SEND, source=0x379, target=1, time=tag, data=data)


def test_a_real_capture_is_a_fire_in_its_own_words(bench: Bench) -> None:
    """With its own time in the records, and ours in the incident: it is years old, so its clock was never set."""
    captured = Frame(
        serial=0, command=Command.SEND, source=0x379, target=1, time=bytes.fromhex("180d11160a14"),
        data=REAL_FIRE[27:-3],
    )  # fmt: skip
    bench.take(captured)

    (change,) = [change for change in bench.owed if change.incident.kind == "fire"]
    assert change.incident.signals[0].label.startswith(REAL_FIRE_TEXT)
    assert change.incident.raised_at_ms == START_MS
    assert bench.rows("SELECT told_ms FROM panel_records") == [(1_596_280_728_000,)]
    assert bench.count("panel.wrong_clock") == 1


def test_the_same_frame_again_is_nothing_new_even_after_a_restart(bench: Bench) -> None:
    """Three repetitions, a kill in between, and once more; a frame that differs in anything is another one."""
    bench.take(frame())
    for _ in range(3):
        bench.restart()
        bench.take(frame(), START_MS + 20_000)

    assert (len(bench.owed), bench.count("panel.repeated")) == (1, 3)
    bench.take(frame(part_address=2))
    bench.take(replace(frame(part_address=2), serial=2))
    assert bench.rows("SELECT COUNT(*) FROM panel_records") == [(3,)]


def test_a_device_that_always_says_the_same_time_is_heard_again_later(bench: Bench) -> None:
    """After a restart it counts from 0 again, with the same clock: that is a new fire, not a repetition."""
    dead = replace(frame(), time=bytes((0, 0, 0, 1, 1, 0)))
    bench.take(dead)
    bench.take(frame(serial=2, state=1), START_MS + 10_000)
    bench.commit(lambda: bench.intake.tick(bench.db, frozenset(), START_MS + 100_000))
    for tries_ms in (100_001, 110_000):
        bench.take(dead, START_MS + tries_ms)

    assert [str(change.event) for change in bench.owed] == ["raised", "cleared", "raised"]
    assert bench.count("panel.repeated") == 1


@pytest.mark.parametrize("behind_s", [60, 3600, 800_000_000])
def test_a_clock_that_stands_still_hides_no_second_fire(bench: Bench, behind_s: int) -> None:
    """Serial and time always the same, whenever the clock stopped: pressed, reset, pressed again before it is over."""
    stopped_ms = START_MS - behind_s * 1000
    fire, calm = (replace(frame(at_ms=stopped_ms, state=state), serial=0) for state in (3, 1))
    for at_s, said in ((0, fire), (10, fire), (20, calm), (30, calm), (50, fire), (60, fire)):
        bench.take(said, START_MS + at_s * 1000)
    bench.commit(lambda: bench.intake.tick(bench.db, frozenset(), START_MS + 90_000))
    assert [str(change.event) for change in bench.owed] == ["raised"]
    assert bench.intake.panels.look(bench.db, "panel-a").burning_parts
    assert bench.count("panel.repeated") == 3


def test_who_counts_is_believed_though_his_clock_is_wrong(bench: Bench) -> None:
    """A reset that comes again behind a new fire is the old one, and ends nothing."""
    late_ms = START_MS - 3_600_000
    for at_s, serial, said in ((0, 1, 3), (10, 2, 1), (20, 3, 3), (30, 2, 1)):
        sent_ms = late_ms + (serial - 1) * 10_000
        bench.take(frame(serial=serial, at_ms=sent_ms, state=said), START_MS + at_s * 1000)
    assert bench.intake.panels.look(bench.db, "panel-a").burning_parts
    assert bench.count("panel.repeated") == 1


@pytest.mark.parametrize("kind", [4, 24])
def test_what_a_log_says_does_not_happen_now(bench: Bench, kind: int) -> None:
    """Somebody reads the operations of yesterday: no reset, no alarm and no answer to today's duty check are in it."""
    owner = {"kind": kind, "operator": 1}
    bench.take(frame(state=3))
    n = bench.commit(lambda: orders.add(bench.db, "panel-a", "duty-check", {"minutes": 10}, START_MS))
    bench.commit(lambda: orders.fetch(bench.db))
    for serial, flags in enumerate((0b1, 0b100, 0b100000), 10):
        bench.take(replace(frame(serial=serial, flags=flags, **owner), command=Command.ANSWER))
    bench.commit(lambda: bench.intake.tick(bench.db, frozenset(), START_MS + 100_000))
    state = bench.commit(lambda: orders.state_of(bench.db, n))

    assert [str(change.event) for change in bench.owed] == ["raised"]
    assert len(bench.rows("SELECT n FROM panel_records")) == 4
    assert state is not None
    assert state["state"] == "sent"
    bench.take(frame(serial=20, flags=0b101, **owner), START_MS + 100_000)  # the same, said by itself
    assert len(bench.owed) > 1


@pytest.mark.parametrize("restarted", [False, True])
def test_what_a_panel_said_is_told_anew_when_it_is_put_back(bench: Bench, restarted: bool) -> None:
    """Taken out of the site file its incidents ended at the centre. It tells only what changes, so it burns on."""
    bench.take(frame(state=3))
    bench.take(frame(serial=2, state=5, part_address=2))
    bench.config = replace(CONFIG, panels={})
    bench.commit(lambda: None)
    assert list(believed(bench.db, "gw")) == []
    if restarted:
        bench.restart()
        bench.commit(lambda: None)
    bench.config = CONFIG
    bench.commit(lambda: None)
    bench.take(replace(frame(serial=3), data=b""), START_MS + 60_000)

    told = [(str(change.event), str(change.incident.kind)) for change in bench.owed]
    assert told == [("raised", "fire"), ("raised", "facility_fault")] * 2
    assert len({change.incident.id for change in bench.owed}) == 4
    bench.take(frame(serial=4, state=1), START_MS + 61_000)
    bench.commit(lambda: bench.intake.tick(bench.db, frozenset(), START_MS + 121_000))
    assert str(bench.owed[-1].event) == "cleared"


@pytest.mark.parametrize("column", ["state", "presence"])
@pytest.mark.parametrize("rotten", [b"{", b"[]", b'{"fire": 1}', b"\xff"])
def test_a_panel_whose_row_is_rotten_is_judged(bench: Bench, column: str, rotten: bytes) -> None:
    """Begun anew: its next fire is told."""
    bench.take(frame(state=1))
    bench.commit(lambda: bench.db.execute(f"UPDATE panels SET {column} = ?", (rotten,)))  # noqa: S608 - ours
    bench.restart()
    bench.take(frame(serial=2, state=3))
    assert [str(change.incident.kind) for change in bench.owed] == ["fire"]
    bench.restart()
    bench.take(frame(serial=3, state=3, part_address=2))
    assert str(bench.owed[-1].incident.severity) == "critical"


def test_descriptions_are_remembered(bench: Bench) -> None:
    """Some panels describe a component once and then only number it."""
    bench.take(frame(kind=7, text="地下车库B区"))
    bench.take(frame(serial=2, text=""))

    assert bench.owed[-1].incident.signals[0].label.startswith("地下车库B区 · 点型光电感烟")


def test_values_are_samples_and_the_newest_is_shown(bench: Bench) -> None:
    """421.3 kPa; what no pressure can be, and what no table knows, is a fault of its channel and never a number."""
    for serial, (analog, raw) in enumerate([(5, 4213), (5, -5), (99, 7)]):
        bench.take(frame(serial=serial, kind=3, analog=analog, raw=raw))

    channel = "1-3/42-00000001"
    assert [(m.quality, dict(m.values), dict(m.faults)) for m in bench.measured] == [
        ("good", {f"{channel}:pressure_kpa": 421.3}, {}),
        ("good", {}, {f"{channel}:pressure_kpa": "implausible"}),
        ("good", {}, {f"{channel}:99": "unknown_quantity"}),
    ]
    assert bench.rows("SELECT key, analog, raw FROM panel_parts") == [(channel, 99, 7)]
    assert values.shown(bench.db, PANEL.device) == ()
    assert bench.rows("SELECT COUNT(*) FROM panel_records") == [(0,)]

    bench.take(frame(serial=9, kind=3, analog=3, raw=215))
    (number,) = values.shown(bench.db, PANEL.device)
    assert (number.words[0][-2:], number.unit, number.value) == ("温度", "Cel", 21.5)


def test_components_are_bounded_and_a_fire_counts_all_the_same(bench: Bench) -> None:
    """A broken device may make up addresses for ever."""
    bench.intake._parts = store.Parts(bench.counters, limit=5)
    for number in range(9):
        bench.take(frame(serial=number, part_address=number, state=1))
    bench.take(frame(serial=99, part_address=99))

    assert bench.rows("SELECT COUNT(*) FROM panel_parts") == [(5,)]
    assert bench.count("panel.parts_dropped") == 5
    assert [str(change.incident.kind) for change in bench.owed] == ["fire"]


def test_frames_seen_and_records_are_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first; the drops of records are counted."""
    monkeypatch.setattr(store, "MAX_SEEN", 100)
    monkeypatch.setattr(store, "MAX_RECORDS", 100)
    monkeypatch.setattr(store, "_LOOK_EVERY", 50)
    for number in range(400):
        bench.take(frame(serial=number, state=1))

    assert bench.rows("SELECT COUNT(*) FROM panel_seen")[0][0] <= 150
    assert bench.rows("SELECT COUNT(*) FROM panel_records")[0][0] <= 150
    assert bench.count("panel.records_dropped") >= 250


def test_orders_are_bounded(bench: Bench) -> None:
    """Those that are through go first, those that wait stay."""
    waiting = bench.commit(lambda: orders.add(bench.db, "panel-a", "read-state", {}, START_MS))
    for _ in range(orders.KEPT + 10):
        bench.commit(lambda: orders.note(bench.db, "panel-a", "over", {"by": "x"}, START_MS))
    bench.commit(lambda: orders.add(bench.db, "panel-a", "read-state", {}, START_MS))
    kept = bench.rows("SELECT n FROM panel_orders ORDER BY n")

    assert len(kept) <= orders.KEPT + 1
    assert kept[0] == (waiting,)


def test_every_fact_can_be_recorded(bench: Bench) -> None:
    """Each uplink type, as JSON."""
    for kind in (1, 2, 4, 5, 7, 8, 21, 24, 25, 28):
        bench.take(frame(serial=kind, kind=kind, flags=1, operator=2, major=1, minor=2, tag=bytes(6)))
    tagged = units.encode(6, (facts.SystemConfig(system=1, system_address=3, text="春风小区"),))
    bench.take(replace(frame(serial=77), data=tagged))

    assert [row[0] for row in bench.rows("SELECT type FROM panel_records ORDER BY n")] == [
        1, 2, 4, 5, 7, 8, 21, 24, 25, 28, 6,
    ]  # fmt: skip
