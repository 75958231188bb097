"""A gateway for one terminal: sends tasks and settings, knows what the worker told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from protocol import tasks
from tests.firmware.bench import Recorder
from tests.firmware.handheld.terminal_cases import PIN

DEVICE = "hand-07"
SETTINGS: dict[str, Any] = {
    "pin": PIN,
    "language": "zh",
    "notes": ["已消除隐患", "误报", "需其他单位处理"],
    "kinds": [["fire", "火灾隐患"], ["escape", "通道堵塞"], ["other", "其他"]],
    "places": [["here", "当前位置"], ["p1", "东门"], ["p2", "3号楼"]],
    "track_s": 30,
    "track_m": 20,
    "lock_s": 3600,
}


@dataclass
class Gateway(Recorder):
    """One terminal's."""

    def whats(self) -> list[str]:
        """Of the reports in order of their first arrival."""
        return [report["what"] for report in self.told()]

    def told(self, what: str | None = None) -> list[dict[str, Any]]:
        """The reports that say this, or all, repetitions left out."""
        first = {report["id"]: report for report in reversed(self.reports)}
        wanted = [first[key] for key in dict.fromkeys(report["id"] for report in self.reports)]
        return [report for report in wanted if what in (None, report["what"])]

    def answered(self, name: str) -> tuple[bool, dict[str, Any]] | None:
        """The answer to a command or to settings."""
        return next(((ok, data) for asked, ok, data in self.answers if asked == name), None)

    def settle(self, version: int = 1, **changes: Any) -> None:
        """Push settings."""
        self.configure(DEVICE, version, **(SETTINGS | changes))

    def assign(self, **task: Any) -> None:
        """Put a task on the worker's list, or change it there."""
        self.send(DEVICE, "task", tasks.encode(task))

    def summary(self) -> str:
        """For messages of failing tests."""
        return f"{self.whats()} {self.answers} {super().summary()}"
