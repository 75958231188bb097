"""Backup of a running gateway and the way back: one archive of database, identity and bundles, proved by digests."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.identity.home import Identity
from gateway.ops.release import version
from gateway.store.disk import PROBE, RESERVE
from gateway.store.schema import DATABASE, SCHEMAS
from gateway.telemetry.store import FILE as TELEMETRY
from runtime.brokers import files
from runtime.brokers.errors import IdentityError

NAME = "gridwhistle-backup-{at}.tar.gz"
PATTERN = "gridwhistle-backup-*.tar.gz"
MANIFEST, DATA, SITE = "manifest.json", "data", "site.toml"
FORMAT, LEVEL = 1, 1  # level of gzip: a box in a cupboard has a slow processor
ASIDE, ASIDE_KEPT = "before-restore-", 3  # what was there before the last restores
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
STAYS = ("backups", RESERVE, PROBE)
SECRET, SITE_MODE = 0o600, 0o640  # keys and passwords are in it; as docs/gateway.md installs the site file


class BackupError(Exception):
    """It was not done; the text says why, in both languages, and what to do."""


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
                _give_to_owner_of(data_dir, archive)
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
    digests[name] = _digest(copy)
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


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _give_to_owner_of(folder: Path, *paths: Path) -> None:
    """What root makes for a gateway belongs to the gateway."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    """No gateway may start while its folder is exchanged."""
    data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as a gateway does
        yield
    except BlockingIOError:
        raise BackupError(
            "网关正在运行，请先停止：systemctl stop gridwhistle-gateway / "
            "a gateway runs on this folder; stop it first: systemctl stop gridwhistle-gateway"
        ) from None
    finally:
        os.close(handle)


def restore(archive: Path, data_dir: Path, site_file: Path | None = None) -> Path | None:
    """Put a backup in the place of what is there, which is moved aside (returned). Nothing changes where it fails."""
    try:
        with _alone_in(data_dir), tempfile.TemporaryDirectory(dir=data_dir, prefix=".restore-") as work:
            fresh = Path(work)
            _unpack(archive, fresh)
            aside = _exchange(fresh / DATA, data_dir)
            _mend_identity(data_dir, aside)
            if site_file is not None and (fresh / SITE).is_file() and not site_file.exists():
                _put_site_file(fresh / SITE, site_file, data_dir)
            return aside
    except (OSError, EOFError, zlib.error, sqlite3.Error, tarfile.TarError, ValueError, KeyError) as error:
        raise BackupError(f"{archive} 无法恢复 / cannot be restored: {error}") from None


def _put_site_file(found: Path, site_file: Path, data_dir: Path) -> None:
    """Passwords may stand in it: for the service's group, and for nobody else."""
    files.write(site_file, found.read_bytes(), SITE_MODE)
    if os.geteuid() == 0:
        os.chown(site_file, -1, data_dir.stat().st_gid)


def _mend_identity(data_dir: Path, aside: Path | None) -> None:
    """As mosquitto needs it; and whoever was revoked since the backup stays out."""
    home = Identity(data_dir).home
    if not home.exists:
        return
    newer = b"" if aside is None else Identity(aside).logins_here()
    try:
        home.mend(newer)
    except IdentityError as error:
        raise BackupError(
            f"已恢复，但登录与证书不完整 / Restored, but logins and certificates are not: {error}"
        ) from None


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack and prove everything before anything is touched."""
    with tarfile.open(archive, "r:gz") as tar:
        tar.extractall(folder, filter="data")
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT or manifest["schema"] > max(SCHEMAS):
        raise BackupError(
            f"这个备份来自更新的版本 {manifest['version']}，请先升级 / "
            f"this backup was made by the newer version {manifest['version']}; upgrade first"
        )
    for name, digest in manifest["files"].items():
        if _digest(folder / name) != digest:
            raise ValueError(f"{name} is damaged")
    with closing(sqlite3.connect(folder / DATA / DATABASE)) as db:
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError(f"{DATABASE} is damaged")


def _exchange(fresh: Path, data_dir: Path) -> Path | None:
    present = [
        path
        for path in data_dir.iterdir()
        if path.name not in STAYS and not path.name.startswith((".restore-", ASIDE, TELEMETRY))
    ]
    aside = None
    if present:
        before = sorted(int(path.name[len(ASIDE) :]) for path in data_dir.glob(f"{ASIDE}[0-9]*"))
        aside = data_dir / f"{ASIDE}{before[-1] + 1 if before else 1}"
        aside.mkdir()
        for path in present:
            path.rename(aside / path.name)
        for number in before[: 1 - ASIDE_KEPT]:
            shutil.rmtree(data_dir / f"{ASIDE}{number}", ignore_errors=True)
    for path in fresh.iterdir():
        for part in (path, *path.rglob("*")):
            _give_to_owner_of(data_dir, part)
        if (data_dir / path.name).exists():  # history that is newer than the backup's
            continue
        path.rename(data_dir / path.name)
    return aside
