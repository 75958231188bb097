"""Centres as copies of one process that has read the program: reading takes two seconds, a copy a few milliseconds.

`python -m tests.console.nursery FD FOLDER`: for each message there, {"arguments": [...], "env": {...}} with the
two ends of its standard input and output, a centre of its own (tests/console/centre.py); the answer is its process id.
The folder has the templates of pages, compiled, for all of them.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
MOST = 1 << 16  # bytes of a message
ENDS_S = 20


class Newborn:
    """One centre: its pipes and its end."""

    def __init__(self, pid: int, stdin: IO[str], stdout: IO[str]) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout

    def terminate(self) -> None:
        """Ask it to end, and wait until it has."""
        os.kill(self.pid, signal.SIGTERM)
        self.stdin.close()
        self.stdout.read()
        self.stdout.close()
        until_s = time.monotonic() + ENDS_S
        while _lives(self.pid):
            assert time.monotonic() < until_s, f"the centre {self.pid} does not end"
            time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Nursery:
    """The process that is copied."""

    def __init__(self) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._compiled = tempfile.TemporaryDirectory(prefix="gw-templates-")
            command = [sys.executable, "-m", "tests.console.nursery", str(theirs.fileno()), self._compiled.name]
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])

    def bear(self, arguments: Sequence[str], env: Mapping[str, str]) -> Newborn:
        """A centre, started."""
        its_input, ours_in = os.pipe()
        ours_out, its_output = os.pipe()
        message = json.dumps({"arguments": [*arguments], "env": {**env}}).encode()
        socket.send_fds(self._door, [message], [its_input, its_output])
        os.close(its_input)
        os.close(its_output)
        pid = int(self._door.recv(MOST))
        return Newborn(pid, os.fdopen(ours_in, "w", encoding="utf-8"), os.fdopen(ours_out, encoding="utf-8"))

    def end(self) -> None:
        """No more centres; those that live go on."""
        self._door.close()
        self._process.wait(ENDS_S)
        self._compiled.cleanup()


@functools.cache
def nursery() -> Nursery:
    """The one of this process; whoever asks for it first ends it (conftest.py)."""
    return Nursery()


def serve(door: socket.socket, compiled: str) -> None:
    """Until nobody is there any more."""
    from cloud.console.assets import Assets
    from tests.console import centre
    from tests.templates import keep_compiled

    keep_compiled(compiled)
    Assets()  # packs what pages need, which a copy then has

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    while True:
        message, descriptors, _, _ = socket.recv_fds(door, MOST, 2)
        if not message:
            return
        told = json.loads(message)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            door.close()
            for place, descriptor in enumerate(descriptors):
                os.dup2(descriptor, place)
                os.close(descriptor)
            os.environ.update(told["env"])
            centre.run(told["arguments"])
            return
        for descriptor in descriptors:
            os.close(descriptor)
        door.send(str(pid).encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
