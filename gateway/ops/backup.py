"""Backup of a running gateway: one archive of database, identity and bundles, proved by digests."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.ops.archive import ASIDE, DATA, FORMAT, MANIFEST, PATTERN, SITE, BackupError, give_to_owner_of, sha256_of
from gateway.store.disk import PROBE, RESERVE
from gateway.store.schema import DATABASE, SCHEMAS
from gateway.telemetry.store import FILE as TELEMETRY
from runtime.release import version

NAME = "gridwhistle-backup-{at}.tar.gz"
LEVEL = 1  # of gzip: a box in a cupboard has a slow processor
LEFT_OUT = (
    "backups",
    RESERVE,
    PROBE,
    "mosquitto.db*",
    "mosquitto.pid",
    "*-wal",
    "*-shm",
    "*.torn-*",
    f"{ASIDE}*",
    "before-schema-*",
    ".*",
)
SECRET = 0o600  # keys and passwords are in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished backup."""

    path: Path
    files: int
    size: int


def newest_backup(folder: Path) -> Path | None:
    """The newest of a folder, by the time in its name."""
    return max(folder.glob(PATTERN), key=lambda path: path.name, default=None)


def back_up(data_dir: Path, folder: Path, now_ms: int, *, site_file: Path | None, history: bool, kept: int) -> Made:
    """Write one archive beside a running gateway, then remove the oldest above `kept`. Raises BackupError."""
    at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / NAME.format(at=at)
    if not (data_dir / DATABASE).is_file():
        raise BackupError(f"{data_dir} 里没有网关数据库 / holds no database of a gateway; set the data folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as work:
            archive = Path(work) / target.name
            count = _write(archive, data_dir, site_file, now_ms, history=history)
            with suppress(PermissionError):  # a stick knows no owners
                give_to_owner_of(data_dir, archive)
            archive.replace(target)
        for old in sorted(folder.glob(PATTERN), key=lambda path: path.name)[: -max(1, kept)]:
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"备份没有完成 / The backup was not made: {error}") from None
    return Made(path=target, files=count, size=target.stat().st_size)


def _write(archive: Path, data_dir: Path, site_file: Path | None, now_ms: int, *, history: bool) -> int:
    digests: dict[str, str] = {}
    archive.touch(SECRET)
    with tarfile.open(archive, "w:gz", compresslevel=LEVEL) as tar:
        for source in _sources(data_dir, history=history):
            name = f"{DATA}/{source.relative_to(data_dir)}"
            _add(tar, source, name, archive.parent, digests)
        if site_file is not None and site_file.is_file():
            _add(tar, site_file, SITE, archive.parent, digests)
        manifest = {"format": FORMAT, "version": version(), "schema": max(SCHEMAS), "made_ms": now_ms, "files": digests}
        _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
    with archive.open("rb") as written:
        os.fsync(written.fileno())
    return len(digests)


def _sources(data_dir: Path, *, history: bool) -> Iterator[Path]:
    left_out = LEFT_OUT if history else (*LEFT_OUT, TELEMETRY)
    for path in sorted(data_dir.rglob("*")):
        parts = [Path(part) for part in path.relative_to(data_dir).parts]
        if path.is_file() and not path.is_symlink() and not any(part.match(x) for part in parts for x in left_out):
            yield path


def _add(tar: tarfile.TarFile, source: Path, name: str, work: Path, digests: dict[str, str]) -> None:
    """One file as it is at this moment; one that has gone meanwhile is not missed."""
    copy = work / "still"
    try:
        _copy_still(source, copy)
    except FileNotFoundError:
        return
    digests[name] = sha256_of(copy)
    tar.add(copy, name, filter=_private)
    copy.unlink()


def _copy_still(source: Path, copy: Path) -> None:
    """A copy that nobody writes into; of a database one snapshot."""
    if source.suffix != ".sqlite":
        shutil.copyfile(source, copy)  # written anew between its digest and its place, it could not be restored
        return
    uri = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as live, closing(sqlite3.connect(copy)) as still:
        live.backup(still)  # in one step: in several it would begin again after every commit


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode, member.uid, member.gid, member.uname, member.gname = member.mode & 0o700, 0, 0, "", ""
    return member


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text.encode()), SECRET
    tar.addfile(member, io.BytesIO(text.encode()))
