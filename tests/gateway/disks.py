"""Small disks that really are full, and really read-only: a tmpfs of a few megabytes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A mounted disk; its root is the data folder of a gateway."""

    def __init__(self, mount: Path) -> None:
        self.mount = mount
        self.data = mount

    def fill(self) -> None:
        """Somebody else takes all that is left."""
        with (self.mount / "of_somebody_else").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def free(self) -> None:
        """Somebody removes it again."""
        (self.mount / "of_somebody_else").unlink(missing_ok=True)

    def read_only(self, yes: bool) -> None:
        """As the kernel does after an error of the medium."""
        subprocess.run(["mount", "-o", f"remount,{'ro' if yes else 'rw'}", str(self.mount)], check=True)


@contextmanager
def small_disk(folder: Path, size_kb: int) -> Iterator[SmallDisk]:
    """A disk of a test. Needs the right to mount."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount the small disk of this test")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
