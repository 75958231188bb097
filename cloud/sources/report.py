"""One report of a person or another line, checked once."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from domain.duplicates import Position
from domain.sources import Source

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KEY = re.compile(r"[\x21-\x7e]{1,128}")
PLACE_MAX, TEXT_MAX, CALLER_MAX = 200, 2000, 200
PHOTO_MAX = 10**9


class ReportError(ValueError):
    """A report that cannot be taken; names the field and the remedy. Nothing has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOf:
    """Who called. Personal: sealed at rest, read only by those who may."""

    name: str = ""
    phone: str = ""

    def __post_init__(self) -> None:
        for field in ("name", "phone"):
            _length(f"caller.{field}", getattr(self, field), CALLER_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was told. `line` and `number`: the other system and its own number; `key`: the same request twice is one."""

    source: Source
    matter: str
    reporter: str  # a person's id, `token:<name>`, or the device where nobody is known behind it
    at_ms: int  # when it was seen
    urgency: str = "normal"
    place: str = ""
    text: str = ""
    grid: str = ""  # code of an area
    site: str = ""
    device: str = ""
    position: Position | None = None
    photo: int | None = None
    caller: CallerOf | None = None
    line: str | None = None
    number: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        _length("place", self.place, PLACE_MAX)
        _length("text", self.text, TEXT_MAX)
        if self.number is not None and not NUMBER.fullmatch(self.number):
            raise ReportError("number: 1 to 64 letters, digits and . _ -, as the other line writes it")
        if self.key is not None and not KEY.fullmatch(self.key):
            raise ReportError("Idempotency-Key: 1 to 128 printable characters without blanks")
        if self.photo is not None and not 0 <= self.photo <= PHOTO_MAX:
            raise ReportError(f"photo: a number from 0 to {PHOTO_MAX}")

    @property
    def digest(self) -> str:
        """Of what was asked for: the same key must mean the same."""
        where = (self.position.lat_udeg, self.position.lon_udeg) if self.position else None
        who = (self.caller.name, self.caller.phone) if self.caller else None
        told = (
            self.source, self.matter, self.urgency, self.place, self.text, self.grid, where, self.photo, who,
            self.line, self.number,
        )  # fmt: skip
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ReportError(f"{field}: at most {most} characters; this one has {len(text)}")
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ReportError(f"{field}: holds characters that no text has; write it anew")
