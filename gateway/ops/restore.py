"""The way back from a backup: proved first, then put in the place of what is there, which is moved aside."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from gateway.identity.home import Identity
from gateway.ops.archive import ASIDE, DATA, FORMAT, MANIFEST, SITE, STAYS, BackupError, give_to_owner_of, sha256_of
from gateway.store.schema import DATABASE, SCHEMAS
from gateway.telemetry.store import FILE as TELEMETRY
from runtime.brokers import files
from runtime.brokers.errors import IdentityError

ASIDE_KEPT = 3  # what was there before the last restores
SITE_MODE = 0o640  # as docs/gateway.md installs the site file


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
        if sha256_of(folder / name) != digest:
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
            give_to_owner_of(data_dir, part)
        if (data_dir / path.name).exists():  # history that is newer than the backup's
            continue
        path.rename(data_dir / path.name)
    return aside
