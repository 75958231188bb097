"""Files that are there whole or not at all, of the owner of their folder, readable by nobody else."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
FOR_BROKER = 0o640  # its group is the broker's
PUBLIC = 0o644


def write(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Replace a file; durable when this returns. Where root does it, the folder's owner gets it. Raises OSError."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)
        give_to_owner_of(path.parent, new)
        os.fchmod(file.fileno(), mode)  # open() would take the umask off
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_folder(path: Path, mode: int) -> None:
    """A folder of the owner of the one above it. Raises OSError."""
    if not path.is_dir():
        path.mkdir(parents=True)
        give_to_owner_of(path.parent, path)
    if path.stat().st_uid in (os.geteuid(), 0) or os.geteuid() == 0:
        path.chmod(mode)


def give_to_owner_of(folder: Path, path: Path) -> None:
    """Only root can, and only root must: `sudo gridwhistle …` must not leave files that the service cannot read."""
    if os.geteuid() == 0:
        os.chown(path, folder.stat().st_uid, -1)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time, among processes; the lock goes with the process that holds it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)  # nobody else may hold it, not even to be in the way
    try:
        give_to_owner_of(path.parent, path)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
