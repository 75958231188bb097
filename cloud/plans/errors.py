"""What can be wrong with a version of a plan; the class tells the caller what to do."""

from __future__ import annotations


class PlanConflict(RuntimeError):
    """Somebody stored another version in between: look at it, then decide again."""

    def __init__(self, section: str, number: int) -> None:
        super().__init__(f"{section} is at version {number} by now; look at what changed and apply yours to that")
        self.section, self.number = section, number


class UnknownVersion(LookupError):
    """No such section or version: choose one of the history."""


class FindingsOpen(ValueError):
    """The document is usable, but has findings that somebody must mend or accept by name."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings
