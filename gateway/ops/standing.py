"""How the releases of a gateway stand: notes of the package's scripts, small files of `name=value` lines, by root."""

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
    release: str = ""


def read(folder: Path | None, name: str) -> Trial | None:
    """The trial that a note tells of; None where there is none."""
    if folder is None:
        return None
    try:
        lines = (folder / name).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    values: Mapping[str, str] = dict(line.split("=", 1) for line in lines if "=" in line)
    return Trial(
        version=values.get("version", "?"), previous=values.get("previous", "?"), release=values.get("release", "")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the scripts have noted: a release on trial, and one that failed since."""

    on_trial: Trial | None = None
    failed: Trial | None = None

    @classmethod
    def of(cls, folder: Path | None) -> Standing:
        """As it is now."""
        return cls(on_trial=read(folder, TRIAL), failed=read(folder, ROLLED_BACK))
