"""Updates over the air on virtual boards, against a real broker and a gateway that serves the bundle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import build, bundle, sign
from runtime.clock import Clock
from simulators.virtual_board import VirtualBoard
from tests.broker import Mosquitto
from tests.firmware.bench import Room
from tests.firmware.bundle_server import BundleServer
from tests.firmware.conftest import PlugIn

NEW = (0, 2, 0)  # virtual boards start with 0.1.0
MAIN = "firmware/device/main.py"
Change = Callable[[dict[str, str]], None]
KEY = Ed25519PrivateKey.generate()
KEYS = {"/update_keys.bin": sign.public_bytes(KEY)}


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """What a fire endpoint runs."""
    return build.sources("esp32_s3", "fire")


@pytest.fixture(scope="module")
def files(sources: dict[str, str]) -> dict[str, bytes]:
    """The same, compiled."""
    return build.compiled(sources)


def _server(mosquitto: Mosquitto, speed: float) -> BundleServer:
    return BundleServer(mosquitto.port, Clock.starting_now(speed))


def _sealed(files: dict[str, bytes], version: bundle.Version = NEW, key: Ed25519PrivateKey = KEY) -> bytes:
    return build.seal(files, "esp32_s3", "fire", version, key)


def _versions(server: BundleServer) -> list[str]:
    return [status["firmware"] for status in server.statuses if "firmware" in status]


async def test_an_update_leaves_sampling_and_the_local_alarm_alone(
    mosquitto: Mosquitto, plug_in: PlugIn, room: Room, files: dict[str, bytes], tmp_path: Path
) -> None:
    """Not a sample is missing but those of the restart; a fire sounds at once and holds the restart back."""
    async with _server(mosquitto, 10) as server:
        board = await plug_in(mosquitto.port, server.clock, files=KEYS, flash_kib=848)
        await server.until(lambda: len(server.packs) >= 3)
        server.shelf, server.stops_at = tmp_path, 20_000
        server.order_update("fire-a", "u1", NEW, _sealed(files))
        await server.until(lambda: max(server.asked, default=0) >= 20_000, 30)
        burnt_ms = server.clock.now_ms()
        room.change(smoke_per_m=0.5)
        await server.until(lambda: any(name == "sounder" and value for _, name, value in board.outputs))
        sounded_ms = next(at_ms for at_ms, name, value in board.outputs if name == "sounder" and value)
        server.stops_at = None
        await server.until(lambda: "restarting" in server.states("u1"), 60)
        alarmed = len(server.seqs(1))
        await server.until(lambda: len(server.seqs(1)) > alarmed + 20)
        assert len(board.resets) == 1, "a restart would silence the sounder"
        room.change(smoke_per_m=0.001)
        await server.until(lambda: "good" in server.states("u1"), 60)
        await server.until(lambda: len(server.seqs(2)) > 70)

    assert sounded_ms - burnt_ms < 5000
    assert ["fetching", "restarting", "good"] == server.states("u1")
    for boot in (1, 2):
        assert server.seqs(boot) == list(range(server.seqs(boot)[-1] + 1))
    last_of_old = max(pack.at_ms or 0 for pack in server.packs if pack.boot == 1)
    first_of_new = min(pack.at_ms for pack in server.packs if pack.boot == 2 and pack.at_ms)
    overruns = [status["overruns"] for status in server.statuses if status["boot"] == 1][-1]
    assert overruns < 10
    print(f"{overruns=}, restart {first_of_new - last_of_old} board ms, heap {server.statuses[-1]['heap']}")
    assert {"0.1.0", "0.2.0"} == set(_versions(server))
    assert "0.2.0" == _versions(server)[-1]


async def test_a_broken_transfer_goes_on_where_it_was(
    mosquitto: Mosquitto, plug_in: PlugIn, files: dict[str, bytes]
) -> None:
    """Pieces that are lost, a broker that dies, a power cut in the middle: nothing is fetched from the start again."""
    async with _server(mosquitto, 20) as server:
        server.lost_every = 9
        board = await plug_in(mosquitto.port, server.clock, files=KEYS, flash_kib=848)
        await server.until(lambda: len(server.packs) >= 3)
        server.order_update("fire-a", "u2", NEW, _sealed(files))
        await server.until(lambda: max(server.asked, default=0) >= 15_000, 60)
        mosquitto.kill()
        await asyncio.sleep(0.5)
        before_broker = len(server.asked)
        mosquitto.start()
        await server.until(lambda: max(server.asked) >= 40_000, 60)
        await board.power_cut()
        before_cut = len(server.asked)
        await board.power_on()
        await server.until(lambda: "good" in server.states("u2"), 90)

    # the broker may hand out once more what it had not seen acknowledged
    assert sum(offset < 13_000 for offset in server.asked[before_broker:]) <= 1
    assert sum(offset < 36_000 for offset in server.asked[before_cut:]) <= 1
    assert "0.2.0" == _versions(server)[-1]


# Twice in each start the link finds no memory for what it owes while an update has taken its own
CRAMPED = b"""
import loader, sys
loader.prepare()
sys.modules.pop("loader")
from firmware.device import main, session
calls = [0]
following = session.Session._next_bytes
def cramped(self):
    job = main.Slots.of_test.job
    if job is not None and job._pieces is not None:
        calls[0] += 1
        if calls[0] in (40, 80):
            raise MemoryError("memory allocation failed, allocating 562 bytes")
    return following(self)
build = main.Slots.__init__
def wire(self, *arguments):
    main.Slots.of_test = self
    build(self, *arguments)
main.Slots.__init__ = wire
session.Session._next_bytes = cramped
main.run()
"""


async def test_an_update_gives_way_to_what_is_owed(
    mosquitto: Mosquitto, plug_in: PlugIn, files: dict[str, bytes]
) -> None:
    """It lets go of its memory, waits two minutes and goes on where it was; nobody orders it again."""
    async with _server(mosquitto, 60) as server:
        start = {"/main.py": CRAMPED}
        board = await plug_in(mosquitto.port, server.clock, files=KEYS | start, flash_kib=848, heap_kib=192)
        await server.until(lambda: len(server.packs) >= 3)
        server.order_update("fire-a", "u3", NEW, _sealed(files))
        await server.until(lambda: "good" in server.states("u3"), 90)

    assert server.states("u3") == ["fetching", "restarting", "good"]
    assert any("not enough memory" not in line and "link down: memory" in line for line in board.console_tail)
    assert sum(offset == 0 for offset in server.asked) <= 2, "not from the start again"


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def _wrong(files: dict[str, bytes]) -> dict[str, tuple[bundle.Version, bytes, str]]:
    """What is ordered, what is delivered, and a word of the reason."""
    good = _sealed(files)
    return {
        "same": ((0, 1, 0), _sealed(files, (0, 1, 0)), "already"),
        "older": ((0, 0, 9), _sealed(files, (0, 0, 9)), "older"),
        "disguised": (NEW, _sealed(files, (0, 0, 9)), "version"),
        "signer": (NEW, _sealed(files, key=Ed25519PrivateKey.generate()), "signature"),
        "board": (NEW, build.seal(files, "pico_w", "fire", NEW, KEY), "board"),
        "kind": (NEW, build.seal(files, "esp32_s3", "lift", NEW, KEY), "kind"),
        "manifest": (NEW, _flipped(good, 300), "signature"),
        "signature": (NEW, _flipped(good, 50), "signature"),
        "file": (NEW, _flipped(good, len(good) - 2000), "damaged"),
        "signer again": (NEW, _sealed(files, key=Ed25519PrivateKey.generate()), "signature"),  # trust does not last
        "truncated": (NEW, good[:-1000], "complete"),
        "longer": (NEW, good + b"more", "complete"),
        "no bundle": (NEW, b"PK" + good, "bundle"),
    }


@pytest.mark.endurance
async def test_what_is_not_meant_for_this_board_is_refused(
    mosquitto: Mosquitto, plug_in: PlugIn, files: dict[str, bytes]
) -> None:
    """Each is answered with its reason; the program goes on, and a good bundle is taken afterwards."""
    wrong = _wrong(files)
    async with _server(mosquitto, 20) as server:
        board = await plug_in(mosquitto.port, server.clock, files=KEYS, flash_kib=848, heap_kib=136)
        await server.until(lambda: len(server.packs) >= 3)
        for name, (version, delivered, word) in wrong.items():
            server.asked.clear()
            server.order_update("fire-a", name, version, delivered)
            await server.until(lambda name=name: {"refused", "no"} & set(server.states(name)), 30)
            assert word in server.error(name), (name, server.error(name))
            answered = len(server.packs)  # an order is forgotten, and its code, ten seconds after its answer
            await server.until(lambda answered=answered: len(server.packs) > answered + 14)
            if word in ("signature", "bundle", "version", "board", "kind"):
                assert max(server.asked, default=0) < 10_000, "no code is fetched before the manifest is trusted"
        server.order_update("fire-a", "good", NEW, _sealed(files))
        await server.until(lambda: "good" in server.states("good"), 60)
        server.order_update("fire-a", "back", (0, 1, 0), _sealed(files, (0, 1, 0)))
        await server.until(lambda: "no" in server.states("back"), 30)
        assert "older" in server.error("back")

    assert ["power_on", "reset"] == [reset.cause for reset in board.resets]
    assert server.seqs(1) == list(range(server.seqs(1)[-1] + 1))


async def test_a_full_flash_is_said_and_changes_nothing(
    mosquitto: Mosquitto, plug_in: PlugIn, files: dict[str, bytes]
) -> None:
    """There is room for one program only: refused before a file is fetched."""
    async with _server(mosquitto, 20) as server:
        await plug_in(mosquitto.port, server.clock, files=KEYS, flash_kib=512)
        await server.until(lambda: len(server.packs) >= 3)
        server.order_update("fire-a", "u3", NEW, _sealed(files))
        await server.until(lambda: "refused" in server.states("u3"), 40)
        packs = len(server.packs)
        await server.until(lambda: len(server.packs) > packs + 10)

    assert "the flash is full" in server.error("u3")
    assert max(server.asked) < 10_000


@pytest.mark.slow
async def test_power_cuts_at_any_moment_of_an_update(
    mosquitto: Mosquitto, plug_in: PlugIn, files: dict[str, bytes]
) -> None:
    """The whole board, again and again: it boots every time, and the update comes to its end."""
    pauses = Random(3)
    async with _server(mosquitto, 20) as server:
        board = await plug_in(mosquitto.port, server.clock, files=KEYS, flash_kib=848)
        await server.until(lambda: len(server.packs) >= 3)
        server.order_update("fire-a", "u4", NEW, _sealed(files))
        for _ in range(12):
            await asyncio.sleep(pauses.uniform(0.2, 2.5))
            await board.power_cut()
            await board.power_on()
        await server.until(lambda: "good" in server.states("u4") or "0.2.0" == _versions(server)[-1], 90)
        packs = len(server.packs)
        await server.until(lambda: len(server.packs) > packs + 10)

    assert "0.2.0" == _versions(server)[-1]
    assert {"power_on", "reset"} == {reset.cause for reset in board.resets}


async def _rolled_back(
    server: BundleServer,
    plug_in: PlugIn,
    sources: dict[str, str],
    change: Callable[[dict[str, str]], None],
    wait_s: float,
) -> VirtualBoard:
    changed = dict(sources)
    change(changed)
    board = await plug_in(server.port, server.clock, files=KEYS, flash_kib=848)
    await server.until(lambda: len(server.packs) >= 3)
    server.order_update("fire-a", "bad", NEW, _sealed(build.compiled(changed)))
    await server.until(lambda: "restarting" in server.states("bad"), 60)
    await server.until(lambda: "rolled_back" in server.states("bad"), wait_s)
    await server.until(lambda: server.statuses[-1]["why"] == "heartbeat", 30)
    assert "0.1.0" == server.statuses[-1]["firmware"]
    assert "rolled_back" == server.statuses[-1]["faults"]["update"]
    packs = len(server.packs)
    await server.until(lambda: len(server.packs) > packs + 10)
    return board


async def test_a_program_that_cannot_be_imported_is_rolled_back(
    mosquitto: Mosquitto, plug_in: PlugIn, sources: dict[str, str]
) -> None:
    """Three starts that end at once, then the old program is back and says so."""

    def break_it(texts: dict[str, str]) -> None:
        texts[MAIN] = "raise ImportError('no such part')\n"

    async with _server(mosquitto, 20) as server:
        board = await _rolled_back(server, plug_in, sources, break_it, 60)
    assert 1 + 1 + 3 == len(board.resets)


@pytest.mark.slow
async def test_a_program_that_hangs_is_rolled_back(
    mosquitto: Mosquitto, plug_in: PlugIn, sources: dict[str, str]
) -> None:
    """The loader's watchdog runs before the program does."""

    def break_it(texts: dict[str, str]) -> None:
        texts[MAIN] = "import time\nwhile True:\n    time.sleep(60)\n"  # the machine of the tests is needed elsewhere

    async with _server(mosquitto, 20) as server:
        board = await _rolled_back(server, plug_in, sources, break_it, 90)
    causes = [reset.cause for reset in board.resets[1:]]
    assert causes[-3:] == ["watchdog"] * 3
    assert set(causes[:-3]) == {"reset"}  # a heap in pieces may have wanted one more on the way


@pytest.mark.slow
async def test_a_program_that_never_finds_its_gateway_is_rolled_back(
    mosquitto: Mosquitto, plug_in: PlugIn, sources: dict[str, str]
) -> None:
    """It samples, but ten minutes without a link, three times, are enough."""

    def break_it(texts: dict[str, str]) -> None:
        texts["firmware/device/socket_open.py"] = texts["firmware/device/socket_open.py"].replace(
            '["host"]', '["site"]'
        )

    async with _server(mosquitto, 60) as server:
        board = await _rolled_back(server, plug_in, sources, break_it, 120)
    assert ["reset"] * 4 == [reset.cause for reset in board.resets[1:]]


BROKEN = {MAIN.replace(".py", ".mpy"): "raise ValueError('worn out')\n"}


async def test_a_good_program_that_stops_starting_gives_way_to_the_one_before(
    mosquitto: Mosquitto, plug_in: PlugIn, files: dict[str, bytes]
) -> None:
    """Five failed starts of slot a, and slot b runs: an older program is better than none."""
    before = bundle.read(_sealed(files, (0, 0, 9))).slot_files()
    content = {f"/slots/b/{path}": data for path, data in before.items()}
    content |= {f"/slots/a/{path}": build.compile_source(text, MAIN) for path, text in BROKEN.items()}
    async with _server(mosquitto, 20) as server:
        board = await plug_in(mosquitto.port, server.clock, files=content, flash_kib=848)
        await server.until(lambda: len(server.packs) >= 70, 60)

    assert "0.0.9" == _versions(server)[-1]
    assert 1 + 5 == len(board.resets)


@pytest.mark.slow
async def test_safe_mode_blinks_and_leaves_the_prompt_to_the_technician(free_port: int, plug_in: PlugIn) -> None:
    """Nothing starts: six flashes, a word on the console, and Ctrl-C leads to the prompt."""
    content = {f"/slots/a/{path}": build.compile_source(text, MAIN) for path, text in BROKEN.items()}
    board = await plug_in(free_port, Clock.starting_now(1), files=content, flash_kib=848)
    async with asyncio.timeout(60):
        while not any("safe mode" in line for line in board.console_tail):
            await asyncio.sleep(0.2)
    starts = len(board.resets)
    await asyncio.sleep(8)
    led = [(at_ms, value) for at_ms, name, value in board.outputs if name == "led"]
    assert starts == len(board.resets), "the watchdog is fed"
    assert [1, 0] * 6 == [value for _, value in led[:12]]
    assert led[12][0] - led[11][0] > 1000
    await board.stop()
    assert board.console_tail == [] or ">>>" in board.console_tail[-1]
