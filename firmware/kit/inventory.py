"""What the gateway must know about new endpoints: logins (hashed), what they may say, and who they are.

mosquitto's own format of password hashes, so that no password leaves the kit: $7$ is PBKDF2-HMAC-SHA512 with the
number of rounds, salt and hash in base64 (mosquitto 2, mosquitto_passwd, lib/password_mosq.c).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from firmware.kit.plan_file import Entry, Plan
from firmware.kit.vault import Vault, write_private

ROUNDS = 1000  # mosquitto's default is 101; our passwords have 192 random bits, nobody guesses those
SALT_BYTES = 12  # mosquitto 2.0 accepts no other length
PASSWD, ACL, ENDPOINTS = "mosquitto.passwd", "mosquitto.acl", "endpoints.toml"

# the endpoint's side of protocol.topics
SAYS = ("readings", "status", "clock", "answer", "report", "piece", "fetch")
HEARS = ("command", "ack", "config", "receipt", "task", "bundle")


def hashed(password: str, salt: bytes) -> str:
    """The second field of a line of mosquitto's password file."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def technician_login(plan: Plan) -> str:
    """The kit's own login: it only listens."""
    return f"kit-{plan.technician}"


def write(plan: Plan, vault: Vault, folder: Path) -> list[Path]:
    """Write the three files for the gateway; who is there already keeps his hash, so that files can be compared."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = _known(folder / PASSWD)
    logins = [technician_login(plan), *(entry.device for entry in plan.entries)]
    lines = [f"{login}:{_line(login, vault.password(login), known)}" for login in logins]
    files = {PASSWD: "\n".join(lines) + "\n", ACL: _acl(plan, logins[1:]), ENDPOINTS: _endpoints(plan.entries)}
    for name, text in files.items():
        write_private(folder / name, text)
    return [folder / name for name in files]


def _known(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return dict(line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if ":" in line)


def _line(login: str, password: str, known: dict[str, str]) -> str:
    before = known.get(login, "").split("$")
    if len(before) == 5:
        again = hashed(password, base64.b64decode(before[3]))
        if again == known[login]:
            return again
    return hashed(password, secrets.token_bytes(SALT_BYTES))


def _acl(plan: Plan, devices: Iterable[str]) -> str:
    lines = [f"# endpoints and technician of {plan.site}; add to the acl_file of the site's broker", ""]
    for device in devices:
        lines.append(f"user {device}")
        lines += [f"topic write gw/1/{plan.site}/{device}/{kind}" for kind in SAYS]
        lines += [f"topic read gw/1/{plan.site}/{device}/{kind}" for kind in HEARS]
        lines.append("")
    lines.append(f"user {technician_login(plan)}")
    lines += [f"topic read gw/1/{plan.site}/+/{kind}" for kind in ("ack", "status")]
    return "\n".join(lines) + "\n"


def _endpoints(entries: Iterable[Entry]) -> str:
    """[[endpoints]] of the gateway's site file."""
    parts = []
    for entry in entries:
        fields = {"device": entry.device, "kind": entry.kind, "place": entry.place, "grid": entry.grid}
        rows = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        parts.append("\n".join(["[[endpoints]]", *rows, ""]))
    return "\n".join(parts)
