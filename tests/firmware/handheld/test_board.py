"""The terminal on a virtual board: keys in, pixels and tones out, a real broker between it and its gateway."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from firmware.device.handheld_vault import check_value, stretch
from firmware.kit import font
from runtime.clock import Clock
from simulators.environments.handheld import Worker, load, presses
from simulators.scenario import FOLDER
from simulators.virtual_board import BoardSpec, VirtualBoard
from simulators.virtual_board.board import FAKES_KIB
from simulators.virtual_board.parts.handheld import Parts
from tests.broker import Mosquitto
from tests.firmware.bench import SITE
from tests.firmware.conftest import last_words
from tests.firmware.handheld.gateway import DEVICE, Gateway
from tests.firmware.handheld.reading import Reader

LOG_ON = "up*2 ok up*5 ok up*8 ok ok"
SECRET = "二层楼梯间有烟雾，请立即到现场确认并疏散住户。"
TASK: dict[str, Any] = {
    "id": "inc-31",
    "revision": 1,
    "kind": "fire",
    "severity": "critical",
    "place": "3号楼2单元",
    "text": SECRET,
    "state": "offered",
}
LOOKS = 2  # firmware/device/drivers/keys.py: a key counts once it reads the same twice
FAKES = FAKES_KIB * 1024  # of the heap: what is C on a chip


@pytest.fixture(scope="module")
def screen_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With every character the scenarios use."""
    characters = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("handheld_*.toml")) + SECRET
    try:
        content = font.build(characters=characters + "已消除隐患误报需其他单位处理火灾通道堵塞当前位置东门号楼")
    except font.FontError:
        pytest.skip("needs a font with Chinese (Debian package fonts-noto-cjk)")
    path = tmp_path_factory.mktemp("font") / "screen.bin"
    path.write_bytes(content)
    return path


class Bench:
    """One terminal, its worker and its gateway."""

    def __init__(
        self, board: VirtualBoard, worker: Worker, gateway: Gateway, broker: Mosquitto, reader: Reader
    ) -> None:
        self.board = board
        self.worker = worker
        self.gateway = gateway
        self.broker = broker
        self.reader = reader

    @property
    def parts(self) -> Parts:
        """Of the terminal as it is now."""
        assert isinstance(self.board.parts, Parts)
        return self.board.parts

    def lines(self) -> list[str]:
        """What the worker reads; nothing where the display is dark."""
        display = self.parts.display
        return self.reader.lines(display) if display.on and display.lit else []

    def picture(self, name: str) -> None:
        """For docs/images, where GRIDWHISTLE_PICTURES names a folder."""
        folder = os.environ.get("GRIDWHISTLE_PICTURES")
        if folder:
            self.parts.display.save(Path(folder) / f"handheld-{name}.png")

    def sounding(self) -> bool:
        """The buzzer was heard in the last seconds."""
        now_ms = self.gateway.clock.now_ms()
        return any(now_ms - at_ms < 5000 for at_ms, _ in self.parts.tones)

    async def pause(self, sim_ms: float) -> None:
        """Let the board's time pass."""
        await asyncio.sleep(sim_ms / 1000 / self.gateway.clock.speed)

    async def press(self, keys: str) -> None:
        """As a person does. A tap is down for two looks and up for two, however busy this machine is."""
        for name, length_ms in presses(keys, 0):
            net = "key_" + name
            if length_ms:
                self.worker.change(keys=frozenset({name}))
                await self.pause(length_ms)
                await self._looked(net)
                self.worker.change(keys=frozenset())
            else:
                self.parts.taps[net] = LOOKS
                await self._looked(net)
            await self._looked(net)
        await self.pause(1000)

    async def _looked(self, net: str) -> None:
        """The terminal has looked at a key so often that it knows what it does."""
        known = self.parts.looks[net] + LOOKS
        await eventually(lambda: self.parts.looks[net] >= known, lambda: net)

    async def shows(self, text: str, timeout_s: float = 30) -> None:
        """Return once it stands on the display."""
        await eventually(lambda: any(text in line for line in self.lines()), lambda: str(self.lines()), timeout_s)

    async def set_up(self, **settings: Any) -> None:
        """Settings pushed and applied."""
        await self.gateway.until(lambda: self.gateway.packs)
        self.gateway.settle(**settings)
        await self.gateway.until(lambda: self.gateway.answered("config-1") == (True, {"version": 1}))

    async def play(self, until_ms: int) -> None:
        """What a scenario has beside walks: keys, the link, the gateway's tasks and orders."""
        due = [event for event in self.worker.outside if event[0] <= until_ms]
        del self.worker.outside[: len(due)]
        for at_ms, event in [*due, (until_ms, {})]:
            await self.pause(max(0, at_ms - self.gateway.clock.now_ms()))
            if "link" in event:
                self.broker.start() if event["link"] else self.broker.kill()
            if "task" in event:
                await self._give(event["task"])
            if "keys" in event:
                await self.press(event["keys"])
            if "revoke" in event:
                self.gateway.order_to(DEVICE, "revoke", "r1")

    async def _give(self, task: dict[str, Any]) -> None:
        """The next key is for a terminal that has it."""
        heard = self.gateway.whats().count("received")
        self.gateway.assign(**task)
        await self.gateway.until(lambda: self.gateway.whats().count("received") > heard)


async def eventually(true: Callable[..., object], seen: Callable[[], str], timeout_s: float = 30) -> None:
    """Polls; fails with what is there."""
    for _ in range(int(timeout_s / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {timeout_s} s: {seen()}")


Start = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def start(mosquitto: Mosquitto, tmp_path: Path, screen_file: Path) -> AsyncIterator[Start]:
    """`await start(speed, scenario)`: a board that is on."""
    async with AsyncExitStack() as stack:

        async def make(speed: float = 2, scenario: str | None = None, **fields: Any) -> Bench:
            gateway = await stack.enter_async_context(Gateway(mosquitto.port, Clock.starting_now(speed)))
            now_ms = gateway.clock.now_ms()
            worker = (
                load(FOLDER / f"{scenario}.toml", now_ms + round(8000 * speed), by_hand=True)
                if scenario
                else Worker(start_ms=now_ms)
            )
            fields = {"files": {"/screen.bin": screen_file.read_bytes()}} | fields
            spec = BoardSpec(
                device=DEVICE,
                site=SITE,
                broker_host="127.0.0.1",
                broker_port=mosquitto.port,
                kind="handheld",
                flash_kib=1024,
                **fields,
            )
            board = VirtualBoard(spec, worker, gateway.clock, tmp_path / "boards")
            stack.callback(last_words, board)
            await stack.enter_async_context(board)
            return Bench(board, worker, gateway, mosquitto, Reader(screen_file))

        yield make


def on_flash(board: VirtualBoard, text: str) -> bool:
    """In clear, anywhere on the chip; JSON may write it with escapes."""
    image = board.image.read_bytes()
    return any(part in image for part in (text.encode(), text.encode("unicode_escape"), text.encode("gb18030")))


def heap_of(bench: Bench) -> int:
    """The most that the firmware itself had in use."""
    return max(status["heap"]["peak"] for status in bench.gateway.statuses if "heap" in status) - FAKES


@pytest.mark.slow
async def test_a_shift(start: Start) -> None:
    """Everything a worker does arrives in its order, each with its own time, and the list follows the gateway."""
    bench = await start(4, "handheld_shift")
    await bench.set_up()
    await bench.play(bench.worker.start_ms + 116_000)
    await bench.gateway.until(lambda: bench.gateway.whats()[-1:] == ["logged_off"], 60)

    told = bench.gateway.told()
    expected = ["duty_on", "received", "received", "accepted", "on_the_way", "on_site", "done", "received", "found"]
    assert [*expected, "duty_off", "logged_off"] == bench.gateway.whats()
    assert {"inc-31"} == {report["task"] for report in told if report["what"] in ("accepted", "on_site", "done")}
    assert "已消除隐患" == bench.gateway.told("done")[0]["note"]
    found = bench.gateway.told("found")[0]
    assert ("escape", "p1", "urgent", 7) == tuple(found[name] for name in ("kind", "place", "urgency", "photo"))
    assert 30_274_000 < found["lat_udeg"] < 30_275_000
    times = [report["at_ms"] for report in told]
    assert sorted(times) == times
    assert 0 <= bench.gateway.clock.now_ms() - times[-1] < 20_000
    assert not on_flash(bench.board, SECRET)
    assert heap_of(bench) <= 128 * 1024


@pytest.mark.endurance
@pytest.mark.slow
async def test_two_hours_offline(start: Start, screen_file: Path) -> None:
    """Work goes on without a link; afterwards all of it comes, in order, with the times at which it was done."""
    shift = {"/shift.json": b'[true, true, ""]', "/screen.bin": screen_file.read_bytes()}
    bench = await start(40, "handheld_offline", files=shift)
    salt = bytes(16)
    check = check_value(stretch("0000", salt, 100))
    await bench.set_up(pin={"salt": salt.hex(), "hash": check, "rounds": 100, "digits": 4}, lock_s=3600)
    begin_ms = bench.worker.start_ms
    await bench.play(begin_ms + 3_640_000)
    assert "待发" in bench.lines()[0]
    await bench.play(begin_ms + 7_325_000)
    await bench.gateway.until(lambda: "done" in bench.gateway.whats(), 150)  # the back-off is in real time
    await bench.gateway.until(lambda: bench.gateway.told("track")[-1]["at_ms"] > begin_ms + 7_300_000, 60)

    told = bench.gateway.told()
    assert ["received", "accepted", "on_the_way", "on_site", "done"] == [
        report["what"] for report in told if report["what"] != "track"
    ]
    numbers = [int(report["id"].rsplit("-", 1)[1]) for report in told]
    assert list(range(1, len(numbers) + 1)) == numbers
    done_s = {report["what"]: (report["at_ms"] - begin_ms) / 1000 for report in told}
    assert 300 < done_s["accepted"] < 400
    assert 2400 < done_s["on_the_way"] < 2500
    assert 3600 < done_s["done"] < 3700
    points = [point for report in bench.gateway.told("track") for point in report["points"]]
    assert len(points) > 240
    assert [point[0] for point in points] == sorted(point[0] for point in points)
    assert 1 == len(bench.board.resets), bench.board.console_tail
    assert heap_of(bench) <= 128 * 1024


async def test_sos_without_a_link_and_without_a_log_on(start: Start) -> None:
    """The buzzer sounds until the centre has it; the call survives a power cut; a held key takes it back."""
    bench = await start(4, "handheld_sos")
    await bench.gateway.until(lambda: bench.gateway.packs)
    await bench.play(bench.worker.start_ms + 30_000)
    await bench.shows("等待网络")
    bench.picture("sos")
    assert bench.sounding()
    await bench.board.power_cut()
    await bench.board.power_on()
    await bench.shows("SOS")
    await eventually(bench.sounding, lambda: str(bench.parts.tones))
    await bench.play(bench.worker.start_ms + 60_000)
    await bench.gateway.until(lambda: "sos" in bench.gateway.whats(), 40)
    await bench.gateway.until(
        lambda: any(pack.values.get("sos") and "lat" in pack.values for pack in bench.gateway.packs)
    )
    await bench.shows("中心已收到")
    await eventually(lambda: not bench.sounding(), lambda: str(bench.parts.tones[-5:]))
    await bench.play(bench.worker.start_ms + 100_000)
    await bench.gateway.until(lambda: "sos_cancelled" in bench.gateway.whats(), 40)

    call, end = bench.gateway.told("sos")[0], bench.gateway.told("sos_cancelled")[0]
    assert call["lat_udeg"] is None, "under a roof: no position is better than the last one"
    assert call["id"] == end["sos"]
    await bench.shows("登录")


@pytest.mark.slow
@pytest.mark.endurance
async def test_a_patrol(start: Start) -> None:
    """Points where the worker walked and when; none under a roof, none from a dead receiver."""
    bench = await start(10, "handheld_patrol")
    await bench.set_up()
    begin_ms = bench.worker.start_ms
    await bench.play(begin_ms + 880_000)
    await bench.gateway.until(lambda: "patrol_finished" in bench.gateway.whats(), 40)
    bench.picture("patrol")

    points = [point for report in bench.gateway.told("track") for point in report["points"]]
    finished = bench.gateway.told("patrol_finished")[0]
    assert all(len(report["points"]) <= 10 for report in bench.gateway.told("track"))
    assert len(points) == finished["points"]
    for at_ms, lat_udeg, lon_udeg in points:
        there = bench.worker.at(at_ms)
        assert abs(there.lat_udeg - lat_udeg) < 100
        assert abs(there.lon_udeg - lon_udeg) < 100
    seconds = [(point[0] - begin_ms) / 1000 for point in points]
    assert sorted(seconds) == seconds
    assert not [second for second in seconds if 367 < second < 419 or 607 < second < 659]
    assert 550 < finished["length_m"] < 750
    assert {"no_answer"} == {pack.faults["gps_fix"] for pack in bench.gateway.packs if "gps_fix" in pack.faults}


async def test_logged_off_gets_nothing(start: Start) -> None:
    """No task is taken, shown or sounded; what was there before is neither on the display nor readable on flash."""
    bench = await start()
    await bench.set_up()
    bench.gateway.assign(**TASK)
    await bench.pause(4000)
    bench.picture("pin")
    assert [] == bench.gateway.whats()
    assert not bench.sounding()
    await bench.press(LOG_ON)
    bench.gateway.assign(**TASK)
    await bench.gateway.until(lambda: "received" in bench.gateway.whats())
    assert bench.sounding()
    await bench.press("ok ok")
    await bench.shows("3号楼2单元")
    bench.picture("task")
    await bench.press("back back down ok")
    await bench.shows("通道堵塞")
    bench.picture("report")
    await bench.press("back down*4 ok")
    await bench.shows("登录")
    bench.gateway.assign(**TASK | {"revision": 2})
    await bench.pause(4000)

    assert ["received", "logged_off"] == bench.gateway.whats()
    assert not [line for line in bench.lines() if "号楼" in line or "烟雾" in line or "火警" in line]
    assert not bench.sounding()
    assert not on_flash(bench.board, SECRET)


async def test_revoked(start: Start) -> None:
    """At once nothing is shown and nothing can be read; the centre hears it, then the board forgets who it was."""
    bench = await start(4, "handheld_revoked")
    await bench.set_up()
    await bench.play(bench.worker.start_ms + 55_000)
    await bench.shows("厨房起火")
    await bench.play(bench.worker.start_ms + 60_000)
    await bench.gateway.until(lambda: bench.gateway.answered("r1"), 30)
    assert (True, {"lost": 0}) == bench.gateway.answered("r1")
    bench.picture("revoked")
    await bench.gateway.until(lambda: "wiped" in bench.gateway.whats())
    await eventually(lambda: len(bench.board.resets) > 1, lambda: str(bench.board.console_tail))
    await eventually(lambda: bench.lines() == [], lambda: str(bench.lines()))

    assert not on_flash(bench.board, "厨房起火")
    await eventually(
        lambda: "bad configuration" in " ".join(bench.board.console_tail), lambda: str(bench.board.console_tail)
    )


async def test_wrong_settings_change_nothing(start: Start) -> None:
    """The field is named; the old PIN still opens."""
    bench = await start()
    await bench.set_up()
    bench.gateway.settle(2, language="fr")
    await bench.gateway.until(lambda: bench.gateway.answered("config-2"))
    ok, data = bench.gateway.answered("config-2") or (True, {})
    assert not ok
    assert "language" in data["error"]
    await bench.press(LOG_ON)
    await bench.shows("未上岗")


async def test_another_pin_logs_off(start: Start) -> None:
    """The worker who had it is out, and the tasks go."""
    bench = await start()
    await bench.set_up()
    await bench.press(LOG_ON)
    await bench.shows("未上岗")
    bench.gateway.settle(2, pin={})
    await bench.gateway.until(lambda: bench.gateway.answered("config-2") == (True, {"version": 2}))
    await bench.shows("登录")
    await bench.press("ok")
    await bench.shows("未设密码")


async def test_without_a_font_file(start: Start) -> None:
    """English in small letters, boxes for the rest: it can be used."""
    bench = await start(files={})
    await bench.set_up()
    await bench.press(LOG_ON + " ok")
    bench.gateway.assign(**TASK)
    await bench.gateway.until(lambda: "received" in bench.gateway.whats())
    await bench.press("ok")
    picture = bench.parts.display.picture()
    colours = {colour for _, colour in picture.getcolors() or []}

    assert len(colours) >= 4
    await bench.press("sos:2600")
    await bench.gateway.until(lambda: "sos" in bench.gateway.whats())


async def test_self_test_and_health(start: Start) -> None:
    """The receiver and the cell answer; a dead receiver is told as a fault, not as the last position."""
    bench = await start()
    await bench.set_up()
    await bench.pause(6000)
    bench.gateway.order_to(DEVICE, "self_test", "s1")
    await bench.gateway.until(lambda: bench.gateway.answered("s1"))
    assert (True, True) == (
        (bench.gateway.answered("s1") or (0, {}))[0],
        (bench.gateway.answered("s1") or (0, {}))[1]["passed"],
    )
    await bench.press(LOG_ON + " down*3 ok")
    await bench.gateway.until(lambda: "lat" in bench.gateway.packs[-1].values)
    bench.worker.change(gps=False)
    await bench.gateway.until(lambda: bench.gateway.packs[-1].faults.get("gps_fix") == "no_answer", 30)
    assert "lat" not in bench.gateway.packs[-1].values
