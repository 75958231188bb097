"""The trial of a new release, as the package's scripts note it: small files of `name=value` lines, written by root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TRIAL, ROLLED_BACK = "trial", "rolled-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A release that is, or was, on trial, and the one that comes back for it."""

    version: str
    previous: str


def read(folder: Path | None, name: str) -> Trial | None:
    """The trial that a file tells of; None where there is none."""
    if folder is None:
        return None
    try:
        lines = (folder / name).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    values: Mapping[str, str] = dict(line.split("=", 1) for line in lines if "=" in line)
    return Trial(version=values.get("version", "?"), previous=values.get("previous", "?"))
