"""The same private server in version 2, for whoever has its program: no registry has one built; CI tests version 1.8.

`GRIDWHISTLE_INFLUXD2=/path/to/influxd pytest tests/cloud/history -m influx`; docs/history.md says what was seen.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.influx import Influx

PROGRAM = os.environ.get("GRIDWHISTLE_INFLUXD2", "")
_WHO = {"username": "admin", "password": "not-a-secret", "org": "gridwhistle", "bucket": "first", "token": "for-tests"}


class Influx2(Influx):
    """With an organisation and a token, as everybody runs it."""

    version = 2
    org = _WHO["org"]
    token = _WHO["token"]

    def __init__(self) -> None:
        super().__init__()
        self._org_id = ""
        self._buckets: dict[str, str] = {}

    def start(self) -> None:
        """Return once it answers and knows the token."""
        super().start()
        if not self._org_id:
            self._org_id = self._call("POST", "/api/v2/setup", _WHO)["org"]["id"]

    def create(self, name: str = "", keep_s: int = 0) -> str:
        """A new empty bucket that forgets after `keep_s`; its name."""
        name = name or f"t{next(self._numbers)}"
        rules = [{"type": "expire", "everySeconds": keep_s}] if keep_s else []
        made = self._call("POST", "/api/v2/buckets", {"orgID": self._org_id, "name": name, "retentionRules": rules})
        self._buckets[name] = made["id"]
        return name

    def drop(self, bucket: str) -> None:
        """Delete a bucket, if it is still there."""
        if bucket in self._buckets:
            self._send("DELETE", f"/api/v2/buckets/{self._buckets.pop(bucket)}")

    def _call(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return json.loads(self._send(method, path, json.dumps(body).encode()))

    def _command(self, program: str, folder: Path, port: int) -> list[str]:
        places = [
            "--bolt-path",
            folder / "bolt",
            "--engine-path",
            folder / "engine",
            "--sqlite-path",
            folder / "sqlite",
        ]
        return [
            program, *map(str, places), "--http-bind-address", f"127.0.0.1:{port}",
            "--reporting-disabled", "--log-level", "error",
        ]  # fmt: skip

    def _program(self) -> str | None:
        return PROGRAM


def at_hand() -> Influx:
    """A server of version 2 where its program was named, else of 1.8; not started yet."""
    return Influx2() if PROGRAM else Influx()
