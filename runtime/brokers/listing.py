"""Every login of a broker, for people and as JSON; and who looks."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from runtime.brokers.logins import Login, Roll

WORDS = {
    "endpoint": "终端",
    "gateway": "网关",
    "technician": "技术员工具箱",
    "viewer": "看板",
    "service": "中心",
    "active": "有效",
    "revoked": "已吊销",
}


def person() -> str:
    """Who does this, as the operating system knows him."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def as_json(roll: Roll, devices: frozenset[str]) -> str:
    """Without hashes: a list of logins is shown around."""
    return json.dumps([_row(login, devices) for _, login in sorted(roll.logins.items())], ensure_ascii=False, indent=1)


def show(console: Console, roll: Roll, devices: frozenset[str]) -> None:
    """A table. `devices`: of the site file."""
    table = Table()
    for heading in ("登录名 login", "角色 role", "状态 state"):
        table.add_column(heading, no_wrap=True)
    for heading in ("位置 place / site", "最近一次 last change", "站点文件 site file"):
        table.add_column(heading)
    for _, login in sorted(roll.logins.items()):
        row = _row(login, devices)
        last = f"{row['at']} {row['by']}" + (f"：{row['reason']}" if row["reason"] else "")
        listed = {True: "✓", False: "✗ 没有 missing"}.get(login.name in devices) if login.role == "endpoint" else ""
        names = [f"{WORDS[code]} {code}" for code in (login.role, login.state)]
        table.add_row(login.name, *names, login.place or login.site, last, listed)
    console.print(table)
    for device in sorted(devices - set(roll.logins)):
        console.print(f"✗ {device}: 站点文件里有，却没有登录名，它连不上 in the site file, and has no login: enrol it")


def _row(login: Login, devices: frozenset[str]) -> dict[str, object]:
    last = login.history[-1] if login.history else None
    when = datetime.fromtimestamp(last.at_ms / 1000, UTC).isoformat(timespec="seconds") if last else ""
    return {
        "name": login.name,
        "role": str(login.role),
        "state": str(login.state),
        "kind": login.kind,
        "place": login.place,
        "site": login.site,
        "at": when,
        "by": last.by if last else "",
        "reason": last.reason if last else "",
        "in_site_file": login.name in devices if login.role == "endpoint" else None,
    }
