"""What was believed of the time, in a small file: a restart must not begin to believe anew."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from runtime.brokers import files

log = structlog.get_logger()
NAME = "history-clock.json"  # in data_dir, beside the readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """At the last look."""

    believed_ms: int
    doubted_for_ms: int | None = None  # how long a leap of the clock is in doubt already; None: it is not


class Memory:
    """One per job that forgets. Without sense it is as none; one that cannot be written is said and lived without."""

    def __init__(self, folder: Path, name: str = NAME) -> None:
        self._path = folder / name

    def read(self) -> Believed | None:
        """What the last process believed; None where there was none."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            doubted = told["doubted_for_ms"]
            return Believed(
                believed_ms=int(told["believed_ms"]), doubted_for_ms=None if doubted is None else int(doubted)
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("believed_clock_unknown", file=str(self._path), why=repr(error), remedy="none: written anew")
            return None

    def write(self, believed: Believed) -> None:
        """Durable, and never half of it."""
        try:
            files.write(self._path, json.dumps(asdict(believed)).encode())
        except OSError as error:
            log.warning("believed_clock_not_kept", why=str(error), remedy="free disk space under data_dir")
