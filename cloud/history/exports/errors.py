"""What is refused; cloud/api/problems.py words it."""

from __future__ import annotations


class UnknownExport(LookupError):
    """No such export, or it is somebody else's."""


class NoFile(Exception):
    """The export has no file: it waits, runs, has failed, or was deleted after its time."""


class ExportsFull(Exception):
    """Too many at once; wait for one to end, or cancel it."""
