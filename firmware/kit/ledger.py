"""The memory of a job: which chip became which endpoint and how far, and the hand-over report. Nothing secret in it."""

from __future__ import annotations

import csv
import json
import os
import threading
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType

from firmware.kit.texts import KitError

JOURNAL, REPORT_CSV, REPORT_JSON, LOCK = "journal.jsonl", "handover.csv", "handover.jsonl", "in_use.lock"
STARTED, WRITTEN, PROVED, FAILED, RELEASED = "started", "written", "proved", "failed", "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """One line of the report: what was done to one board, and how it ended."""

    at: str
    device: str
    kind: str
    board: str
    site: str
    grid: str
    place: str
    chip: str
    check: str
    micropython: str
    firmware: str
    digest: str
    written: int
    result: str
    proof: str
    faults: str
    trouble: str


class Ledger:
    """Append only; every line is on disk before the next step. `with` it: one run at a time works in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._lock_fd: int | None = None
        self._last: dict[str, tuple[str, str]] = {}  # device -> (chip, state)

    def __enter__(self) -> Ledger:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock_fd = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(self._lock_fd):
            os.close(self._lock_fd)
            raise KitError("folder_in_use", str(self.folder))
        self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _read(self) -> None:
        path = self.folder / JOURNAL
        if not path.exists():
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                self._last[str(entry["device"])] = (str(entry["chip"]), str(entry["state"]))
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a run that lost its power

    def chip_of(self, device: str) -> str | None:
        """The chip that was begun as this endpoint and not released."""
        chip, state = self._last.get(device, ("", RELEASED))
        return None if state == RELEASED else chip

    def state_of(self, device: str) -> str | None:
        """How far it is."""
        return self._last[device][1] if device in self._last else None

    def note(self, device: str, chip: str, state: str, step: str = "") -> None:
        """One line in the journal."""
        with self._guard:
            self._last[device] = (chip, state)
            _append(self.folder / JOURNAL, json.dumps({"device": device, "chip": chip, "state": state, "step": step}))

    def hand_over(self, line: HandOver) -> None:
        """One line in both reports."""
        with self._guard:
            _append(self.folder / REPORT_JSON, json.dumps(asdict(line), ensure_ascii=False))
            path = self.folder / REPORT_CSV
            fresh = not path.exists()
            # the mark makes spreadsheets read Chinese as UTF-8
            with path.open("a", encoding="utf-8-sig" if fresh else "utf-8", newline="") as file:
                writer = csv.writer(file)
                if fresh:
                    writer.writerow([field.name for field in fields(HandOver)])
                writer.writerow([_plain(value) for value in asdict(line).values()])
                file.flush()
                os.fsync(file.fileno())


def _plain(value: object) -> str:
    """A spreadsheet must not take a text for a formula."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        if file.tell() and not _ends_clean(path):
            file.write("\n")
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _ends_clean(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _locked(fd: int) -> bool:
    """True where nobody else holds it; it is free again when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows: the work is safe there as well, two runs in one folder are not refused
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
