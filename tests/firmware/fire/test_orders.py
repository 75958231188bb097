"""What the gateway orders a fire endpoint, and what a person does at its button."""

from __future__ import annotations

import asyncio
from typing import Any

from hardware import pinmap
from runtime.clock import Clock
from simulators.virtual_board import VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import Recorder, Room
from tests.firmware.conftest import PlugIn

FIRE = "fire-a"
SPEED = 10


class Desk:
    """A gateway's side of one fire endpoint."""

    def __init__(self, seen: Recorder, board: VirtualBoard, room: Room) -> None:
        self.seen = seen
        self.board = board
        self.room = room

    async def order(self, cmd: str, id: str, **details: Any) -> tuple[bool, dict[str, Any]]:
        """Give a command; its answer."""
        self.seen.order_to(FIRE, cmd, id, **details)
        await self.seen.until(lambda: any(about == id for about, _, _ in self.seen.answers))
        return next((ok, data) for about, ok, data in self.seen.answers if about == id)

    async def shows(self, timeout_s: float = 15.0, **values: Any) -> None:
        """The newest sample says this."""

        def true() -> bool:
            newest = self.seen.packs[-1].values
            return all(newest.get(channel) == value for channel, value in values.items())

        await self.seen.until(true, timeout_s)

    async def hold(self, ms: int) -> None:
        """Press the button for so long."""
        self.room.change(button=True)
        await asyncio.sleep(self.seen.clock.real_s(ms))
        self.room.change(button=False)

    async def reported(self, what: str, count: int = 1) -> dict[str, Any]:
        """The newest report of this kind, once there are so many."""
        await self.seen.until(lambda: len([1 for report in self.seen.reports if report["what"] == what]) >= count)
        return [report for report in self.seen.reports if report["what"] == what][-1]

    def sounded(self, since: int) -> bool:
        """The sounder was switched on since its first so many moves."""
        return ("sounder", 1) in [(net, value) for _, net, value in self.board.outputs[since:]]

    async def loud(self) -> None:
        """Return once it sounds."""
        since = len(self.board.outputs)
        await self.seen.until(lambda: self.sounded(since))

    async def quiet(self) -> None:
        """Return once it has not sounded for four samples."""
        packs, since = len(self.seen.packs), len(self.board.outputs)

        def true() -> bool:
            nonlocal packs, since
            if self.sounded(since):
                packs, since = len(self.seen.packs), len(self.board.outputs)
            return len(self.seen.packs) >= packs + 4

        await self.seen.until(true)


async def desk(seen: Recorder, plug_in: PlugIn, port: int, room: Room, **fields: Any) -> Desk:
    """With a board that is up."""
    board = await plug_in(port, seen.clock, **fields)
    await seen.until(lambda: len(seen.packs) >= 2, 30)
    return Desk(seen, board, room)


async def test_silence_is_of_the_sounder_and_ends(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """The alarm goes on without its sound; it sounds again after its time, and at once for something new."""
    async with Recorder(mosquitto.port, Clock.starting_now(SPEED)) as seen:
        fire = await desk(seen, plug_in, mosquitto.port, room)
        assert not (await fire.order("silence", "quiet"))[0]
        room.change(smoke_per_m=0.2)
        await fire.shows(local_alarm=True, silenced=False)
        assert not (await fire.order("silence", "long", minutes=16))[0]
        assert (True, {"minutes": 1}) == await fire.order("silence", "one", minutes=1)
        await fire.shows(local_alarm=True, silenced=True)
        moves = len(fire.board.outputs)
        silent_from = seen.packs[-1].at_ms or 0
        assert not (await fire.order("self_test", "not now"))[0]
        await fire.shows(silenced=False)
        assert 50_000 < (seen.packs[-1].at_ms or 0) - silent_from < 65_000
        await seen.until(lambda: fire.sounded(moves))
        assert (await fire.order("silence", "two", minutes=15))[0]
        await fire.shows(silenced=True)
        moves = len(fire.board.outputs)
        assert not fire.sounded(moves)
        room.change(temp_c=80.0)
        await fire.shows(local_alarm=True, silenced=False)
        await seen.until(lambda: fire.sounded(moves))
        room.change(smoke_per_m=0.001, temp_c=22.0)
        await fire.shows(local_alarm=False, silenced=False)


async def test_a_call_point_is_reset_by_a_person_only(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """Refused while it is pressed; then by command, or by holding the button twice: silence, and reset."""
    async with Recorder(mosquitto.port, Clock.starting_now(SPEED)) as seen:
        fire = await desk(seen, plug_in, mosquitto.port, room)
        assert not (await fire.order("reset_alarm", "nothing"))[0]
        room.change(call_point=True)
        await fire.shows(call_point=True, local_alarm=True)
        assert not (await fire.order("reset_alarm", "pressed"))[0]
        room.change(call_point=False)
        await fire.shows(call_point=False, local_alarm=True)
        assert (await fire.order("reset_alarm", "over"))[0]
        await fire.shows(local_alarm=False)
        room.change(call_point=True)
        await fire.shows(local_alarm=True)
        room.change(call_point=False)
        await fire.shows(call_point=False)
        await fire.hold(4000)
        assert {"by": "button", "minutes": 10}.items() <= (await fire.reported("silenced")).items()
        await fire.shows(local_alarm=True, silenced=True)
        await fire.hold(4000)
        assert "button" == (await fire.reported("alarm_reset"))["by"]
        await fire.shows(local_alarm=False, silenced=False)


async def test_the_self_test_says_what_is_wrong(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """The first by itself; then by command and by button, each with a report, and the channel says how it went."""
    async with Recorder(mosquitto.port, Clock.starting_now(SPEED)) as seen:
        fire = await desk(seen, plug_in, mosquitto.port, room)
        first = await fire.reported("self_test")
        assert {"passed": True, "failed": {}, "by": "schedule"}.items() <= first.items()
        await fire.shows(self_test=True)
        room.change(faults=frozenset({"smoke_light", "hydrant_pressure"}))
        assert (True, {}) == await fire.order("self_test", "broken")
        second = await fire.reported("self_test", 2)
        assert {"passed": False, "by": "command"}.items() <= second.items()
        assert "open_loop" == second["failed"]["hydrant_pressure"]
        if "smoke_test" in pinmap.pins("esp32_s3", "fire"):
            assert "test_light_unseen" == second["failed"]["smoke"]
        await fire.shows(self_test=False)
        room.change(faults=frozenset())
        await fire.hold(1500)  # short is below 3 s, and 150 ms are enough for a busy machine
        third = await fire.reported("self_test", 3)
        assert {"passed": True, "failed": {}, "by": "button"}.items() <= third.items()
        await fire.shows(self_test=True)
        await fire.board.reset()
        await seen.until(lambda: seen.packs[-1].boot == 2, 30)
        await fire.shows(self_test=True)
        assert 3 == len({report["id"] for report in seen.reports})  # remembered: no test at this boot


async def test_limits_are_pushed(mosquitto: Mosquitto, plug_in: PlugIn, room: Room) -> None:
    """Applied at once and kept over a power cut; a bad one is named and changes nothing."""
    async with Recorder(mosquitto.port, Clock.starting_now(SPEED)) as seen:
        fire = await desk(seen, plug_in, mosquitto.port, room)
        seen.configure(FIRE, 2, limits={"smoke": [0.1, 0.05, 1000]}, self_test_days=14)
        await seen.until(lambda: ("config-2", True, {"version": 2}) in seen.answers)
        wrong = (
            {"limits": {"smoke": [5.0, 1.0, 0]}},
            {"limits": [1]},
            {"self_test_days": 0},
            {"channels": {channel: {"enabled": False} for channel in ("smoke", "temp", "call_point")}},
        )
        for version, settings in enumerate(wrong, 3):
            seen.configure(FIRE, version, **settings)
            await seen.until(lambda v=version: any(about == f"config-{v}" for about, _, _ in seen.answers))
            assert not seen.answers[-1][1], seen.answers[-1]
        room.change(smoke_per_m=0.06)
        await fire.board.reset()
        await seen.until(lambda: len(seen.seqs(2)) > 8, 30)
        assert not any(pack.values["local_alarm"] for pack in seen.packs)
        room.change(smoke_per_m=0.12)
        await fire.shows(local_alarm=True)


async def test_sounds_for_another_place_until_told_or_silenced(
    mosquitto: Mosquitto, plug_in: PlugIn, room: Room
) -> None:
    """No alarm of its own: nothing of it stands in the samples, and its own alarm goes before."""
    async with Recorder(mosquitto.port, Clock.starting_now(SPEED)) as seen:
        fire = await desk(seen, plug_in, mosquitto.port, room)
        for minutes in (31, -1, None):
            assert not (await fire.order("sound", f"wrong-{minutes}", minutes=minutes))[0]
        since = len(fire.board.outputs)
        assert (True, {"minutes": 1}) == await fire.order("sound", "s1", minutes=1)
        await seen.until(lambda: fire.sounded(since))
        await fire.shows(local_alarm=False)
        assert (True, {"minutes": 0}) == await fire.order("sound", "s2", minutes=0)
        await fire.quiet()
        await fire.order("sound", "s3", minutes=30)
        await fire.loud()
        assert (await fire.order("silence", "s4", minutes=10))[0]
        await fire.quiet()
        assert not (await fire.order("silence", "s5", minutes=10))[0], "nothing sounds any more"
        await fire.order("sound", "s6", minutes=30)
        room.change(smoke_per_m=0.5)
        await fire.shows(local_alarm=True)
        assert (await fire.order("silence", "s7", minutes=10))[0]
        await fire.shows(local_alarm=True, silenced=True)
        await fire.quiet()
