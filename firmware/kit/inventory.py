"""What the gateway must know about new endpoints: who they are, and their logins.

As hashes in mosquitto's own form, so that no password leaves the kit. What they may say and hear is no matter of the
kit: the gateway writes the access list (`gridwhistle gateway enrol`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from firmware.kit.plan_file import Entry, Plan
from firmware.kit.vault import Vault, write_private
from runtime.brokers.passwords import hashed, matches

PASSWD, ENDPOINTS = "mosquitto.passwd", "endpoints.toml"


def technician_login(plan: Plan) -> str:
    """The kit's own login: it only listens."""
    return f"kit-{plan.technician}"


def write(plan: Plan, vault: Vault, folder: Path) -> list[Path]:
    """Write the files for the gateway; who is there already keeps his hash, so that files can be compared."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = _known(folder / PASSWD)
    logins = [technician_login(plan), *(entry.device for entry in plan.entries)]
    lines = [f"{login}:{_line(login, vault.password(login), known)}" for login in logins]
    files = {PASSWD: "\n".join(lines) + "\n", ENDPOINTS: _endpoints(plan.entries)}
    for name, text in files.items():
        write_private(folder / name, text)
    return [folder / name for name in files]


def _known(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return dict(line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if ":" in line)


def _line(login: str, password: str, known: dict[str, str]) -> str:
    before = known.get(login, "")
    return before if matches(password, before) else hashed(password)


def _endpoints(entries: Iterable[Entry]) -> str:
    """[[endpoints]] of the gateway's site file."""
    parts = []
    for entry in entries:
        fields = {"device": entry.device, "kind": entry.kind, "place": entry.place, "grid": entry.grid}
        rows = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        parts.append("\n".join(["[[endpoints]]", *rows, ""]))
    return "\n".join(parts)
