"""The form of a move as a browser sends it, and what it still lacks."""

from __future__ import annotations

from pydantic import BaseModel, Field

from cloud.api.incidents import OF_ANOTHER, TEXT
from cloud.console.words import Words
from cloud.words.times import read
from domain.incidents import NEEDS_REASON, Move

# the console also asks what was found, and how it ended
REASONED = NEEDS_REASON | {Move.FEED_BACK, Move.CLOSE}
BY_PHONE = (Move.START_HANDLING, Move.FEED_BACK, Move.VERIFY, Move.EVALUATE, Move.REPLY, Move.DECLINE)
SURE = (Move.VOID, Move.MERGE)  # afterwards it is no longer on the board: a tick says that somebody has looked
OF_A_DEPARTMENT = (Move.ASK, Move.REPLY, Move.DECLINE, Move.RELEASE)
# move -> what it cannot do without, and the words that say so
NEEDS: dict[Move, tuple[str, str]] = {
    Move.DISPATCH: ("person", "error.person"),
    **dict.fromkeys(OF_A_DEPARTMENT, ("department", "error.department")),
    **dict.fromkeys(OF_ANOTHER, ("other", "error.other")),
    Move.EXTEND: ("until", "error.until"),
    Move.EVALUATE: ("grade", "error.grade"),
}


class Fields(BaseModel):
    """What the page sends; each move needs some of it."""

    version: int
    reason: str = Field(default="", max_length=2000, pattern=TEXT)
    person: str = Field(default="", max_length=200, pattern=TEXT)
    department: str = Field(default="", max_length=64, pattern=TEXT)
    other: str = Field(default="", max_length=64, pattern=TEXT)
    until: str = Field(default="", max_length=32)  # local time, as the browser writes it
    grade: str = Field(default="", max_length=16)
    leads: bool = False
    phone: bool = False
    sure: bool = False

    @property
    def to(self) -> str | None:
        """Whom or what the move goes to."""
        return self.person or self.department or self.other or None

    def until_ms(self, offset_min: int) -> int | None:
        """The time that was named. Raises ValueError."""
        return read(self.until, offset_min) if self.until else None


def missing(words: Words, move: Move, fields: Fields) -> str | None:
    """What the form lacks, in words; None where nothing does."""
    field, text = NEEDS.get(move, ("", ""))
    if field and not getattr(fields, field):
        return words.t(text)
    if move in REASONED and not fields.reason.strip():
        return words.t("error.reason", move=words.code("move", move))
    if move in SURE and not fields.sure:
        return words.t("error.sure", move=words.code("move", move))
    try:
        fields.until_ms(words.offset_min)
    except ValueError:
        return words.t("error.until")
    return None
