"""What people may report: matters with their kinds, how urgency is read, who hands over. Data, checked on load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.duplicates import Rule
from domain.incidents import Kind, Severity

CODE = re.compile(r"[a-z][a-z0-9_]{0,47}")
LINE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
WORD_MAX, LINES_MAX, WORDS_MAX = 100, 100, 50  # letters of a name; lines; words or tokens of one entry
NAMES = ("code", "zh", "en")
PARTS = ("matters", "lines", "urgency", "duplicates", "related", "missed", "other")
URGENCIES = ("normal", "urgent", "danger")  # what a handheld says
MATTERS_MAX = 500
TOKEN = "token:"  # before the name of a program that acts  # noqa: S105
NOT_BY_PEOPLE = frozenset(
    {Kind.GATEWAY_OFFLINE, Kind.GATEWAY_FAULT, Kind.ENDPOINTS_OFFLINE, Kind.ALARM_FLOOD, Kind.SITE_LINK_DOWN}
)  # what the system says of itself


class MatterError(ValueError):
    """The matters are not usable; the text names the entry and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter. `handheld`: what terminals call it; `at_least`: the mildest severity it can have."""

    code: str
    zh: str
    en: str
    kind: Kind
    handheld: tuple[str, ...] = ()
    at_least: Severity = Severity.WARNING

    def name(self, lang: str) -> str:
        """For people."""
        return self.zh if lang.startswith("zh") else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Another system that hands incidents over. `tokens`: those that speak for it; none: any with the right."""

    code: str
    zh: str
    en: str
    tokens: tuple[str, ...] = ()

    def speaks(self, actor: str) -> bool:
        """True for a person, and for a token that may hand over in its name."""
        return not self.tokens or not actor.startswith(TOKEN) or actor.removeprefix(TOKEN) in self.tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Matters:
    """All of it. `missed`: kinds of sensors that a patrol could have seen first, and how long a report may be late."""

    matters: tuple[Matter, ...]
    lines: tuple[Line, ...]
    urgency: Mapping[str, Severity]
    duplicates: tuple[Rule, ...]
    related: Rule
    missed: frozenset[Kind]
    other: str  # the matter of what a terminal calls by a word that nobody knows

    def of(self, code: str) -> Matter | None:
        """By its code."""
        return next((matter for matter in self.matters if matter.code == code), None)

    def line(self, code: str) -> Line | None:
        """A line by its code."""
        return next((line for line in self.lines if line.code == code), None)

    def named(self, word: str) -> Matter:
        """What a terminal means by a word; the matter `other` where nobody knows it, so that no find is lost."""
        known = next((matter for matter in self.matters if word in matter.handheld), None)
        return known or self.of(word) or self.require(self.other)

    def require(self, code: str) -> Matter:
        """A matter that is there. Raises MatterError."""
        matter = self.of(code)
        if matter is None:
            raise MatterError(f"matter {code!r} is not known; choose one of GET /api/matters")
        return matter

    def severity(self, matter: Matter, urgency: str) -> Severity:
        """How bad: as urgent as it was told, and never milder than the matter can be. Raises MatterError."""
        if urgency not in self.urgency:
            raise MatterError(f"urgency {urgency!r} is not known; use one of {', '.join(self.urgency)}")
        return max(self.urgency[urgency], matter.at_least, key=lambda severity: severity.rank)

    def rule(self, kind: Kind) -> Rule | None:
        """How duplicates of a kind are told; None where two reports are always two matters."""
        return next((rule for rule in self.duplicates if kind in rule.kinds), None)

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Matters:
        """From a parsed matters.toml. Raises MatterError."""
        if unknown := sorted(set(table) - set(PARTS)):
            raise MatterError(f"{', '.join(unknown)}: no such part of the matters; they have {', '.join(PARTS)}")
        try:
            found = cls(
                matters=tuple(_matter(row) for row in _rows(table, "matters")),
                lines=tuple(_line(row) for row in _rows(table, "lines")),
                urgency={word: Severity(table["urgency"][word]) for word in URGENCIES},
                duplicates=tuple(_rule(row) for row in _rows(table, "duplicates")),
                related=_rule({"kind": [], **table["related"]}),
                missed=frozenset(Kind(word) for word in dict(table.get("missed", {})).get("kind", ())),
                other=table["other"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise error if isinstance(error, MatterError) else MatterError(f"matters: {error!s}") from None
        _check(found)
        return found


def _rows(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise MatterError(f"{name} must be a list of tables")
    return rows


def _matter(row: Mapping[str, Any]) -> Matter:
    try:
        severity = Severity(row.get("at_least", Severity.WARNING))
        return Matter(**{**_words(row, "handheld"), "kind": Kind(row["kind"]), "at_least": severity})
    except (KeyError, TypeError, ValueError) as error:
        raise MatterError(
            f"matter {row.get('code', '?')}: {error}; it has code, zh, en, kind, handheld, at_least"
        ) from None


def _line(row: Mapping[str, Any]) -> Line:
    try:
        return Line(**_words(row, "tokens"))
    except (KeyError, TypeError, ValueError) as error:
        raise MatterError(f"line {row.get('code', '?')}: {error}; it has code, zh, en, tokens") from None


def _words(row: Mapping[str, Any], many: str) -> dict[str, Any]:
    """Its code, its names, its list of words as a tuple; no name is empty. Raises TypeError."""
    for name in NAMES:
        if not isinstance(row[name], str):
            raise TypeError(f"{name} must be a text of 1 to {WORD_MAX} letters")
    words = row.get(many, ())
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        raise TypeError(f"{many} must be a list of words")
    code, zh, en = (row[name].strip() for name in NAMES)
    return {**row, "zh": zh or en or code, "en": en or zh or code, many: tuple(word for word in words if word)}


def doubts(table: Mapping[str, Any]) -> tuple[str, ...]:
    """What a document that is new must not have and one of an earlier release may: it is read all the same."""
    found = []
    for part, one, many in (("matters", "matter", "handheld"), ("lines", "line", "tokens")):
        for row in _rows(table, part):
            which = f"{one} {row.get('code', '?')}"
            names = [name for name in NAMES if isinstance(row.get(name), str) and not _is_name(row[name])]
            found += [f"{which}: {name} must be a text of 1 to {WORD_MAX} letters" for name in names]
            words = row.get(many, ())
            if isinstance(words, (list, tuple)) and not all(words):
                found.append(f"{which}: {many} must be a list of words, none of them empty")
            if isinstance(words, (list, tuple)) and len(words) > WORDS_MAX:
                found.append(f"{which}: {many} has more than {WORDS_MAX} words")
    return tuple(found)


def check_new(table: Mapping[str, Any]) -> None:
    """Raises MatterError naming the first entry that is to be mended."""
    if found := doubts(table):
        raise MatterError(found[0])


def _is_name(text: str) -> bool:
    return 0 < len(text.strip()) <= WORD_MAX and text.isprintable()


def _rule(row: Mapping[str, Any]) -> Rule:
    try:
        kinds = frozenset(Kind(word) for word in row["kind"])
        return Rule(kinds=kinds, within_m=row["within_m"], hours=row["hours"], whole_grid=row.get("whole_grid", False))
    except (KeyError, TypeError, ValueError) as error:
        raise MatterError(f"duplicates of {row.get('kind', '?')}: {error}; it has kind, within_m, hours") from None


def _check(found: Matters) -> None:
    codes = [matter.code for matter in found.matters]
    words = [word for matter in found.matters for word in matter.handheld]
    wrong = [code for code in codes if not CODE.fullmatch(code)]
    wrong += [line.code for line in found.lines if not LINE.fullmatch(line.code)]
    if wrong:
        raise MatterError(f"codes {', '.join(wrong)}: small letters, digits and _ , beginning with a letter")
    if not 0 < len(codes) <= MATTERS_MAX or len(found.lines) > LINES_MAX:
        raise MatterError(f"there must be 1 to {MATTERS_MAX} matters, and at most {LINES_MAX} lines")
    if twice := _twice(line.code for line in found.lines):
        raise MatterError(f"line {', '.join(twice)} is there twice; keep one")
    if twice := _twice([*codes, *[word for word in words if word not in codes]]) or _twice(words):
        raise MatterError(f"{', '.join(twice)} named twice; each code and each word of a terminal means one matter")
    if silly := [matter.code for matter in found.matters if matter.kind in NOT_BY_PEOPLE]:
        raise MatterError(f"matter {', '.join(silly)}: of a kind that only the system itself can tell")
    if found.other not in codes:
        raise MatterError(f"other = {found.other!r} is no matter")
    if twice := _twice([kind for rule in found.duplicates for kind in rule.kinds]):
        raise MatterError(f"duplicates of {', '.join(twice)} are ruled twice; keep one of the rules")


def _twice(words: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    found = []
    for word in words:
        if word in seen:
            found.append(str(word))
        seen.add(word)
    return found
