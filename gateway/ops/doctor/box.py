"""The box: its clock, its disk, the process that should run on it, its backups."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from gateway.ops import judge
from gateway.ops.backup import newest_backup
from gateway.ops.findings import Finding, bad, good, warning
from gateway.ops.overview import disk_of
from gateway.settings import Settings
from runtime.clock import CLOCK_SET_MS

TIME_ERROR = 5  # adjtimex(2): no time server steers the clock
BACKUP_OLD_MS = 35 * 86_400_000  # default: monthly, and some days of grace
LOCAL = timezone(timedelta(hours=8))  # one zone for the whole country
ANSWER_S = 3.0


def clock(now_ms: int, *, synchronised: bool) -> Finding:
    """Set at all, and steered by a time server."""
    now = datetime.fromtimestamp(now_ms / 1000, LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    if now_ms < CLOCK_SET_MS:
        return bad("clock", "clock_unset", now=now)
    return good("clock", "clock_good", now=now) if synchronised else warning("clock", "clock_free", now=now)


def is_synchronised() -> bool:
    """What the kernel says, whichever program steers its clock."""
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.adjtimex(ctypes.create_string_buffer(512)) != TIME_ERROR)  # zeroed: asks, changes nothing


def disk(folder: Path) -> list[Finding]:
    """There, writable, and with room."""
    if not folder.is_dir():
        return [bad("disk", "disk_missing", folder=folder)]
    found = disk_of(folder)
    findings = [] if found is None else [judge.disk(found)]
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
            probe.write(b"x")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        findings.append(bad("disk", "disk_unwritable", folder=folder, why=error.strerror))
    return findings


def is_running(folder: Path) -> bool:
    """True while a gateway holds the lock on the data folder."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def process(settings: Settings) -> Finding:
    """A gateway runs, and works."""
    if not is_running(settings.data_dir):
        return bad("process", "not_running", folder=settings.data_dir)
    complaints = list(_complaints(settings)) if settings.http_port else []
    return bad("process", "hangs", why="; ".join(complaints)) if complaints else good("process", "running")


def said(settings: Settings) -> dict[str, Any]:
    """What the running gateway says of its links; nothing, where nobody says it."""
    try:
        return _ask(settings, "readyz") if settings.http_port else {}
    except (OSError, ValueError):
        return {}


def _complaints(settings: Settings) -> Iterator[str]:
    try:
        yield from _ask(settings, "healthz").get("complaints", [])
    except (OSError, ValueError) as error:
        yield f"{settings.http_host}:{settings.http_port}: {error}"


def _ask(settings: Settings, page: str) -> dict[str, Any]:
    """What the running gateway says of itself, well or not. Raises OSError, ValueError."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)  # noqa: S104 - any
    place = f"[{host}]" if ":" in host else host
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{place}:{settings.http_port}/{page}", timeout=ANSWER_S) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))


def backups(folder: Path, now_ms: int) -> Finding:
    """A copy to begin again from."""
    found = newest_backup(folder)
    if found is None:
        return warning("backup", "backup_none", folder=folder)
    age_ms = max(0, now_ms - int(found.stat().st_mtime * 1000))
    if age_ms > BACKUP_OLD_MS:
        return warning("backup", "backup_old", age=age_ms / 1000, name=found.name)
    return good("backup", "backup_good", age=age_ms / 1000, name=found.name)
