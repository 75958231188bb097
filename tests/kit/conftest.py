"""A technician's bench: bare boards on pseudo-terminals, a stick, and a real site to prove them at."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from firmware.kit import build, sign, stick
from tests.kit.bench import Bench, Site


@pytest.fixture(scope="session")
def stick_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stick with the fire endpoint for both boards, signed; stick.pem and stick.pub lie beside it."""
    folder = tmp_path_factory.mktemp("publisher")
    key = sign.make_key(folder / "stick.pem")
    (folder / "stick.pub").write_bytes(sign.public_bytes(key))
    made = []
    for board in ("esp32_s3", "pico_w"):
        made.append(folder / f"fire-{board}.gwb")
        made[-1].write_bytes(build.build(board, "fire", (1, 0, 0), key))
    stick.pack(folder / "stick", made, sign.public_bytes(key), key, "2026-11-22T09:00:00+00:00")
    return folder / "stick"


@pytest.fixture
async def bench(tmp_path: Path, stick_folder: Path) -> AsyncIterator[Bench]:
    """Bare boards are plugged in with `await bench.plug_in(...)`."""
    async with AsyncExitStack() as boards:
        yield Bench(tmp_path, stick_folder, boards, io.StringIO())


@pytest.fixture
def site(tmp_path: Path, bench: Bench) -> Iterator[Site]:
    """A broker and a gateway; `site.open(devices)` starts them with what the kit made for them."""
    place = Site(tmp_path, bench)
    yield place
    place.close()
