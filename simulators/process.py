"""A process of ours as developers need it: started, awaited until it says it is ready, stopped or killed by its id."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

READY_S = 40.0  # two cores may be starting six boards at the same time
STOP_S = 10.0


class NotReady(RuntimeError):
    """The process ended or stayed silent; the text holds the end of its log."""


# What goes wrong on a machine, not in the house: told in one line, never as a trace
FAILURES = (NotReady, TimeoutError, OSError, httpx.HTTPError)


def end_as_by_ctrl_c() -> None:
    """A closed terminal or a polite kill ends a run as Ctrl-C does: nothing that was started stays behind."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a script inherits it ignored
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


class OurProcess:
    """`gridwhistle <args>` with an environment and a log file."""

    def __init__(self, name: str, args: list[str], env: Mapping[str, str], log_file: Path) -> None:
        self.name = name
        self.ready: dict[str, Any] = {}
        self._args = args
        self._env = env
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start and wait for its ready line. Raises NotReady."""
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gridwhistle",
                *self._args,
                env={**os.environ, **self._env},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        try:
            async with asyncio.timeout(READY_S):
                self.ready = await self._ready_line()
        except TimeoutError:
            await self.kill()
            raise NotReady(f"{self.name} was not ready after {READY_S:g} s\n{self._log_tail()}") from None

    @property
    def pid(self) -> int:
        """Its id. Raises NotReady before the start."""
        if self._process is None:
            raise NotReady(f"{self.name} was not started")
        return self._process.pid

    def _stdout(self) -> asyncio.StreamReader:
        if self._process is None or self._process.stdout is None:
            raise NotReady(f"{self.name} was not started")
        return self._process.stdout

    async def _ready_line(self) -> dict[str, Any]:
        stdout = self._stdout()
        async for line in stdout:
            if line.startswith(b'{"ready"'):
                self._reader = asyncio.create_task(self._drain(stdout), name=f"drain[{self.name}]")
                found: dict[str, Any] = json.loads(line)
                return found
        code = await self._process.wait() if self._process else None
        raise NotReady(f"{self.name} ended with status {code}\n{self._log_tail()}")

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        while await stream.readline():
            pass

    def _log_tail(self) -> str:
        return "\n".join(self._log_file.read_text(errors="replace").splitlines()[-15:])

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL: no goodbye, no flush."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
