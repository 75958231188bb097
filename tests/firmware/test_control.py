"""What a gateway can do to an endpoint: settings, commands, receipts; and what a person can, with light and button."""

from __future__ import annotations

import asyncio
from typing import Any

from runtime.clock import Clock
from simulators.virtual_board import VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import Recorder, Room
from tests.firmware.conftest import PlugIn

FIRE = "fire-a"


def _answer(seen: Recorder, asked: str) -> tuple[bool, dict[str, Any]] | None:
    return next(((ok, data) for about, ok, data in seen.answers if about == asked), None)


async def _answered(seen: Recorder, asked: str, timeout_s: float = 15.0) -> tuple[bool, dict[str, Any]]:
    await seen.until(lambda: _answer(seen, asked) is not None, timeout_s)
    found = _answer(seen, asked)
    assert found is not None
    return found


async def test_settings_are_applied_kept_and_answered(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """A calibration and a disabled channel take effect at once and after a power cut; the version is in the status."""
    async with Recorder(mosquitto.port, Clock.starting_now(10)) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        seen.configure(FIRE, 3, channels={"co": {"enabled": False}, "temp": {"offset": 2.0, "scale": 1.0}})
        assert (True, {"version": 3}) == await _answered(seen, "config-3")
        await seen.until(lambda: seen.packs[-1].faults.get("co") == "disabled")
        assert "co" not in seen.packs[-1].values
        assert 23.4 < float(seen.packs[-1].values["temp"]) < 23.6
        await seen.until(lambda: seen.statuses[-1].get("config") == 3)
        await board.power_cut()
        await board.power_on()
        await seen.until(lambda: seen.packs[-1].boot == 2 and seen.packs[-1].faults.get("co") == "disabled")


async def test_bad_and_old_settings_change_nothing(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """The answer names the field; what was applied stays applied. The same version again is answered, not applied."""
    async with Recorder(mosquitto.port, Clock.starting_now(10)) as seen:
        await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        seen.configure(FIRE, 5, channels={"battery": {"enabled": False}})
        assert (True, {"version": 5}) == await _answered(seen, "config-5")
        for version, settings, named in (
            (6, {"channels": {"smok": {"enabled": True}}}, "smok"),
            (7, {"channels": {"smoke": {"scale": 0}}}, "channels.smoke.scale"),
            (8, {"limits": {"smoke": [1, 2, 0]}}, "smoke"),
            (4, {}, "version"),
        ):
            seen.configure(FIRE, version, **settings)
            ok, data = await _answered(seen, f"config-{version}")
            assert not ok
            assert named in data["error"]
            assert data["version"] == 5
        heard = len(seen.answers)
        seen.configure(FIRE, 5, channels={})
        await seen.until(lambda: len(seen.answers) > heard)
        assert ("config-5", True, {"version": 5}) == seen.answers[-1]
        before = len(seen.packs)
        await seen.until(lambda: len(seen.packs) > before + 2)
        assert {"battery": "disabled"} == seen.packs[-1].faults


async def test_a_command_is_carried_out_once_and_answered_each_time(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """Also a reboot: the same order after it is answered again, and the board does not start a third time."""
    async with Recorder(mosquitto.port, Clock.starting_now(5)) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        seen.order_to(FIRE, "log", "one")
        ok, data = await _answered(seen, "one")
        assert ok
        assert any("link up" in line for line in data["lines"])
        seen.order_to(FIRE, "snapshot", "two")
        ok, data = await _answered(seen, "two")
        assert not ok
        assert "snapshot" in data["error"]
        seen.order_to(FIRE, "reboot", "three")
        await _answered(seen, "three")
        await seen.until(lambda: seen.statuses[-1]["boot"] == 2, 20)
        assert "clean_exit" in seen.whys()
        heard = len(seen.answers)
        seen.order_to(FIRE, "reboot", "three")
        await seen.until(lambda: len(seen.answers) > heard)
        assert ("three", True, {"state": "restarting"}) == seen.answers[-1]
        before = len(seen.packs)
        await seen.until(lambda: len(seen.packs) > before + 10)
    assert ["power_on", "reset"] == [reset.cause for reset in board.resets]


async def test_an_answer_survives_a_broken_link(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """Settings that arrive in the last moment of a connection are answered in the next one."""
    async with Recorder(mosquitto.port, Clock.starting_now(10)) as seen:
        await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        seen.configure(FIRE, 9)
        await asyncio.sleep(0.02)
        mosquitto.kill()
        await asyncio.sleep(1)
        mosquitto.start()
        heard = len(seen.packs)
        await seen.until(lambda: len(seen.packs) > heard, 30)
        if _answer(seen, "config-9") is None and seen.statuses[-1].get("config") != 9:
            seen.configure(FIRE, 9)  # it died with the broker: the gateway pushes again at the birth message
        assert (True, {"version": 9}) == await _answered(seen, "config-9", 30)


async def test_the_light_tells_the_technician(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """One flash when all is well, two without a network, flicker where it was asked to show itself."""
    async with Recorder(mosquitto.port, Clock.starting_now(1)) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        assert 1 == await _flashes(board)
        seen.order_to(FIRE, "identify", "here", seconds=4)
        await _answered(seen, "here")
        start = len(board.outputs)
        await asyncio.sleep(2)
        assert len([1 for _, name, value in board.outputs[start:] if name == "led" and value]) > 8
        room.change(faults=frozenset({"smoke"}))
        await asyncio.sleep(4)
        assert 5 == await _flashes(board)
        mosquitto.kill()
        await asyncio.sleep(3)
        assert 2 == await _flashes(board)


async def _flashes(board: VirtualBoard) -> int:
    """How often the light goes on in one period, from a long darkness on."""
    async with asyncio.timeout(10):
        while not _dark_for(board, 1000):
            await asyncio.sleep(0.02)
    start = len(board.outputs)
    await asyncio.sleep(3.2)
    period = [(at_ms, value) for at_ms, name, value in board.outputs[start:] if name == "led"]
    first = period[0][0]
    return len([1 for at_ms, value in period if value and at_ms - first < 2500])


def _dark_for(board: VirtualBoard, ms: int) -> bool:
    lights = [(at_ms, value) for at_ms, name, value in board.outputs if name == "led"]
    return not lights or (not lights[-1][1] and board._clock.now_ms() - lights[-1][0] > ms)


async def test_a_factory_reset_by_button_leaves_an_empty_endpoint(
    mosquitto: Mosquitto, plug_in: PlugIn, room: Room
) -> None:
    """Held for 10 s, released, pressed again: no provisioning, no settings, no rings; and the light asks for a kit."""
    async with Recorder(mosquitto.port, Clock.starting_now(5)) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: len(seen.packs) >= 2)
        seen.configure(FIRE, 3)
        await _answered(seen, "config-3")
        room.change(button=True)
        await asyncio.sleep(2.5)
        room.change(button=False)
        await asyncio.sleep(0.4)
        assert ["power_on"] == [reset.cause for reset in board.resets]
        room.change(button=True)
        async with asyncio.timeout(10):
            while not any("no config.json on flash" in line for line in board.console_tail):
                await asyncio.sleep(0.1)
        room.change(button=False)
    assert ["power_on", "reset"] == [reset.cause for reset in board.resets]


async def test_a_bad_configuration_is_told_by_light_and_serial_port(free_port: int, plug_in: PlugIn) -> None:
    """The field is named, the light flashes three times, and nothing resets the board."""
    board = await plug_in(free_port, Clock.starting_now(1), extra={"channels": {"smok": {}}})
    async with asyncio.timeout(10):
        while not any("unknown channel: smok" in line for line in board.console_tail):
            await asyncio.sleep(0.1)
    assert 3 == await _flashes(board)
    await asyncio.sleep(6)
    assert ["power_on"] == [reset.cause for reset in board.resets]


async def test_a_broker_by_name(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """It is found, and its address is kept on flash."""
    async with Recorder(mosquitto.port, Clock.starting_now(5)) as seen:
        board = await plug_in(mosquitto.port, seen.clock, broker_host="localhost")
        await seen.until(lambda: len(seen.packs) >= 3)
    assert any("link up: localhost" in line for line in board.console_tail)


# As on a heap in pieces: every connection ends for want of memory, until the board has started again
STARVED = b"""
import loader, sys
loader.prepare()
sys.modules.pop("loader")
from firmware.device import main, session
from firmware.device.kept import Boots
serve = session.Session.serve
def starve(self):
    if main.Kit.boot_of_test == 1:
        raise MemoryError("memory allocation failed, allocating 865 bytes")
    return serve(self)
build = main.Wiring.__init__
def wire(self, kit):
    main.Kit.boot_of_test = kit.boot
    build(self, kit)
main.Wiring.__init__ = wire
session.Session.serve = starve
main.run()
"""


async def test_a_heap_in_pieces_is_no_dead_end(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """A link that finds no memory again and again starts the board anew, not before ten minutes; nothing is lost."""
    async with Recorder(mosquitto.port, Clock.starting_now(60)) as seen:
        board = await plug_in(mosquitto.port, seen.clock, heap_kib=192, files={"/main.py": STARVED})
        await seen.until(lambda: len(seen.packs) > 0 and seen.packs[-1].boot == 2, 60)
        await seen.until(lambda: any(said["boot"] == 2 and "queue" in said for said in seen.statuses), 30)
        owed = next(said for said in seen.statuses if said["boot"] == 2 and "queue" in said)["queue"]["pending"]
        # how much was owed depends on the machine, and so does how much of it boot 2 had measured before it said so
        most = owed * 4 // 5
        await seen.until(lambda: len(seen.seqs(1)) > most and seen.seqs(1) == list(range(len(seen.seqs(1)))), 60)

    assert owed > 100
    assert ["power_on", "reset"] == [reset.cause for reset in board.resets]
    assert board.resets[1].at_ms - board.resets[0].at_ms > 600_000
