"""Boards for the tests: each on a bench of its own, stopped at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import Clock
from simulators.virtual_board import BoardSpec, VirtualBoard
from tests.firmware.bench import SITE, Room

PlugIn = Callable[..., Awaitable[VirtualBoard]]


def last_words(board: VirtualBoard) -> None:
    """For the report of a test that failed."""
    print(f"{board.spec.device}: {board.resets}", *board.said, sep="\n")


@pytest.fixture
def room() -> Room:
    """The room of the board."""
    return Room()


@pytest.fixture
async def plug_in(tmp_path: Path, room: Room) -> AsyncIterator[PlugIn]:
    """Starts a board: `await plug_in(port, clock, device=...)`."""
    async with AsyncExitStack() as stack:

        async def start(port: int, clock: Clock, **fields: Any) -> VirtualBoard:
            fields = {"device": "fire-a", "broker_host": "127.0.0.1"} | fields
            spec = BoardSpec(site=SITE, broker_port=port, **fields)
            board = VirtualBoard(spec, room, clock, tmp_path / "boards")
            stack.callback(last_words, board)
            return await stack.enter_async_context(board)

        yield start
