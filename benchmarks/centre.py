"""A real centre in a process of its own for a bench with a browser, told what its gateways say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulators.brokers import free_port

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Centre:
    """tests/console/centre.py, of any version of the tree."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        port = str(urlsplit(self.url).port)
        command = [sys.executable, "-m", "tests.console.centre", "--port", port, "--data", str(folder)]
        self._process = subprocess.Popen(command, cwd=root, stdin=-1, stdout=-1, text=True)
        self._await("http")

    def cpu_s(self) -> float:
        """Processor time of the process so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate(timeout=20)

    def tell(self, **fact: Any) -> None:
        """A fact of the gateway; returns when it is committed."""
        self._say(fact)
        self._await("taken")

    def log_in(self, person: str) -> str:
        """The cookie of somebody's browser."""
        self._say({"login": person})
        return self._await("cookie").split()[1]

    def _say(self, fact: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(fact) + "\n")
        self._process.stdin.flush()

    def _await(self, start: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(start):
                return line.strip()
            if line.startswith("failed"):
                raise RuntimeError(f"the centre did not take it: {line.strip()}")
        raise RuntimeError(f"the centre ended before it said {start}; its own words stand above")
