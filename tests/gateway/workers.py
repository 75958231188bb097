"""A site with workers: two fire endpoints, three handhelds, a siren; on a bench without process and broker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.site_file.site import load
from gateway.work import terminals
from gateway.work.mail import Mail
from protocol import commands, desk, events, reports, status, tasks
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, write_site

GRID = "1"
WORKERS = {"hand-07": "lin", "hand-08": "he", "hand-09": "tian"}
PEOPLE = """
[[people]]
id = "lin"
name = "林知夏"
device = "hand-07"
grid = "1"
[[people]]
id = "he"
name = "何安平"
device = "hand-08"
grid = "1"
duty = ["00:00-24:00"]
[[people]]
id = "tian"
name = "田拾七"
device = "hand-09"
grid = "2"
"""
SIRENS = """
[[sirens]]
device = "fire-b"
minutes = 10
"""
SMOKE = {"smoke": 0.05, "temp": 20.0}
FIRE = {"smoke": 0.3, "temp": 80.0}
QUIET = {"smoke": 0.0, "temp": 20.0, "call_point": False}


def write_workers(folder: Path, port: int, cloud_port: int | None = None, more: str = "") -> Path:
    """The site file of all these tests."""
    path = write_site(folder, port, ("fire-a", "fire-b"))
    text = path.read_text()
    if cloud_port is not None:
        before, after = text.split("[cloud_broker]")
        text = before + "[cloud_broker]" + after.replace(f"port = {port}", f"port = {cloud_port}")
    for device in WORKERS:
        text += f'\n[[endpoints]]\ndevice = "{device}"\nkind = "handheld"\nplace = "{device}"\ngrid = "{GRID}"\n'
    path.write_text(text + PEOPLE + more)
    return path


class WorkBench(Bench):
    """With a clock of seconds, and terminals that say what the test tells them to."""

    more = SIRENS

    def configure(self, settings: str = "") -> None:
        """Write the site file anew."""
        self.number = getattr(self, "number", 0)
        self.site = load(write_workers(self.folder, 1883, more=self.more))

    def step(self, second: float, down_s: float = 0) -> list[Mail]:
        """One look of the office."""
        now_ms = START_MS + round(second * 1000)
        return self._commit(lambda: self.pipeline.office.step(self.db, now_ms, second, down_s))

    def report(self, device: str, what: str, second: float = 0, **fields: Any) -> None:
        """A terminal reports."""
        self.number += 1
        at_ms = START_MS + round(second * 1000)
        payload = {"id": f"{device}-1-{self.number}", "boot": 1, "at_ms": at_ms, "what": what} | fields
        self.take(reports.encode(payload), device, "report", at_ms)

    def answer(self, what: str, mail: Mail | dict[str, Any], second: float = 0) -> None:
        """The worker answers a task."""
        task = tasks.decode(mail.payload) if isinstance(mail, Mail) else mail
        device = mail.device if isinstance(mail, Mail) else task["device"]
        self.report(device, what, second, task=task["id"], revision=task["revision"])

    def birth(self, device: str, second: float = 0) -> None:
        """A terminal has connected."""
        fields = {"state": status.ONLINE, "why": status.BIRTH, "boot": 1, "at_ms": None}
        self.take(status.encode(fields), device, "status", START_MS + round(second * 1000))

    def done(self, device: str, mail: Mail, second: float = 0, error: str = "") -> None:
        """An endpoint answers a command."""
        command = json.loads(mail.payload)
        answer = commands.encode_answer(command["id"], not error, {"error": error} if error else {})
        self.take(answer, device, "answer", START_MS + round(second * 1000))

    def centre(self, *rows: dict[str, Any], number: int = 1) -> None:
        """The list of the centre."""
        self._commit(lambda: self.pipeline.office.desk(self.db, desk.encode(number, list(rows))))

    def acknowledge(self) -> None:
        """The centre has everything so far."""
        self._commit(lambda: self.db.execute("DELETE FROM outbox"))

    def revoke(self, device: str) -> None:
        """A person has revoked it."""
        self._commit(lambda: terminals.revoke(self.db, device))

    def case(self, kind: str = "fire", device: str = "fire-a") -> str:
        """The id of an incident."""
        query = "SELECT id FROM cases WHERE kind = ? AND device = ? ORDER BY id DESC"
        (found,) = self.db.execute(query, (kind, device)).fetchone()
        return str(found)

    def told_work(self) -> list[tuple[str, str | None, str, bool | None]]:
        """(what or state, person, type, does it count) of every message about work that is owed."""
        found = [event for event in self.events() if event.type in events.WORK_TYPES]
        return [(e.data.get("what") or e.data["state"], e.data["person"], e.type, e.data.get("counts")) for e in found]

    def states(self) -> dict[str, str]:
        """Person -> state of the newest task."""
        return dict(self.db.execute("SELECT person, state FROM tasks ORDER BY id"))


def read(mails: list[Mail]) -> list[tuple[str, str, int]]:
    """(device, state, revision) of tasks."""
    found = [(mail.device, tasks.decode(mail.payload)) for mail in mails if mail.kind == "task"]
    return [(device, task["state"], task["revision"]) for device, task in found]
