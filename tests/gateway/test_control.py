"""The gateway's door for those who stand beside it: a question, an answer, and plain words where there is none."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.control import MAX_LINE, SOCKET, Control, NotRunning, Refused, ask


async def _echo(question: dict[str, Any]) -> dict[str, Any]:
    return {"heard": question}


async def _refuse(question: dict[str, Any]) -> dict[str, Any]:
    raise ValueError(f"不行 / not {question['what']}")


async def _no_disk(_question: dict[str, Any]) -> dict[str, Any]:
    raise sqlite3.OperationalError("disk I/O error")


async def _fault(_question: dict[str, Any]) -> dict[str, Any]:
    raise TypeError("a fault of ours")


@asynccontextmanager
async def _open(folder: Path) -> AsyncIterator[None]:
    control = Control(folder)
    for word, handler in (("echo", _echo), ("refuse", _refuse), ("no_disk", _no_disk), ("fault", _fault)):
        control.on(word, handler)
    running = asyncio.create_task(control.run())
    while not (folder / SOCKET).exists():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _ask(folder: Path, word: str, **fields: object) -> dict[str, Any]:
    return await asyncio.to_thread(ask, folder, word, 10.0, **fields)


async def test_a_question_and_its_answer(tmp_path: Path) -> None:
    """Several at once, with any text in them; the door is for our user only."""
    async with _open(tmp_path):
        answers = await asyncio.gather(*(_ask(tmp_path, "echo", n=n, text="吹哨\n") for n in range(9)))
        assert answers == [{"heard": {"n": n, "text": "吹哨\n"}} for n in range(9)]
        assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600


async def test_no_comes_with_its_reason(tmp_path: Path) -> None:
    """From the handler, from the database, and for a word that nobody answers."""
    async with _open(tmp_path):
        with pytest.raises(Refused, match="不行 / not this"):
            await _ask(tmp_path, "refuse", what="this")
        with pytest.raises(Refused, match="try again: disk I/O error"):
            await _ask(tmp_path, "no_disk")
        with pytest.raises(Refused, match="there is no 'sing'; known: echo, fault, no_disk, refuse"):
            await _ask(tmp_path, "sing")


async def test_a_gateway_that_does_not_run_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder, no socket, and a socket that nobody listens at any more."""
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(NotRunning, match=r"is it running, with .* as its folder"):
            ask(folder, "echo")
    async with _open(tmp_path):
        pass
    with socket.socket(socket.AF_UNIX) as left:
        Path(SOCKET).unlink(missing_ok=True)
        left.bind(SOCKET)
    with pytest.raises(NotRunning):
        ask(tmp_path, "echo")
    async with _open(tmp_path):
        assert await _ask(tmp_path, "echo") == {"heard": {}}


NONSENSE = (b"", b"\n", b"[]\n", b"{}\n", b'{"word": []}\n', b"\xff\n", b"x" * (MAX_LINE + 9) + b"\n")


@pytest.mark.parametrize("line", NONSENSE, ids=range(len(NONSENSE)))
async def test_whatever_is_said_the_door_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    """Nonsense is answered as such."""
    monkeypatch.chdir(tmp_path)
    async with _open(tmp_path):
        reader, writer = await asyncio.open_unix_connection(SOCKET)
        writer.write(line)
        writer.write_eof()
        answer = await reader.readline()
        assert not answer or json.loads(answer)["ok"] is False
        writer.close()
        assert await _ask(tmp_path, "echo") == {"heard": {}}


async def test_a_fault_of_ours_leaves_nobody_waiting(tmp_path: Path) -> None:
    """The connection ends at once."""
    async with _open(tmp_path):
        async with asyncio.timeout(5):
            with pytest.raises(NotRunning):
                await _ask(tmp_path, "fault")
        assert await _ask(tmp_path, "echo") == {"heard": {}}


async def test_a_long_folder_has_a_door_too(tmp_path: Path) -> None:
    """Addresses of sockets are short, folders are not."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    async with _open(folder):
        assert await _ask(folder, "echo") == {"heard": {}}
