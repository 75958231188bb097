"""Everything a technician meets on a bad day ends with a code that has advice, and with nothing half done."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from firmware.kit import stick
from firmware.kit.ports import Port, probe
from firmware.kit.texts import KitError, told
from firmware.kit.wire import silence
from tests.kit.bench import Bench, Site

STUBBORN = b"""\
import time
while True:
 try:
  print('measuring, do not disturb')
  time.sleep(0.05)
 except KeyboardInterrupt:
  pass
"""


@contextmanager
def line(talk: Callable[[], bytes]) -> Iterator[str]:
    """A serial port on which something says this every 20 ms."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.02):
            try:
                os.write(master, talk())
                os.read(master, 4096)
            except BlockingIOError:
                continue

    talker = threading.Thread(target=run)
    talker.start()
    try:
        yield os.ttyname(slave)
    finally:
        over.set()
        talker.join()
        os.close(master)
        os.close(slave)


async def trouble_at(port: str) -> str:
    """Code of what a probe meets there."""
    found = await asyncio.to_thread(probe, Port(device=port))
    return found.trouble.code if found.trouble is not None else "none"


async def test_garbage_on_the_line() -> None:
    """Noise is told from a board that is busy and from one that is silent."""
    noise = random.Random(7)
    boot_rom = b"ets Jul 29 2019 12:21:46\r\nrst:0x1\r\n"
    with line(lambda: noise.randbytes(90)) as noisy, line(lambda: boot_rom) as busy, line(lambda: b"") as silent:
        told = await asyncio.gather(trouble_at(noisy), trouble_at(busy), trouble_at(silent))
    assert ["garbage", "repl_busy", "no_answer"] == told


def test_what_silence_means() -> None:
    """Nothing, text, or noise."""
    assert "no_answer" == silence(b"")
    assert "repl_busy" == silence("温度 21.5\r\n".encode() * 5)
    assert "garbage" == silence(bytes(range(128, 256)))


async def test_a_board_with_noise_before_its_prompt(bench: Bench) -> None:
    """What a boot ROM prints first does not matter."""
    (board,) = await bench.plug_in(files={"/main.py": b"print('\\x80\\xff' * 200)\n"})
    assert "none" == await trouble_at(board.pty_path)


async def test_a_busy_repl(bench: Bench) -> None:
    """A program that does not stop is reported, and nothing is written."""
    bench.plan(1)
    (board,) = await bench.plug_in(files={"/main.py": STUBBORN})
    assert 1 == await bench.work(bench.order(prove=False))
    assert "repl_busy" in bench.said.getvalue()
    assert [] == bench.handed_over()
    assert board.pid is not None


async def test_a_running_program_is_interrupted(bench: Bench) -> None:
    """A stranger's program that can be stopped is replaced."""
    bench.plan(1)
    (board,) = await bench.plug_in(files={"/main.py": b"import time\nwhile True:\n time.sleep(1)\n"})
    assert 0 == await bench.work(bench.order(prove=False))
    assert "/slots/a/manifest.json" in await bench.files_on(board)


async def test_port_in_use(bench: Bench) -> None:
    """Somebody has a terminal open there."""
    (board,) = await bench.plug_in()
    with serial.Serial(board.pty_path, exclusive=True):
        assert "port_in_use" == await trouble_at(board.pty_path)
    assert "none" == await trouble_at(board.pty_path)


async def test_no_such_port() -> None:
    """A cable without data lines makes no port at all."""
    assert "no_board" == await trouble_at("/dev/ttyACM99")


async def test_wrong_board(bench: Bench) -> None:
    """A Pico W for an ESP32-S3: refused whatever is allowed, and nothing written."""
    bench.plan(1, board="esp32_s3")
    (board,) = await bench.plug_in(board="pico_w")
    order = bench.order(device="fire-1", prove=False, confirm=(await bench.facts_of(board)).confirmation)
    assert 1 == await bench.work(order, replace=True, erase=True)
    assert "wrong_board" in bench.said.getvalue()
    assert {} == await bench.files_on(board)
    assert 1 == await bench.work(bench.order(prove=False))
    assert "no_place_in_plan" in bench.said.getvalue()


async def test_wrong_kind_and_another_identity(bench: Bench) -> None:
    """A board that is somebody already keeps it, unless the technician insists; then nothing of it is left."""
    bench.plan(1)
    record = b'{"device": "lift-9", "site": "chunfeng", "kind": "lift", "host": "h", "port": 1}'
    (board,) = await bench.plug_in(files={"/config.json": record, "/of_the_lift.bin": b"x"})
    confirmed = bench.order(device="fire-1", prove=False, confirm=(await bench.facts_of(board)).confirmation)
    assert 1 == await bench.work(confirmed)
    assert "[wrong_kind] lift-9: lift != fire" in bench.said.getvalue()
    assert 1 == await bench.work(bench.order(prove=False))
    assert "other_identity" in bench.said.getvalue()

    assert 0 == await bench.work(confirmed, replace=True)
    assert "/of_the_lift.bin" not in await bench.files_on(board)
    assert "fire-1" == (await bench.facts_of(board)).device


async def test_never_a_guess_between_two_boards(bench: Bench) -> None:
    """One endpoint and two boards: refused. One board: only after its own chip id was typed."""
    bench.plan(2)
    first, _second = await bench.plug_in(2)
    assert "several_boards" == (await bench.refused(bench.order(device="fire-1"))).code
    alone = bench.order(device="fire-1", ports=(first.pty_path,))
    bench.answer = "0000"
    assert "not_confirmed" == (await bench.refused(alone)).code
    assert "not_confirmed" == (await bench.refused(bench.order(yes=False))).code
    assert {} == await bench.files_on(first)


async def test_a_dry_run_changes_nothing(bench: Bench) -> None:
    """It says what it would do; the board, the journal and the report stay as they were."""
    bench.plan(1)
    (board,) = await bench.plug_in()
    assert 0 == await bench.work(dry_run=True)
    assert "fire-1: 写 write" in bench.said.getvalue()
    assert {} == await bench.files_on(board)
    assert ["in_use.lock", "vault.json"] == sorted(p.name for p in bench.kit.iterdir())


async def test_flash_full(bench: Bench) -> None:
    """Files of somebody else leave no room: told so, and --erase helps."""
    bench.plan(1)
    await bench.plug_in(files={"/song.wav": b"\x55" * 640_000}, flash_kib=768)
    assert 1 == await bench.work(bench.order(prove=False))
    assert "[flash_full]" in bench.said.getvalue()
    assert 0 == await bench.work(bench.order(prove=False), erase=True)


async def test_a_flipped_bit_on_the_stick(bench: Bench, tmp_path: Path) -> None:
    """A stick with one wrong bit writes nothing."""
    copy = tmp_path / "copy"
    shutil.copytree(bench.stick, copy)
    bundle = copy / "bundles" / "fire-esp32_s3.gwb"
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 0x10
    bundle.write_bytes(content)
    bench.plan(1)
    await bench.plug_in()
    order = bench.order()
    bench.stick = copy
    failure = await bench.refused(bench.order())
    assert ("stick_damaged", "bundles/fire-esp32_s3.gwb: damaged") == (failure.code, failure.detail)
    assert ["bundles/fire-esp32_s3.gwb: damaged"] == stick.verify(copy)
    assert [] == stick.verify(order.stick, (order.stick.parent / "stick.pub").read_bytes())


async def test_two_runs_in_one_folder(bench: Bench) -> None:
    """The second is refused."""
    from firmware.kit.ledger import Ledger

    bench.plan(1)
    await bench.plug_in()
    with Ledger(bench.kit):
        assert "folder_in_use" == (await bench.refused()).code


@pytest.mark.mosquitto
@pytest.mark.slow
async def test_the_gateway_does_not_know_one(bench: Bench, site: Site) -> None:
    """The proof names what is missing: this endpoint at the gateway, the gateway, or the broker."""
    from firmware.kit import worker

    bench.plan(2)
    site.open(known=lambda part: '"fire-2"' not in part)
    await bench.plug_in(2)
    patience, worker.PROOF_S = worker.PROOF_S, 12.0
    try:
        assert 1 == await bench.work()
        assert "[not_heard_unknown] fire-2" in bench.said.getvalue()
        assert site.gateway is not None
        site.gateway.stop()
        assert 1 == await bench.work()
        assert "[not_heard_gateway]" in bench.said.getvalue()
        assert site.broker is not None
        site.broker.stop()
        assert 1 == await bench.work()
        assert "[broker_away]" in bench.said.getvalue()
    finally:
        worker.PROOF_S = patience
    results = [(line["device"], line["result"]) for line in bench.handed_over()]
    assert 1 == results.count(("fire-1", "proved"))
    assert 5 == sum(result == "failed" for _, result in results)


def test_errors_have_codes() -> None:
    """A failure without advice is a mistake of ours."""
    with pytest.raises(KeyError):
        told(KitError("no such code"))
