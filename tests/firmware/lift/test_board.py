"""The lift endpoint on the real MicroPython within 128 kB, over a real broker, fed by the scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from runtime.clock import Clock
from simulators.environments.lift import load
from simulators.virtual_board import BoardSpec, VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import SITE, Recorder
from tests.firmware.lift.bench import FLOORS, SCENARIOS

DEVICE = "lift-a"
SPEED = 4.0
HOLDS = {"hold_ms": 10_000, "doors_hold_ms": 15_000, "button_hold_ms": 3000, "blind_hold_ms": 15_000}


class Gateway(Recorder):
    """Also gives orders, and reads what a lift says."""

    def codes(self) -> list[Any]:
        """Of all events."""
        seen: dict[str, Any] = {}
        for report in self.reports:
            if report["what"] == "event":
                seen.setdefault(report["id"], report["code"])
        return list(seen.values())

    def last(self, channel: str) -> Any:
        """The newest value, or the reason why there is none."""
        live = [pack for pack in self.packs if not pack.backfill]
        return live[-1].values.get(channel, live[-1].faults.get(channel)) if live else None


PlugIn = Callable[..., Awaitable[tuple[Gateway, VirtualBoard]]]


@pytest.fixture
async def plug_in(tmp_path: Path, mosquitto: Mosquitto) -> AsyncIterator[PlugIn]:
    """A board in the scenario, and a gateway: `await plug_in("day")`. Its limits are shorter than the defaults."""
    async with AsyncExitStack() as stack:

        async def start(
            name: str, *more: dict[str, Any], speed: float = SPEED, **limits: Any
        ) -> tuple[Gateway, VirtualBoard]:
            clock = Clock.starting_now(speed)
            gateway = await stack.enter_async_context(Gateway(mosquitto.port, clock))
            ride = load(SCENARIOS / f"lift_{name}.toml", clock.now_ms() + 10**9, more)
            extra = {"limits": {"floors": FLOORS, **HOLDS, **limits}}
            spec = BoardSpec(
                device=DEVICE, site=SITE, broker_host="127.0.0.1", broker_port=mosquitto.port, kind="lift", extra=extra
            )
            board = VirtualBoard(spec, ride, clock, tmp_path / "boards")
            await stack.enter_async_context(board)
            await gateway.until(lambda: gateway.packs, 30)
            ride.start_ms = clock.now_ms()  # the scenario begins when the endpoint is there
            return gateway, board

        yield start


async def test_a_day(plug_in: PlugIn) -> None:
    """Rides, doors and people arrive as values, floors after the first ride; no event; every channel each second."""
    seen, board = await plug_in("day", speed=4.0)
    await seen.until(lambda: len(seen.packs) > 110, 60)
    await seen.until(lambda: {5, 2, 1} <= {pack.values.get("floor") for pack in seen.packs}, 60)

    packs = seen.packs
    assert {False} == {pack.values["entrapment"] for pack in packs}
    assert {7, 0} >= set(seen.codes())  # a machine with other work loses turns of the wheel, and says so
    assert {-1, 0, 1} <= {pack.values.get("direction") for pack in packs}
    speeds = [pack.values.get("speed", 0) for pack in packs]
    assert 1.6 < median(speed for speed in speeds if speed > 1) < 1.9  # turns that came late make one pack faster
    assert all(0.005 < pack.values.get("vibration_rms", 0.02) < 1 for pack in packs)
    assert 0.5 < sum("vibration_rms" in pack.values for pack in packs) / len(packs)
    assert 40 == pytest.approx(packs[-1].values["motor_temp"], abs=0.5)
    assert all(len(pack.values) + len(pack.faults) == 20 for pack in packs), board.console_tail[-20:]
    assert [] == seen.rejected
    print("heap", [(message["heap"], message["late_looks"], message["fifo_overruns"]) for message in seen.statuses])


async def test_entrapment_between_floors(plug_in: PlugIn) -> None:
    """Latched, reported, accepted; a power cut does not end it; the gateway's reset does."""
    seen, board = await plug_in("entrapment")
    await seen.until(lambda: seen.last("entrapment") is True, 60)
    await seen.until(lambda: "entrapment" in seen.codes(), 20)
    await seen.until(lambda: 4 in seen.codes(), 20)
    assert "gb24476-2017" == seen.statuses[-1]["code_set"]
    await board.power_cut()
    await board.power_on()
    await seen.until(lambda: seen.packs[-1].boot == 2 and seen.packs[-1].seq > 2, 30)
    assert {True} == {pack.values["entrapment"] for pack in seen.packs if pack.boot == 2}
    seen.order_to(DEVICE, "reset_alarm", "r-1")
    await seen.until(lambda: seen.last("entrapment") is False, 20)
    await seen.until(lambda: ("r-1", True, {}) in seen.answers, 20)
    assert ("sounder", 1) in {(name, value) for _, name, value in board.outputs}


async def test_doors_fail(plug_in: PlugIn) -> None:
    """At a floor, shut, with people; then somebody on site holds the button of the endpoint for three seconds."""
    held = [{"t_s": 100, "button": True}, {"t_s": 104.5, "button": False}]
    seen, _ = await plug_in("doors_fail", *held, doors_ms=5000)
    await seen.until(lambda: seen.last("entrapment") is True, 60)
    await seen.until(lambda: 3 in seen.codes(), 60)
    assert 2 == seen.last("floor")
    await seen.until(lambda: "alarm_reset" in [report["what"] for report in seen.reports], 60)
    await seen.until(lambda: seen.last("entrapment") is False, 20)


async def test_inspection(plug_in: PlugIn) -> None:
    """Technicians between floors for more than the hold: visible, no alarm."""
    seen, _ = await plug_in("inspection")
    await seen.until(lambda: seen.last("mode") == 2 and seen.last("door_zone") is False, 60)
    standing = len(seen.packs)
    await seen.until(lambda: len(seen.packs) > standing + 30, 60)

    assert {(False, True, 2)} == {
        tuple(pack.values[name] for name in ("entrapment", "entrapment_suppressed", "mode"))
        for pack in seen.packs[standing:]
    }
    assert [43] == seen.codes()


async def test_fire_service(plug_in: PlugIn) -> None:
    """Return, then the firefighters; no entrapment."""
    seen, _ = await plug_in("fire")
    await seen.until(lambda: 45 in seen.codes(), 60)
    await seen.until(lambda: seen.last("door_zone") is False and seen.last("mode") == 4, 60)

    assert [44, 45] == seen.codes()
    assert {False} == {pack.values["entrapment"] for pack in seen.packs}


async def test_power_cut_during_entrapment(plug_in: PlugIn, mosquitto: Mosquitto) -> None:
    """Mains goes, the lift stops, the broker is away, the board loses its power too: all of it arrives."""
    seen, board = await plug_in("power_cut")
    await seen.until(lambda: seen.last("mains") is False, 60)
    mosquitto.kill()
    await asyncio.sleep(30 / SPEED)
    await board.power_cut()
    await board.power_on()
    mosquitto.start()
    await seen.until(lambda: seen.packs[-1].boot == 2, 60)
    await seen.until(lambda: {41, 42, 4, "entrapment"} <= set(seen.codes()), 60)
    late = [pack for pack in seen.packs if pack.backfill and pack.boot == 1]
    assert any(pack.values["entrapment"] for pack in late)
    assert {True} == {pack.values["entrapment"] for pack in seen.packs if pack.boot == 2}


async def test_alarm_button(plug_in: PlugIn) -> None:
    """A third of a second is enough, and it shortens the hold."""
    seen, _ = await plug_in("button", hold_ms=60_000)
    await seen.until(lambda: 90 in seen.codes(), 60)
    await seen.until(lambda: seen.last("entrapment") is True, 60)
    pressed = [pack.at_ms for pack in seen.packs if pack.values["alarm_button"]]
    trapped = [pack.at_ms for pack in seen.packs if pack.values["entrapment"]]
    assert 2 == len(pressed)
    assert pressed[-1] is not None
    assert trapped[0] is not None
    assert trapped[0] - pressed[-1] <= 5000


async def test_shaking(plug_in: PlugIn) -> None:
    """Too fast, and a blow: speed, RMS and peak say so."""
    seen, _ = await plug_in("shake")
    # on a machine that is busy a turn of the virtual encoder comes late, and one pack alone tells of more
    await seen.until(lambda: any(2.4 < pack.values.get("speed", 0) < 2.8 for pack in seen.packs), 60)
    await seen.until(lambda: any(pack.values.get("vibration_peak", 0) > 20 for pack in seen.packs), 60)
    assert max(pack.values.get("vibration_peak", 0) for pack in seen.packs) < 45


async def test_dead_encoder(plug_in: PlugIn) -> None:
    """Faults instead of values, code 7, and people are found all the same."""
    seen, _ = await plug_in("encoder_dead")
    await seen.until(lambda: seen.last("car_moving") == "no_answer", 60)
    await seen.until(lambda: seen.last("entrapment") is True, 60)
    assert ["no_answer"] * 3 == [seen.last(channel) for channel in ("speed", "direction", "floor")]
    await seen.until(lambda: 7 in seen.codes(), 60)


async def test_settings_self_test_and_test_call(plug_in: PlugIn) -> None:
    """Pushed limits are applied or refused; the self-test answers; the test call goes out and its silence is seen."""
    seen, _ = await plug_in("day")
    seen.configure(DEVICE, 2, limits={"hold_ms": 1})
    await seen.until(lambda: seen.answers, 20)
    assert "config-2" == seen.answers[0][0]
    assert not seen.answers[0][1]
    seen.acknowledges = False
    wanted = {"floors": FLOORS, "test_call_ms": 60_000, "test_answer_ms": 5000}
    seen.configure(DEVICE, 3, limits=wanted)
    await seen.until(lambda: ("config-3", True) in [answer[:2] for answer in seen.answers], 20)
    await seen.until(lambda: seen.packs[-1].seq > 3, 20)  # at the first, not every part has said something
    seen.order_to(DEVICE, "self_test", "t-1")
    await seen.until(lambda: "t-1" in [answer[0] for answer in seen.answers], 20)
    assert ("t-1", True, {"passed": True, "failed": []}) == seen.answers[-1]
    await seen.until(lambda: seen.last("test_call") is False, 60)
    await seen.until(lambda: seen.statuses[-1]["faults"].get("test_call") == "missed", 60)
    seen.acknowledges = True
    await seen.until(lambda: seen.last("test_call") is True, 60)
    assert "test_call" in {report["what"] for report in seen.reports}
