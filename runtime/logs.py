"""Structured logs: JSON for machines, plain where a person is looking; on standard error, or in files that rotate."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO, cast

import structlog

OURS = "gridwhistle"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """Where to write instead of standard error, and how much of it to keep: `files` of `max_bytes` each."""

    path: Path
    max_bytes: int
    files: int


class _Lines(logging.Formatter):
    """Lines of structlog as they are, those of libraries with their name."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage() if record.name == OURS else super().format(record)


class _Files(RotatingFileHandler):
    """A disk that is full costs lines, never the process, and is told once."""

    told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Instead of a trace for every line."""
        if not self.told:
            self.told = True
            sys.stderr.write(
                f"日志写不进文件 / The log cannot be written to {self.baseFilename}: {sys.exc_info()[1]}\n"
            )


class _Standard:
    """Standard error as it is when something is written: whoever set up logging may have had another one."""

    def write(self, line: str) -> None:
        sys.stderr.write(line)

    def flush(self) -> None:
        sys.stderr.flush()


class _Rotating:
    """What structlog writes lines to."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler

    def write(self, line: str) -> None:
        self._handler.handle(logging.makeLogRecord({"name": OURS, "msg": line.rstrip("\n")}))

    def flush(self) -> None:
        """The handler flushes every line by itself."""


def set_up(level: str = "info", file: LogFile | None = None) -> None:
    """Configure logging of this process, libraries included. Raises OSError where the file cannot be written."""
    target = cast(TextIO, _Standard())
    handler: logging.Handler = logging.StreamHandler(target)
    if file is not None:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        handler = _Files(file.path, maxBytes=file.max_bytes, backupCount=max(1, file.files - 1), encoding="utf-8")
        target = cast(TextIO, _Rotating(handler))
    plain = file is None and sys.stderr.isatty()
    # people read a journal; the bound of a file counts characters, so that only ASCII keeps it
    as_json = structlog.processors.JSONRenderer(ensure_ascii=file is not None)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if plain else as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=True,
    )
    handler.setFormatter(_Lines("%(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
