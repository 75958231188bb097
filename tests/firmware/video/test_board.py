"""The video endpoint on the real MicroPython with 128 kB of heap, against a real broker and the gateway's own store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import build, sign
from gateway.outward.snapshots import Snapshots, picture
from gateway.store import schema
from gateway.store.counters import Counters
from protocol import mqtt_packets as mqtt
from protocol import topics
from runtime.clock import Clock
from simulators.environments.video import QuietView, VideoEnvironment
from simulators.virtual_board import BoardSpec, VirtualBoard
from simulators.virtual_board.parts.video import Parts
from tests.broker import Mosquitto
from tests.firmware.bench import SITE, Recorder
from tests.firmware.bundle_server import BundleServer
from tests.firmware.test_silence import Cable
from tests.firmware.video.bench import DAY_MS, NIGHT_MS, YARD, play

SPEED = 8.0


@dataclass
class Gateway(Recorder):
    """Also keeps snapshots, as the gateway does; `deaf_after`: hears no piece from this byte on."""

    offsets: list[int] = field(default_factory=list)  # of all pieces that came
    deaf_after: int = 1 << 30

    def __post_init__(self) -> None:
        super().__post_init__()
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        schema.migrate(self.db)
        self._snapshots = Snapshots(Counters())

    def _take(self, packet: Any, writer: asyncio.StreamWriter) -> None:
        if packet.kind == mqtt.PUBLISH:
            site, device, kind = topics.parse(packet.topic)
            if kind == "piece":
                self._keep_piece(site, device, packet.payload, writer)
        super()._take(packet, writer)

    def _keep_piece(self, site: str, device: str, payload: bytes, writer: asyncio.StreamWriter) -> None:
        if sum(self.held().values()) >= self.deaf_after:
            return
        receipt = self._snapshots.take(self.db, device, payload, self.clock.now_ms())
        self.offsets.append(sum(self.held().values()))
        writer.write(mqtt.publish(topics.build(site, device, "receipt"), receipt))

    def held(self) -> dict[str, int]:
        """Bytes of each snapshot that are here."""
        return dict(self.db.execute("SELECT id, have FROM snapshots").fetchall())

    def whole(self) -> list[tuple[str, str, bytes]]:
        """(id, why, picture) of those that are complete and whose digest is right."""
        rows = self.db.execute("SELECT device, id, why FROM snapshots WHERE whole = 1 ORDER BY n").fetchall()
        return [(name, why, picture(self.db, device, name)) for device, name, why in rows]

    def last(self, channel: str) -> Any:
        """What the newest sample says."""
        return self.packs[-1].values.get(channel) if self.packs else None


class Desk:
    """Plugs boards in; all of them are stopped at the end of the test."""

    def __init__(self, stack: AsyncExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    async def plug_in(
        self, world: Any, clock: Clock, port: int, files: dict[str, bytes] | None = None, **limits: Any
    ) -> VirtualBoard:
        """A video endpoint before this world."""
        spec = BoardSpec(
            device="video-a", site=SITE, broker_host="127.0.0.1", broker_port=port, kind="video",
            board="esp32_s3_cam", extra={"limits": limits}, files=files or {},
        )  # fmt: skip
        return await self._stack.enter_async_context(VirtualBoard(spec, world, clock, self._folder / "boards"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The desk."""
    async with AsyncExitStack() as stack:
        yield Desk(stack, tmp_path)


class Cycle:
    """Scenarios one after the other, again and again."""

    def __init__(self, names: tuple[str, ...], each_ms: int) -> None:
        self._worlds = [play(name) for name in names]
        self._each_ms = each_ms
        self._start_ms: int | None = None
        for world in self._worlds:
            world.begin(0)

    def at(self, sim_ms: int) -> VideoEnvironment:
        """For the virtual board."""
        if self._start_ms is None:
            self._start_ms = sim_ms
        turn, at_ms = divmod(sim_ms - self._start_ms, self._each_ms)
        return self._worlds[turn % len(self._worlds)].at(at_ms)


def clock_at(sim_ms: int, speed: float = SPEED) -> Clock:
    """It is this time now."""
    wall = Clock.starting_now(1)
    return Clock(wall_origin_ms=wall.now_ms(), sim_origin_ms=sim_ms, speed=speed)


def parts(board: VirtualBoard) -> Parts:
    """Its camera and card."""
    assert isinstance(board.parts, Parts)
    return board.parts


async def test_a_covered_lens(mosquitto: Mosquitto, desk: Desk) -> None:
    """Frames through the driver, flag, snapshot in pieces, its digest at the gateway; within the heap."""
    world = play("covered")
    async with Gateway(mosquitto.port, clock_at(DAY_MS)) as seen:
        board = await desk.plug_in(world, seen.clock, mosquitto.port)
        await seen.until(lambda: seen.last("scene_difference") is not None)
        world.begin(seen.clock.now_ms())
        await seen.until(lambda: seen.last("covered"), 20)
        await seen.until(seen.whole, 20)
        await seen.until(lambda: seen.last("covered") is False, 20)
        await seen.until(lambda: seen.statuses[-1]["why"] == "heartbeat", 20)
        taken = parts(board).snapshots

    assert [("video-a-1-1", "covered", taken[-1])] == seen.whole()  # those before let the exposure settle
    assert not any(pack.values.get("moved") or pack.values.get("picture_lost") for pack in seen.packs)
    assert {} == seen.statuses[-1]["faults"]
    assert seen.statuses[-1]["heap"]["peak"] < 143 * 1024
    assert 1 == len(board.resets)


async def test_a_walker_by_night_and_by_day(mosquitto: Mosquitto, desk: Desk) -> None:
    """Motion in the forbidden zone by the gateway's clock; the same by day is none."""
    for boot, at_ms, name in ((1, NIGHT_MS, "walker_night"), (2, DAY_MS, "walker_day")):
        world = play(name)
        async with Gateway(mosquitto.port, clock_at(at_ms)) as seen:
            board = await desk.plug_in(world, seen.clock, mosquitto.port, zones=[YARD])
            await seen.until(lambda: seen.last("scene_difference") is not None and seen.last("motion") is False)
            world.begin(seen.clock.now_ms() - 30_000)
            await asyncio.sleep(45 / SPEED)
            await board.stop()
        assert (boot == 1) == any(pack.values.get("motion") for pack in seen.packs if pack.boot == boot)
        assert [why for name, why, _ in seen.whole() if f"-{boot}-" in name] == ["motion"] * (boot == 1)


async def test_without_the_time_motion_is_unknown(mosquitto: Mosquitto, desk: Desk) -> None:
    """Samples before the first answer of the clock name the reason."""
    async with Gateway(mosquitto.port, clock_at(NIGHT_MS)) as seen:
        await desk.plug_in(QuietView(), seen.clock, mosquitto.port, zones=[YARD])
        await seen.until(lambda: seen.last("motion") is False)

    assert "no_clock" == seen.packs[0].faults["motion"]


async def test_the_link_breaks_in_the_middle_of_a_snapshot(mosquitto: Mosquitto, desk: Desk) -> None:
    """It goes silent, then the board itself loses its power: each time the gateway says where to go on."""
    async with Gateway(mosquitto.port, clock_at(DAY_MS)) as seen, Cable(mosquitto.port) as cable:
        board = await desk.plug_in(QuietView(), seen.clock, cable.port)
        await seen.until(lambda: seen.last("scene_difference") is not None)
        seen.deaf_after = 5000
        seen.order_to("video-a", "snapshot", "c-1")
        await seen.until(lambda: sum(seen.held().values()) >= 5000, 20)
        cable.go_silent()
        taken = parts(board).snapshots[-1]
        seen.deaf_after = 9000
        await seen.until(lambda: sum(seen.held().values()) >= 9000, 40)
        await board.power_cut()
        seen.deaf_after = 1 << 30
        await board.power_on()
        await seen.until(seen.whole, 30)

    assert [("video-a-1-1", "command", taken)] == seen.whole()
    assert [("c-1", True, {"state": "taken"})] == seen.answers
    assert cable.connections >= 3
    # every byte came once but for what was on its way at a break
    repeated = len(seen.offsets) - len(set(seen.offsets))
    assert repeated <= 6, seen.offsets


async def test_power_cuts_while_snapshots_are_written(mosquitto: Mosquitto, desk: Desk) -> None:
    """Whatever the moment: the board starts, what was whole arrives, what was torn is gone and was not acknowledged."""
    async with Gateway(mosquitto.port, clock_at(DAY_MS)) as seen:
        board = await desk.plug_in(QuietView(), seen.clock, mosquitto.port)
        taken: list[bytes] = []
        for delay_s in (0.02, 0.05, 0.1, 0.2, 0.4):
            await seen.until(lambda: seen.last("camera_alive"), 20)
            seen.order_to("video-a", "snapshot", f"c-{delay_s}")
            before = len(parts(board).snapshots)
            while len(parts(board).snapshots) == before:
                await asyncio.sleep(0.01)
            await asyncio.sleep(delay_s)
            taken += parts(board).snapshots
            await board.power_cut()
            seen.packs.clear()
            await board.power_on()
        await seen.until(lambda: seen.last("camera_alive"), 20)
        seen.order_to("video-a", "snapshot", "c-last")
        await seen.until(lambda: any(name.endswith("-6-1") for name, _, _ in seen.whole()), 30)
        taken += parts(board).snapshots

    assert all(data in taken for _, _, data in seen.whole())
    assert [] == seen.rejected


async def test_a_dead_camera_and_a_worn_card(mosquitto: Mosquitto, desk: Desk) -> None:
    """No old values: each channel says why it has none; sampling and link go on."""
    dead = VideoEnvironment(camera="dead", card="silent")
    async with Gateway(mosquitto.port, clock_at(DAY_MS)) as seen:
        board = await desk.plug_in(QuietView(), seen.clock, mosquitto.port)
        await seen.until(lambda: seen.last("scene_difference") is not None)
        board.physics = QuietView(moment=dead)
        await seen.until(lambda: seen.last("picture_lost") and seen.last("storage_fault"), 30)
        faults = seen.packs[-1].faults
        assert seen.last("camera_alive") is False
        board.physics = QuietView()
        await seen.until(lambda: seen.last("camera_alive") and seen.last("storage_fault") is False, 40)
        await seen.until(lambda: seen.last("picture_lost") is False, 20)

    assert {"luminance", "sharpness", "scene_difference"} == set(faults)
    assert set(faults.values()) <= {"no_frame", "no_camera"}
    assert 1 == len(board.resets)


@pytest.mark.slow
async def test_ten_minutes_of_everything(mosquitto: Mosquitto, desk: Desk) -> None:
    """Covers, walkers, turns and a dead camera one after the other: no sample is missing, no byte of heap stays."""
    world = Cycle(("covered", "walker_night", "turned", "camera_dead", "quiet"), 120_000)
    async with Gateway(mosquitto.port, clock_at(NIGHT_MS, 25)) as seen:
        board = await desk.plug_in(world, seen.clock, mosquitto.port, zones=[YARD])
        await seen.until(lambda: len(seen.packs) > 600, 120)
        beats = [status for status in seen.statuses if status["why"] == "heartbeat"]

    used = [beat["heap"]["used"] for beat in beats]
    print(f"heap used {min(used)} to {max(used)} B, peak {beats[-1]['heap']['peak']} B, {parts(board).frames} frames")
    assert max(used[len(used) // 2 :]) < max(used[: len(used) // 2]) + 2000
    assert {} == beats[-1]["faults"]
    whys = [why for _, why, _ in seen.whole()]
    assert ["covered", "motion"] == whys[:2]
    assert {"covered", "motion", "moved"} == set(whys)
    assert seen.seqs(1) == list(range(seen.seqs(1)[-1] + 1))
    assert 1 == len(board.resets)


@pytest.mark.slow
async def test_an_update_leaves_the_watch_alone(mosquitto: Mosquitto, desk: Desk) -> None:
    """The bundle of this kind fits into the heap beside the camera; a cover meanwhile is seen."""
    key = Ed25519PrivateKey.generate()
    files = await asyncio.to_thread(lambda: build.compiled(build.sources("esp32_s3_cam", "video")))
    sealed = build.seal(files, "esp32_s3_cam", "video", (0, 2, 0), key)
    async with BundleServer(mosquitto.port, clock_at(DAY_MS, 10)) as seen:
        board = await desk.plug_in(
            QuietView(), seen.clock, mosquitto.port, files={"/update_keys.bin": sign.public_bytes(key)}
        )
        await seen.until(lambda: len(seen.packs) >= 20)
        seen.order_update("video-a", "u1", (0, 2, 0), sealed)
        board.physics = QuietView(moment=VideoEnvironment(lens="covered"))
        await seen.until(lambda: any(pack.values.get("covered") for pack in seen.packs), 30)
        board.physics = QuietView()
        await seen.until(lambda: "good" in seen.states("u1"), 90)

    assert ["fetching", "restarting", "good"] == seen.states("u1")
    assert not any("camera" in status.get("faults", {}) for status in seen.statuses)


async def test_settings_are_pushed(mosquitto: Mosquitto, desk: Desk) -> None:
    """Wrong ones are refused with their field; good ones are applied and survive a restart."""
    async with Gateway(mosquitto.port, clock_at(NIGHT_MS)) as seen:
        board = await desk.plug_in(QuietView(), seen.clock, mosquitto.port)
        await seen.until(lambda: len(seen.packs) >= 2)
        seen.configure("video-a", 1, limits={"zones": [{"polygon": [[0, 0]]}]})
        await seen.until(lambda: seen.answers)
        assert seen.answers[0][:2] == ("config-1", False)
        assert "polygon" in seen.answers[0][2]["error"]
        seen.configure("video-a", 2, limits={"zones": [YARD], "snapshots": []})
        await seen.until(lambda: len(seen.answers) >= 2)
        assert ("config-2", True) == seen.answers[1][:2]
        await board.reset()
        await seen.until(lambda: seen.statuses[-1]["boot"] == 2 and seen.statuses[-1]["config"] == 2)
        seen.order_to("video-a", "snapshot", "c-1")
        await seen.until(lambda: len(seen.answers) >= 3)
        assert ("c-1", False) == seen.answers[-1][:2]
