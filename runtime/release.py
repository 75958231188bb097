"""Which release runs: an installed one says so in a file beside its code, a checkout by its metadata."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path

FILE = "RELEASE"  # <release>/RELEASE, where the code is <release>/lib/runtime/release.py
_CODE = Path(__file__).resolve()


@cache
def version() -> str:
    """Version of the running code."""
    told = _CODE.parents[2] / FILE
    try:
        return told.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return metadata.version("gridwhistle")


def name() -> str:
    """The folder of an installed release, which tells two installations of one version apart; empty of a checkout."""
    return _CODE.parents[2].name if (_CODE.parents[2] / FILE).is_file() else ""


def software() -> str:
    """Name and version, as the status tells it."""
    return f"gridwhistle {version()}"
