"""Templates of pages, compiled once for all the applications that tests make: that is a tenth of a test of a page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache

from cloud.console import view


def keep_compiled(folder: Path | str) -> None:
    """From now on, there; a template that changed is compiled anew."""
    view.Environment = partial(Environment, bytecode_cache=FileSystemBytecodeCache(str(folder)))
