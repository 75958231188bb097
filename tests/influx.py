"""A private InfluxDB server for tests: 1.8 with the API of version 2 and Flux, in a folder of its own."""

from __future__ import annotations

import http.client
import itertools
import shutil
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.system_parts import find_influxd
from simulators.brokers import free_port

START_TIMEOUT_S = 60.0  # three seconds of work, on a machine that others keep busy
STARTS = 3  # a port that was free may be taken by the time it is used
_SETTINGS = """
bind-address = "127.0.0.1:{back}"
reporting-disabled = true
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  flux-enabled = true
  log-enabled = false
  suppress-write-log = true
[logging]
  level = "error"
  suppress-logo = true
"""


class Influx:
    """One server process; `kill` and `start` come back with the same data on the same port."""

    version = 1
    org = "-"
    token = ""  # without users

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gw-influx-"))
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return once it answers. Raises RuntimeError with its log where it does not."""
        for _ in range(STARTS):
            self.port = self.port or free_port()
            if self._start():
                return
        raise RuntimeError("InfluxDB did not start: " + (self.folder / "influxd.log").read_text())

    def kill(self) -> None:
        """End it without a goodbye to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_TIMEOUT_S)
            self._process = None

    def remove(self) -> None:
        """End it and delete everything."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, name: str = "", keep_s: int = 0) -> str:
        """A new empty bucket that forgets after `keep_s`; its name."""
        database = name.partition("/")[0] or f"t{next(self._numbers)}"
        self._say(f'CREATE DATABASE "{database}"')
        if not keep_s:
            return f"{database}/autogen"
        self._say(f'CREATE RETENTION POLICY "short" ON "{database}" DURATION {keep_s}s REPLICATION 1')
        return f"{database}/short"

    def drop(self, bucket: str) -> None:
        """Delete a bucket."""
        self._say(f'DROP DATABASE "{bucket.partition("/")[0]}"')

    def _say(self, statement: str) -> bytes:
        return self._send("POST", "/query?" + urllib.parse.urlencode({"q": statement}))

    def write(self, bucket: str, lines: str) -> bytes:
        """Points that somebody else writes."""
        return self._send(
            "POST", "/api/v2/write?" + urllib.parse.urlencode({"bucket": bucket, "org": self.org}), lines.encode()
        )

    def _send(self, method: str, path: str, body: bytes = b"") -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_S)
        try:
            connection.request(method, path, body, {"Authorization": f"Token {self.token}"} if self.token else {})
            return connection.getresponse().read()
        finally:
            connection.close()

    def _start(self) -> bool:
        program = self._program()
        if program is None:
            raise FileNotFoundError("influxd")
        command = self._command(program, self.folder, self.port)
        with (self.folder / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                return False
            time.sleep(0.02)
        return True

    def _program(self) -> str | None:
        return find_influxd()

    def _command(self, program: str, folder: Path, port: int) -> list[str]:
        settings = folder / "influxdb.conf"
        settings.write_text(_SETTINGS.format(folder=folder, port=port, back=free_port()))
        return [program, "-config", str(settings)]

    def _answers(self) -> bool:
        try:
            return b"pass" in self._send("GET", "/health")
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def running(server: Influx) -> Iterator[Influx]:
    """A server as a context."""
    try:
        server.start()
        yield server
    finally:
        server.remove()
