"""A real mosquitto on a free loopback port that tests may kill and start again."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from scripts.system_parts import find_program
from simulators.brokers import free_port

START_TIMEOUT_S = 10.0

# Persistent sessions and retained messages survive a restart; a burst of 50 endpoints fits into the queue.
# The store is written every second: what a test kills must find its sessions again. The same stands in deploy/.
CONFIGURATION = """
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
max_inflight_messages 200
set_tcp_nodelay true
max_queued_messages 100000
"""


class Mosquitto:
    """One broker process; `start` after `kill` or `stop` comes back on the same port with the same store."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it accepts connections. Raises RuntimeError with its log where it does not."""
        program = find_program("mosquitto")
        if program is None:
            raise FileNotFoundError("mosquitto")
        configuration = self._folder / "mosquitto.conf"
        configuration.write_text(self.configuration() + self._root_user())
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(configuration)], stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("mosquitto did not start: " + self.log())
            time.sleep(0.02)

    def configuration(self) -> str:
        """What it is started with."""
        return CONFIGURATION.format(port=self.port, folder=self._folder)

    def kill(self) -> None:
        """End it as a power cut would: no goodbye, no last save."""
        self._end(force=True)

    def pause(self) -> None:
        """It hangs: its kernel goes on taking what there is room for. `kill` it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """End it properly."""
        self._end(force=False)

    def forget(self) -> None:
        """What it had saved is lost, sessions and retained messages; while it is off."""
        (self._folder / "mosquitto.db").unlink(missing_ok=True)

    def log(self) -> str:
        """What it said so far."""
        return (self._folder / "mosquitto.log").read_text(errors="replace")

    def _end(self, *, force: bool) -> None:
        if self._process is None:
            return
        if force:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(START_TIMEOUT_S)
        self._process = None

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex((self.host, self.port)) == 0

    def _root_user(self) -> str:
        # started by root, it would become "mosquitto" and lose the right to its folder
        return f"user {self._folder.owner()}\n"
