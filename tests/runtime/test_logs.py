"""Logs: one JSON object a line, and files that never grow beyond their bound."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

WRITE = """
import logging, sys, structlog
from pathlib import Path
from runtime.logs import LogFile, set_up
set_up("info", LogFile(path=Path(sys.argv[1]) / "logs" / "gateway.log", max_bytes=20_000, files=3))
log = structlog.get_logger()
for number in range(1_000):
    log.info("counted", number=number, text="统" * 20)
log.debug("never")
logging.getLogger("library").warning("said %s", "something")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
"""


def test_files_rotate_and_are_bounded(tmp_path: Path) -> None:
    """Three files of 20 kB, the newest lines in the first, each line whole."""
    subprocess.run([sys.executable, "-c", WRITE, str(tmp_path)], check=True, capture_output=True)
    files = sorted((tmp_path / "logs").iterdir())
    newest = files[0].read_text(encoding="utf-8").splitlines()

    assert [path.name for path in files] == ["gateway.log", "gateway.log.1", "gateway.log.2"]
    assert all(path.stat().st_size <= 20_000 for path in files)
    assert newest[-2] == "library WARNING said something"
    assert "ZeroDivisionError" in json.loads(newest[-1])["exception"]
    numbers = [
        json.loads(line)["number"]
        for path in reversed(files)
        for line in path.read_text().splitlines()[:50]
        if "counted" in line
    ]
    assert numbers == sorted(numbers)


def test_a_disk_that_takes_no_line_costs_the_line_only(tmp_path: Path) -> None:
    """/dev/full is a real full disk."""
    script = WRITE.replace('Path(sys.argv[1]) / "logs" / "gateway.log"', 'Path("/dev/full")')
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


def test_without_a_file_it_is_standard_error(tmp_path: Path) -> None:
    """What a service manager collects."""
    script = WRITE.replace(', LogFile(path=Path(sys.argv[1]) / "logs" / "gateway.log", max_bytes=20_000, files=3)', "")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True, encoding="utf-8"
    )
    lines = done.stderr.splitlines()

    assert len([line for line in lines if "counted" in line]) == 1_000
    assert "library WARNING said something" in lines
    assert "统统统" in done.stderr
