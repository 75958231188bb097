"""A move as a person asks for it, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from cloud.records import Act, DeskError
from cloud.store.models import Incident
from domain.incidents import Move


class Conflict(DeskError):
    """Somebody else was faster. Look again, then decide again."""

    def __init__(self, incident: Incident, expected: int, by: str, what: str) -> None:
        super().__init__(f"{by} did '{what}' first; the incident is now {incident.stage}: look again and decide again")
        self.stage = incident.stage
        self.version = incident.version
        self.expected = expected
        self.by = by
        self.what = what


class NobodyNamed(DeskError):
    """The move needs a person or a department, and one whom the plan knows."""


class Incomplete(DeskError):
    """The move needs one more thing; `field` names it."""

    def __init__(self, move: Move, field: str, text: str) -> None:
        super().__init__(f"{move} needs {field}: {text}")
        self.move = move
        self.field = field


class ChildrenOpen(DeskError):
    """A parent is closed last."""


class PartsOpen(DeskError):
    """A department has not answered, or has declined and the centre has not decided."""

    def __init__(self, departments: tuple[str, ...]) -> None:
        super().__init__(f"cannot close: no answer of {', '.join(departments)}; wait for it, or release the department")
        self.departments = departments


class NotTheirs(DeskError):
    """Somebody of one department speaks for another."""


class NoTierAbove(DeskError):
    """It stands at the top already: there is nobody to pass it to."""


class InsideAnother(DeskError):
    """It is a member of another incident, which has its deadlines and its holder."""


class BadTime(DeskError):
    """The time that was named cannot be used; the text says which can."""


class NotMergeable(DeskError):
    """These two cannot be one; the text says why."""


class NotMerged(DeskError):
    """There is nothing to take apart."""


class More(TypedDict, total=False):
    """What a move may need beside who and what; each as in Command."""

    reason: str
    to: str | None
    until_ms: int | None
    grade: str | None
    leads: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A move that a person asks for. `expected_version` is the version of the row they were looking at."""

    incident_id: str
    move: Move
    actor: str
    expected_version: int
    reason: str = ""
    to: str | None = (
        None  # by move: the person or department who goes, the department that is asked, the other incident
    )
    until_ms: int | None = None  # extend: the new deadline; suspend: until when, as far as one can tell
    grade: str | None = None  # evaluate
    leads: bool = False  # ask: this department leads
    source: str = ""  # console, api, handheld, phone

    def act(self, at_ms: int) -> Act:
        """Who does it, when, why, and from where."""
        return Act(actor=self.actor, at_ms=at_ms, reason=self.reason.strip(), source=self.source)
