"""The fire endpoint on a virtual board, against a real broker."""

from __future__ import annotations

import asyncio
import itertools
import sys
from statistics import median

import pytest

from runtime.clock import Clock
from simulators.virtual_board import VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import Recorder, Room
from tests.firmware.conftest import PlugIn


def _recorder(mosquitto: Mosquitto, speed: float) -> Recorder:
    return Recorder(mosquitto.port, Clock.starting_now(speed))


async def test_boot_birth_and_one_sample_a_second(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """After its birth message a board sends one sample a second, from 0 on, with the values of its room and UTC."""
    async with _recorder(mosquitto, 10) as seen:
        await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 12)

    birth, packs = seen.statuses[0], seen.packs[:12]
    assert ("online", "birth", 1, "power_on") == (birth["state"], birth["why"], birth["boot"], birth["reset"])
    assert [(1, seq) for seq in range(12)] == seen.order()[:12]
    assert not any(pack.backfill for pack in packs)
    assert all(value == pytest.approx(21.5, abs=0.01) for value in (pack.values["temp"] for pack in packs))
    assert packs[0].values["smoke"] == pytest.approx(0.001, abs=0.0007)  # one step of the converter
    assert packs[0].values["co"] == pytest.approx(2.0, abs=1.7)
    assert packs[0].values["battery"] == pytest.approx(80, abs=1)
    assert (False, False) == (packs[0].values["call_point"], packs[0].values["local_alarm"])
    timed = [pack.at_ms for pack in packs if pack.at_ms is not None]
    assert len(timed) >= 10
    steps = [after - before for before, after in itertools.pairwise(timed)]
    assert 900 <= median(steps) <= 1100, steps  # a busy machine makes one late, and the next one early
    assert abs(seen.clock.now_ms() - timed[-1]) < 20_000


async def test_last_will_on_power_cut_and_clean_exit_on_stop(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """The broker says offline when the power is cut; a board that is stopped says so itself."""
    async with _recorder(mosquitto, 10) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        await board.power_cut()
        await seen.until(lambda: seen.whys()[-1] == "last_will")
        await board.power_on()
        await seen.until(lambda: seen.whys()[-1] == "birth")
        await board.stop()
        await seen.until(lambda: seen.whys()[-1] == "clean_exit")

    assert ["birth", "last_will", "birth", "clean_exit"] == [why for why in seen.whys() if why != "heartbeat"]
    assert [1, 1, 2, 2] == [message["boot"] for message in seen.statuses if message["why"] != "heartbeat"]


async def test_nothing_is_lost_when_the_broker_dies(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """Samples of an outage come afterwards, marked as backfill; no sequence number is missing."""
    async with _recorder(mosquitto, 10) as seen:
        await plug_in(mosquitto.port, seen.clock)
        for _ in range(2):
            before = len(seen.packs)
            await seen.until(lambda before=before: len(seen.packs) >= before + 5)
            mosquitto.kill()
            await asyncio.sleep(2.5)
            mosquitto.start()
            back = max(seen.seqs(1)) + 25
            await seen.until(
                lambda back=back: seen.seqs(1) == list(range(seen.seqs(1)[-1] + 1)) and seen.seqs(1)[-1] > back, 60
            )  # the back-off may wait up to 30 s

    late = [pack for pack in seen.packs if pack.backfill]
    assert len(late) >= 20
    assert all(pack.at_ms is not None for pack in late)
    assert [] == seen.rejected


async def test_no_boot_and_seq_is_used_twice(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """Power cuts at any moment, with every sample going to flash: all that was kept arrives, each number once."""
    room.change(smoke_per_m=0.5)
    clock = Clock.starting_now(20)
    mosquitto.kill()
    board = await plug_in(mosquitto.port, clock)
    for pause_s in (2.9, 3.37, 2.71, 3.13, 2.5):
        await asyncio.sleep(pause_s)
        await board.power_cut()
        await board.power_on()
    mosquitto.start()
    async with Recorder(mosquitto.port, clock) as seen:
        await seen.until(
            lambda: set(range(1, 7)) == {pack.boot for pack in seen.packs if len(seen.seqs(pack.boot)) > 2}, 40
        )
        await seen.until(lambda: seen.statuses[-1]["queue"]["pending"] < 5, 40)

    for boot in range(1, 7):
        seqs = seen.seqs(boot)
        held_from = min(seq for seq in seqs if seq >= 2)  # the alarm raises at the third sample
        assert list(range(held_from, seqs[-1] + 1)) == [seq for seq in seqs if seq >= held_from]
    contents: dict[tuple[int, int], object] = {}
    for pack in seen.packs:
        assert contents.setdefault((pack.boot, pack.seq), pack.values) == pack.values
    assert all(pack.values["local_alarm"] for pack in seen.packs if pack.backfill and pack.seq > 2)


async def test_overflow_of_the_ring_is_counted(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """A ring that is too small for the outage drops the oldest samples and says how many."""
    clock = Clock.starting_now(50)
    mosquitto.kill()
    await plug_in(mosquitto.port, clock, flash_kib=512)
    await asyncio.sleep(8)
    mosquitto.start()
    async with Recorder(mosquitto.port, clock) as seen:
        await seen.until(lambda: seen.statuses and seen.statuses[-1]["queue"]["pending"] < 20, 40)
        await seen.until(lambda: seen.statuses[-1]["why"] == "heartbeat")

    dropped = seen.statuses[-1]["queue"]["dropped"]
    missing = max(seen.seqs(1)) + 1 - len(seen.seqs(1))
    assert dropped > 50
    assert abs(dropped - missing) <= 20  # what is still on its way counts as missing here


async def test_a_failed_part_is_a_fault_and_never_an_old_value(
    mosquitto: Mosquitto, plug_in: PlugIn, room: Room
) -> None:
    """Each channel that fails loses its value and says why, the others go on; it comes back by itself."""
    reasons = {
        "smoke": "open_circuit",
        "temp": "no_answer",
        "co": "open_circuit",
        "battery": "no_battery",
        "call_point": "contacts_disagree",
    }
    async with _recorder(mosquitto, 20) as seen:
        await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 3)
        for channel, reason in reasons.items():
            room.change(faults=frozenset({channel}))
            await seen.until(lambda c=channel, r=reason: {c: r} == seen.packs[-1].faults)
            assert channel not in seen.packs[-1].values
            assert set(reasons) - {channel} <= set(seen.packs[-1].values)
        room.change(faults=frozenset())
        await seen.until(lambda: not seen.packs[-1].faults)

    for pack in seen.packs:
        assert set() == set(pack.faults) & set(pack.values)


async def test_the_sounder_needs_no_network(free_port: int, plug_in: PlugIn, room: Room) -> None:
    """With no broker at all, smoke sounds the alarm within its hold and clean air ends it; the call point stays."""
    clock = Clock.starting_now(10)
    board = await plug_in(free_port, clock)
    await asyncio.sleep(1)
    burnt_ms = clock.now_ms()
    room.change(smoke_per_m=0.05)
    await _eventually(lambda: _sounded(board, burnt_ms))
    assert 2000 <= _sounded(board, burnt_ms)[0] - burnt_ms <= 4500
    room.change(smoke_per_m=0.001)
    await _eventually(lambda: not _sounded(board, clock.now_ms() - 5000))
    room.change(call_point=True)
    await _eventually(lambda: _sounded(board, clock.now_ms() - 2000))
    room.change(call_point=False)
    await asyncio.sleep(1)
    assert _sounded(board, clock.now_ms() - 5000)


def _sounded(board: VirtualBoard, since_ms: int) -> list[int]:
    """When the sounder went on, from a moment on."""
    return [at_ms for at_ms, name, value in board.outputs if name == "sounder" and value and at_ms >= since_ms]


async def test_a_hung_board_is_reset_by_its_watchdog(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """A program that stops completing cycles loses its power for a moment and says why it came back."""
    async with _recorder(mosquitto, 1) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 1)
        board.hang()
        await seen.until(lambda: seen.statuses[-1]["boot"] == 2, 20)

    assert ["power_on", "watchdog"] == [reset.cause for reset in board.resets]
    assert "watchdog" == seen.statuses[-1]["reset"]


async def test_mpremote_lists_the_flash(free_port: int, plug_in: PlugIn) -> None:
    """A technician with mpremote on the serial port sees the files, and a soft reset starts the board again."""
    board = await plug_in(free_port, Clock.starting_now(1))
    await _eventually(lambda: any("boot 1" in line for line in board.console_tail))
    listing = await _mpremote(board.pty_path, "fs", "ls")

    assert all(name in listing for name in ("config.json", "boots.json", "main.py", "alarms/", "history/")), listing


async def _mpremote(path: str, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mpremote",
        "connect",
        path,
        "resume",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    return said.decode()


async def _eventually(true: object, timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.05)


async def test_the_broker_s_word_is_not_enough(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """A gateway that hears and cannot store gets the samples again until it says that they are durable."""
    async with Recorder(mosquitto.port, Clock.starting_now(10), acknowledges=False) as seen:
        await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.order()) > len(set(seen.order())), 30)
        seen.acknowledges = True
        heard = len(seen.packs)
        newest = max(seen.seqs(1)) + 30
        await seen.until(lambda: set(range(newest)) <= {pack.seq for pack in seen.packs[heard:]}, 40)
        await seen.until(lambda: seen.statuses[-1]["queue"]["pending"] < 5, 20)
    assert seen.statuses[-1]["queue"]["dropped"] == 0


async def test_a_board_lives_on_after_its_alarm(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """The sounder has nothing to play any more, and nobody takes that for a task that hangs."""
    async with _recorder(mosquitto, 20) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: seen.packs)
        room.change(smoke_per_m=0.5)
        await seen.until(lambda: seen.packs[-1].values.get("local_alarm"))
        room.change(smoke_per_m=0.001)
        await seen.until(lambda: not seen.packs[-1].values.get("local_alarm"))
        quiet = seen.packs[-1].seq
        await seen.until(lambda: seen.packs[-1].seq > quiet + 240, 60)  # the watchdog waits 8 s: 160 s of the board

    assert ["power_on"] == [reset.cause for reset in board.resets]
    assert not any("hangs" in line for line in board.console_tail)
