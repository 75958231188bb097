"""Sounders of other places: started at once, repeated until answered, renewed while it burns, ended with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.counters import all_counters
from gateway.work.mail import Mail
from tests.gateway.site import START_MS
from tests.gateway.workers import FIRE, QUIET, SMOKE, WorkBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WorkBench]:
    """fire-b sounds for confirmed fires of the site."""
    bench = WorkBench(tmp_path)
    yield bench
    bench.db.close()


def orders(mails: list[Mail]) -> list[tuple[str, int]]:
    """(device, minutes) of the commands."""
    found = [(mail.device, json.loads(mail.payload)) for mail in mails if mail.kind == "command"]
    assert all(command["cmd"] == "sound" for _, command in found)
    return [(device, command["minutes"]) for device, command in found]


def command_in(mails: list[Mail]) -> Mail:
    """The only one."""
    (mail,) = [mail for mail in mails if mail.kind == "command"]
    return mail


def test_a_confirmed_fire_sounds_next_door_with_and_without_the_centre(bench: WorkBench) -> None:
    """A suspected one does not; the order is repeated every 5 s until the endpoint has done it."""
    bench.run(0, 5, SMOKE)
    assert orders(bench.step(5)) == []
    bench.run(5, 5, FIRE)
    first = bench.step(10)
    assert orders(first) == [("fire-b", 10)]
    assert orders(bench.step(11)) == []
    assert orders(bench.step(15)) == [("fire-b", 10)]
    bench.done("fire-b", command_in(first), 16)
    assert orders(bench.step(21)) == []
    assert all_counters(bench.db)["sirens.done"] == 1


def test_it_is_renewed_while_it_burns_and_ended_when_it_is_over(bench: WorkBench) -> None:
    """After its minutes, with another id: each id is carried out once."""
    bench.run(0, 5, FIRE)
    first = command_in(bench.step(5))
    bench.done("fire-b", first, 6)
    assert orders(bench.step(604)) == []
    second = command_in(bench.step(605))
    assert json.loads(first.payload)["id"] != json.loads(second.payload)["id"]
    bench.run(605, 70, QUIET)
    assert orders(bench.step(680)) == [("fire-b", 0)]


def test_it_goes_on_while_another_place_burns(bench: WorkBench) -> None:
    """The call point of a third endpoint."""
    bench.more = bench.more + '[[endpoints]]\ndevice = "fire-c"\nkind = "fire"\nplace = "C"\ngrid = "1"\n'
    bench.configure()
    bench.restart()
    bench.run(0, 5, FIRE)
    bench.run(0, 5, FIRE, "fire-c")
    for mail in bench.step(5):
        if mail.kind == "command":
            bench.done("fire-b", mail, 6)
    bench.run(10, 70, QUIET)
    assert orders(bench.step(90)) == []
    bench.run(10, 70, QUIET, "fire-c")
    assert orders(bench.step(91)) == [("fire-b", 0)]


def test_what_begins_again_is_another_order(bench: WorkBench) -> None:
    """An endpoint carries each number out once: the siren would stay silent for one that it knows."""
    bench.more = bench.more + '[[endpoints]]\ndevice = "fire-c"\nkind = "fire"\nplace = "C"\ngrid = "1"\n'
    bench.configure()
    bench.restart()
    bench.run(0, 5, FIRE)
    bench.run(0, 5, FIRE, "fire-c")
    first = [mail for mail in bench.step(5) if mail.kind == "command"]
    for mail in first:
        bench.done("fire-b", mail, 6)
    row = {"id": bench.case(), "holder": None, "answers": 0}
    bench.centre(row | {"stage": "closed", "version": 5})
    assert orders(bench.step(10)) == []
    bench.centre(row | {"stage": "reported", "version": 6}, number=2)
    again = command_in(bench.step(11))
    assert again.payload not in [mail.payload for mail in first]
    assert json.loads(again.payload)["id"] not in [json.loads(mail.payload)["id"] for mail in first]


def test_it_may_sound_for_what_calls_nobody(bench: WorkBench) -> None:
    """Milder than what the site sends people to; renewed like any other."""
    siren = '[[sirens]]\ndevice = "fire-b"\nkinds = ["endpoints_offline"]\nseverity = "minor"\nminutes = 2\n'
    bench.more = siren + '[tasks]\nseverity = "critical"\n'
    bench.configure()
    bench.restart()
    bench.run(0, 1, QUIET)
    bench.silence(20)
    bench._commit(lambda: bench.pipeline.let_time_pass(bench.db, START_MS + 60_000, 0))  # it gathers first
    first = command_in(bench.step(61))
    bench.done("fire-b", first, 62)
    assert orders(bench.step(120)) == []
    assert orders(bench.step(182)) == [("fire-b", 2)]


def test_what_burns_itself_is_not_its_own_siren(bench: WorkBench) -> None:
    """It sounds by its own judgement."""
    bench.run(0, 5, FIRE, "fire-b")
    assert orders(bench.step(5)) == []


def test_an_endpoint_that_says_no_is_asked_again_only_when_the_term_is_over(bench: WorkBench) -> None:
    """The reason is kept."""
    bench.run(0, 5, FIRE)
    bench.done("fire-b", command_in(bench.step(5)), 6, error="此终端不支持")
    assert orders(bench.step(30)) == []
    assert bench.db.execute("SELECT error FROM sirens").fetchone() == ("此终端不支持",)
    assert all_counters(bench.db)["sirens.refused"] == 1


def test_it_survives_a_restart_and_no_order_outlives_its_time(bench: WorkBench) -> None:
    """An endpoint that was away for an hour does not begin to sound for what was."""
    bench.run(0, 5, FIRE)
    bench.step(5)
    bench.restart()
    assert orders(bench.step(65)) == [("fire-b", 9)], "what is left of ten minutes"
    bench.centre({"id": bench.case(), "stage": "closed", "holder": None, "version": 5, "answers": 0})
    assert orders(bench.step(66)) == [("fire-b", 0)]
    assert orders(bench.step(66 + 31 * 60)) == []
