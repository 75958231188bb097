"""The front door where only the parts of a gateway's package are installed."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from scripts.build_deb import ROOMS
from tests.gateway.site import REPOSITORY

RUN = "import sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3]; import gridwhistle; gridwhistle.main()"


@pytest.mark.parametrize(
    ("words", "room"), [("demo", "simulators"), ("replay no.csv", "simulators"), ("cloud run", "cloud")]
)
def test_what_is_not_installed_is_said(tmp_path: Path, words: str, room: str) -> None:
    """One sentence in both languages and exit status 2; no trace."""
    for name in (*ROOMS, "gridwhistle.py"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    # -S: without the hooks by which this repository itself is installed
    command = [sys.executable, "-I", "-S", "-c", RUN, str(tmp_path), sysconfig.get_path("purelib"), *words.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"此安装不含 {room}" in done.stderr
    assert f"{room} is not part of this installation" in done.stderr
    assert done.stderr.count("\n") == 1
