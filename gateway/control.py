"""A door for whoever stands beside the gateway: one JSON line in, one out, over a socket in its data folder.

Only the user of the gateway can open it. A command of a person acts in the running gateway through here.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()

SOCKET = "control.sock"
MAX_LINE = 1_000_000  # bytes of a question or an answer
QUESTION_S = 10.0  # default; somebody who opens the door says what he wants
ANSWER_S = 60.0  # default; a commit on a slow disk takes seconds
AGAIN_S = 30.0  # where the disk takes no socket
LOOK_S = 10.0  # whether the door is still open

Fields = dict[str, Any]
Handler = Callable[[Fields], Awaitable[Fields]]


class NotRunning(Exception):
    """No gateway listens in this folder; the text says what to do."""


class Refused(ValueError):
    """The gateway says no; the text says why, in both languages."""


class Control:
    """The gateway's side. A handler refuses by ValueError, with the reason for a person."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._handlers: dict[str, Handler] = {}

    def on(self, word: str, handler: Handler) -> None:
        """Answer a word; before anything runs."""
        self._handlers[word] = handler

    async def run(self, alive: Callable[[], None] = lambda: None) -> None:
        """Listen, for ever. A disk that takes no socket is tried again: everything else goes on."""
        while True:
            alive()
            try:
                server = await asyncio.start_unix_server(self._serve, sock=_listening(self._data_dir), limit=MAX_LINE)
            except OSError as error:
                log.warning("control_not_open", folder=str(self._data_dir), why=str(error))
                await asyncio.sleep(AGAIN_S)
                continue
            async with server:
                while server.is_serving():
                    alive()
                    await asyncio.sleep(LOOK_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(QUESTION_S):
                line = await _line(reader)
            writer.write(json.dumps(await self._answer(line), ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        except (OSError, TimeoutError):
            pass  # whoever asked has gone, or said nothing
        finally:
            writer.close()  # a fault of ours must not leave him waiting

    async def _answer(self, line: bytes) -> Fields:
        try:
            question = json.loads(line)
            word = question.pop("word")
            handler = self._handlers.get(word)
        except (ValueError, LookupError, TypeError, AttributeError):
            return {"ok": False, "error": "看不懂的问题 / the question is not one JSON object with a word"}
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            return {"ok": False, "error": f"没有这个命令 / there is no {word!r}; known: {known}"}
        try:
            return {"ok": True, **await handler(question)}
        except ValueError as error:
            return {"ok": False, "error": str(error)}
        except sqlite3.Error as error:
            return {"ok": False, "error": f"数据库暂时不可用，请稍后再试 / the database failed, try again: {error}"}


async def _line(reader: asyncio.StreamReader) -> bytes:
    with suppress(ValueError):  # longer than anything of ours
        return await reader.readline()
    return b""


@contextmanager
def _address(data_dir: Path) -> Iterator[str]:
    """Of the socket. An address holds 108 bytes at most, folders are longer: through an open folder it is short."""
    folder = os.open(data_dir, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)


def _listening(data_dir: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(door.fileno(), 0o600)  # before it has a name: nobody else comes in
        with _address(data_dir) as address:
            with suppress(FileNotFoundError):
                Path(address).unlink()  # left by one that was killed; a living one holds the lock of the folder
            door.bind(address)
        door.setblocking(False)
    except OSError:
        door.close()
        raise
    return door


def ask(data_dir: Path, word: str, timeout_s: float = ANSWER_S, **fields: object) -> Fields:
    """A running gateway's answer. Raises NotRunning, and Refused where it says no."""
    try:
        answer = json.loads(_exchange(data_dir, json.dumps({"word": word, **fields}).encode() + b"\n", timeout_s))
    except (OSError, ValueError) as error:
        raise NotRunning(
            f"网关没有应答（{error}）：请确认它在运行，数据目录是 {data_dir}，并用同一用户执行 / The gateway does not "
            f"answer: is it running, with {data_dir} as its folder, and are you the same user or root?"
        ) from None
    if not answer.pop("ok"):
        raise Refused(answer["error"])
    return dict(answer)


def _exchange(data_dir: Path, line: bytes, timeout_s: float) -> bytes:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(timeout_s)
        with _address(data_dir) as address:
            door.connect(address)
        door.sendall(line)
        with door.makefile("rb") as answer:
            return answer.readline(MAX_LINE)
