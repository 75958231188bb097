"""The archive of a backup: its names, and what making and restoring share."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from gateway.store.disk import PROBE, RESERVE

PATTERN = "gridwhistle-backup-*.tar.gz"
MANIFEST, DATA, SITE = "manifest.json", "data", "site.toml"
FORMAT = 1
ASIDE = "before-restore-"
STAYS = ("backups", RESERVE, PROBE)


class BackupError(Exception):
    """It was not done; the text says why, in both languages, and what to do."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def give_to_owner_of(folder: Path, *paths: Path) -> None:
    """What root makes for a gateway belongs to the gateway."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
