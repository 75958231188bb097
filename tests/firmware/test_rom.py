"""The copy of the running slot in the chip's ROM partition: its format, its power cuts, boards without one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpremote.romfs import VfsRomWriter

from firmware.device import rom
from runtime.clock import Clock
from simulators.virtual_board import BoardSpec, VirtualBoard
from simulators.virtual_board.board import FAKES_KIB
from tests.broker import Mosquitto
from tests.firmware.bench import SITE, Recorder, Room
from tests.firmware.conftest import PlugIn

MEASURE = b"import gc\ngc.collect()\nprint('heap', gc.mem_alloc())\n"
BARE_BYTES = 2752  # of the interpreter without anything, and of its littlefs, both measured in the same way
NAMES = st.text("abcz09_", min_size=1, max_size=12)
TREES = st.recursive(
    st.binary(max_size=700), lambda inner: st.dictionaries(NAMES.map(lambda name: name + ".mpy"), inner, max_size=4)
)


def lay_out(folder: Path, tree: dict[str, object]) -> None:
    """A tree of dictionaries and bytes as folders and files."""
    folder.mkdir(exist_ok=True)
    for name, content in tree.items():
        if isinstance(content, dict):
            lay_out(folder / name, content)
        else:
            (folder / name).write_bytes(content)  # type: ignore[arg-type]


def written_by_mpremote(slot: Path) -> bytes:
    """The same tree by MicroPython's own tool."""
    writer = VfsRomWriter()
    writer.mkfile("slot", rom.identity(str(slot)))

    def copy(folder: Path) -> None:
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.is_dir():
                writer.opendir(entry.name)
                copy(entry)
                writer.closedir()
            else:
                writer.mkfile(entry.name, entry.read_bytes())

    copy(slot)
    return bytes(writer.finalise())


@given(tree=st.dictionaries(NAMES, TREES, max_size=5))
def test_the_image_is_what_mpremote_writes(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]) -> None:
    """Byte for byte, for any tree."""
    slot = tmp_path_factory.mktemp("slot")
    lay_out(slot, tree | {"manifest.json": b"{}"})

    assert written_by_mpremote(slot) == b"".join(rom.image(str(slot)))


class Chip:
    """A partition whose power is cut after so many writes."""

    def __init__(self, size: int, writes: int) -> None:
        self.size = size
        self.memory = bytearray(b"\xff" * size)
        self.writes = writes

    def erase(self, size: int) -> None:
        """Block by block."""
        for at in range(0, size, 4096):
            self._step()
            self.memory[at : at + 4096] = b"\xff" * 4096

    def write(self, offset: int, data: bytes) -> None:
        """The first half of the block that is cut is there."""
        if self.writes <= 0:
            self.memory[offset : offset + len(data) // 2] = data[: len(data) // 2]
        self._step()
        self.memory[offset : offset + len(data)] = data

    def done(self) -> None:
        """Nothing to do."""

    def _step(self) -> None:
        if self.writes <= 0:
            raise ConnectionAbortedError("power cut")
        self.writes -= 1


def test_a_cut_at_any_write_leaves_nothing_that_can_be_mounted(tmp_path: Path) -> None:
    """Over an older copy as well: it is erased from its head on. A cut in the very last write has half of a head."""
    lay_out(tmp_path / "slot", {"manifest.json": b"{}", "firmware": {"a.mpy": b"x" * 9000, "b.mpy": b"y" * 5000}})
    image = b"".join(rom.image(str(tmp_path / "slot")))
    steps = 2 * -(-len(image) // 4096)
    for cut in range(steps):
        chip = Chip(32768, cut)
        chip.memory[: len(image)] = image
        with pytest.raises(ConnectionAbortedError):
            rom.write(str(tmp_path / "slot"), chip, lambda: None)
        assert cut in (0, steps - 1) or chip.memory[:3] != rom._MAGIC  # untouched, or the head is there first
    chip = Chip(32768, steps)
    rom.write(str(tmp_path / "slot"), chip, lambda: None)
    assert chip.memory.startswith(image)


def test_a_slot_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    lay_out(tmp_path / "slot", {"manifest.json": b"{}", "a.mpy": b"x" * 9000})
    chip = Chip(8192, 0)

    assert not rom.place(str(tmp_path / "slot"), chip, lambda: None, lambda: None)


async def test_a_board_runs_from_rom_and_writes_it_once(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """A copy that was torn, or is of other code, is written again; one that is right is left alone."""
    async with Recorder(mosquitto.port, Clock.starting_now(10)) as seen:
        board = await plug_in(mosquitto.port, seen.clock)
        await seen.until(lambda: seen.packs)
        image = board.partition.read_bytes()
        size = len(image.rstrip(b"\xff"))  # what is behind it is not touched
        for spoilt in (
            image,
            image[:3] + b"\0" + image[4:],
            b"\0" * len(image),
            image.replace(b"slot\x02", b"s10t\x02"),
        ):
            await board.power_cut()
            board.partition.write_bytes(spoilt)
            boots = seen.statuses[-1]["boot"]
            await board.power_on()
            await seen.until(lambda boots=boots: seen.packs and seen.packs[-1].boot > boots)
            assert image[:size] == board.partition.read_bytes()[:size]

    assert image.startswith(rom._MAGIC)


async def test_a_chip_without_rom_partition_runs_from_its_slot(mosquitto: Mosquitto, plug_in: PlugIn) -> None:
    """With more heap, as the chips of official MicroPython images have it."""
    async with Recorder(mosquitto.port, Clock.starting_now(10)) as seen:
        board = await plug_in(mosquitto.port, seen.clock, rom_kib=0, heap_kib=224)
        await seen.until(lambda: len(seen.packs) > 3)

    assert any("ROM" in line for line in board.console_tail) or not board.partition.exists()


async def test_the_fakes_take_the_heap_that_they_are_given(tmp_path: Path) -> None:
    """Not more is set aside for them than they need, or the firmware would have more than it is said to have."""
    spec = BoardSpec(
        device="bare", site=SITE, broker_host="127.0.0.1", broker_port=1, files={"/main.py": MEASURE}, blank=True
    )
    async with VirtualBoard(spec, Room(), Clock.starting_now(1), tmp_path) as board:
        async with asyncio.timeout(10):
            while not any(line.startswith("heap ") for line in board.console_tail):
                await asyncio.sleep(0.05)
        (line,) = [line for line in board.console_tail if line.startswith("heap ")]

    assert int(line.split()[1]) - BARE_BYTES >= FAKES_KIB * 1024
