"""The publisher's side of the kit: make a key, build and sign bundles, pack and check sticks."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from firmware.kit import build, font, sign, stick
from firmware.kit.bundle import BundleError, parse_version
from firmware.kit.plan_file import KINDS_OF_BOARD
from firmware.kit.texts import KitError
from runtime.clock import Clock


def new_key(console: Console, path: Path) -> int:
    """Private key to `path` (0600), public key beside it (.pub)."""
    try:
        key = sign.make_key(path)
    except (BundleError, OSError) as error:
        console.print(f"✗ {error}")
        return 2
    public = path.with_suffix(".pub")
    public.write_bytes(sign.public_bytes(key))
    console.print(f"✓ {path}（保密 keep it secret）  {public}")
    return 0


def pack(console: Console, out: Path, key: Path, version: str, endpoints: list[str], files: list[Path]) -> int:
    """Bundles of all endpoints, images and whatever else, with digests and a signature. Raises KitError."""
    try:
        signing, number = sign.load_key(key), parse_version(version)
    except BundleError as error:
        raise KitError("bad_plan", str(error)) from None
    with tempfile.TemporaryDirectory() as folder:
        made = [_bundle(Path(folder), pair, version) for pair in endpoints]
        for path, board, kind in made:
            console.print(f"… {board} {kind} {version}")
            path.write_bytes(build.build(board, kind, number, signing))
        if any(kind == "handheld" for _, _, kind in made):
            files = [*files, _screen(Path(folder))]
        now = datetime.fromtimestamp(Clock.from_env().now_ms() / 1000, UTC).isoformat(timespec="seconds")
        names = stick.pack(out, [*(path for path, _, _ in made), *files], sign.public_bytes(signing), signing, now)
    for name in names:
        console.print(f"✓ {name}  {stick.digest(out / name)[:16]}")
    return 0


def _screen(folder: Path) -> Path:
    """Chinese letters of the handheld's screen, from a font of this computer."""
    try:
        letters = font.build()
    except font.FontError as error:
        raise KitError("stick_incomplete", str(error)) from None
    path = folder / "screen.bin"
    path.write_bytes(letters)
    return path


def _bundle(folder: Path, pair: str, version: str) -> tuple[Path, str, str]:
    board, _, kind = pair.partition(":")
    if kind not in KINDS_OF_BOARD.get(board, ()):
        known = ", ".join(f"{name}:{k}" for name, kinds in KINDS_OF_BOARD.items() for k in kinds)
        raise KitError("bad_plan", f"--for {pair}; known: {known}")
    return folder / f"{kind}-{board}-{version}.gwb", board, kind


def verify(console: Console, folder: Path, keys: Path | None) -> int:
    """Say which files are damaged. 1 where there is any."""
    complaints = stick.verify(folder, None if keys is None else keys.read_bytes())
    if complaints:
        for line in complaints:
            console.print(f"✗ {line}")
        return 1
    try:
        supply = stick.load(folder, None if keys is None else keys.read_bytes())
    except KitError as error:
        console.print(f"✗ {error}")
        return 1
    for (board, kind), bundle in sorted(supply.bundles.items()):
        console.print(f"✓ {kind} on {board}, {'.'.join(map(str, bundle.manifest.version))}")
    for image in supply.images.values():
        console.print(f"✓ {image.path.name}, {image.chip}, MicroPython {image.version or '?'}")
    return 0
