"""Who is told by which channels: `notices.toml`, read once at start. It holds passwords: its text is never logged."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import structlog

from domain.notices import NoticePolicy
from domain.people import CONTACTS, Person
from domain.shifts import Shift
from runtime.settings import SettingsError

log = structlog.get_logger()
CONSOLE, HANDHELD = "console", "handheld"
OURS = (CONSOLE, HANDHELD)
LANGUAGE = "zh"
TIMEOUT_S = 10
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_FIELD = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """One channel to the outside: an apprise URL in which contacts of the person are filled in."""

    name: str
    url: str = field(repr=False)
    timeout_s: int = TIMEOUT_S

    @property
    def needs(self) -> tuple[str, ...]:
        """The contacts without which it reaches nobody."""
        return tuple(dict.fromkeys(_FIELD.findall(self.url)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How some people are told; the first rule that fits somebody is his. Empty `people` and `roles`: everybody."""

    channels: tuple[str, ...]
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    quiet: Shift | None = None
    language: str | None = None

    def fits(self, person: Person) -> bool:
        """True where this rule says how to tell somebody."""
        if not self.people and not self.roles:
            return True
        return person.id in self.people or bool({person.role, *map(str, person.roles)} & set(self.roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Everything the file says; without a file: the browser and the handheld."""

    outside: tuple[Outside, ...] = ()
    rules: tuple[Rule, ...] = ()
    policy: NoticePolicy = field(default_factory=NoticePolicy)
    link: str = ""  # where people reach the console, for the texts

    def rule_for(self, person: Person | None) -> Rule:
        """How somebody is told; who is in no roster sees it in the browser."""
        if person is None:
            return Rule(channels=(CONSOLE,))
        return next((rule for rule in self.rules if rule.fits(person)), Rule(channels=OURS))

    @property
    def names(self) -> tuple[str, ...]:
        """Every channel there is."""
        return (*OURS, *(channel.name for channel in self.outside))


def load_ways(path: Path) -> Ways:
    """Raises SettingsError, which names the file and the place in it, and never repeats a URL."""
    if not path.exists():
        return Ways()
    try:
        if path.stat().st_mode & 0o077:
            log.warning("notices_file_open_to_others", file=str(path), remedy=f"chmod 600 {path}: it holds passwords")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}; 请检查文件权限") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SettingsError(f"{path} is not TOML; 不是有效的 TOML 文件") from None
    try:
        return ways_from_table(table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"{path}: {error}; see docs/notices.md, 请对照 docs/notices.md 修改") from None


def ways_from_table(table: Mapping[str, Any]) -> Ways:
    """From the parsed file. Raises ValueError naming the place, TypeError for a table that is none."""
    _only(table, {"channels", "rules", "policy", "link"}, "the file")
    outside = tuple(_outside(name, row) for name, row in dict(table.get("channels", {})).items())
    known = {*OURS, *(channel.name for channel in outside)}
    rules = tuple(_rule(number, row, known) for number, row in enumerate(table.get("rules", ()), 1))
    _only(table.get("policy", {}), {f.name for f in fields(NoticePolicy)}, "[policy]")
    policy = NoticePolicy(**table.get("policy", {}))
    return Ways(outside=outside, rules=rules, policy=policy, link=str(table.get("link", "")).rstrip("/"))


def _outside(name: str, row: Mapping[str, Any]) -> Outside:
    where = f"[channels.{name}]"
    if not _NAME.fullmatch(name) or name in OURS:
        raise ValueError(f"{where}: a name is small letters, digits and '-', and none of {', '.join(OURS)}")
    _only(row, {"url", "timeout_s"}, where)
    if not isinstance(row.get("url"), str) or "://" not in row["url"]:
        raise ValueError(f"{where}: url must be an apprise URL, for instance wecombot://KEY")
    timeout_s = row.get("timeout_s", TIMEOUT_S)
    if not isinstance(timeout_s, int) or not 1 <= timeout_s <= 60:
        raise ValueError(f"{where}: timeout_s must be from 1 to 60")
    channel = Outside(name=name, url=row["url"], timeout_s=timeout_s)
    unknown = set(channel.needs) - set(CONTACTS)
    if unknown:
        raise ValueError(f"{where}: no contact is called {', '.join(sorted(unknown))}; known: {', '.join(CONTACTS)}")
    return channel


def _rule(number: int, row: Mapping[str, Any], known: set[str]) -> Rule:
    where = f"[[rules]] {number}"
    _only(row, {"people", "roles", "channels", "quiet", "language"}, where)
    channels = tuple(row.get("channels", ()))
    strange = [name for name in channels if name not in known]
    if strange or not channels:
        raise ValueError(f"{where}: channels must name some of {', '.join(sorted(known))}, not {strange}")
    language = row.get("language")
    if language not in (None, "zh", "en"):
        raise ValueError(f"{where}: language must be zh or en")
    return Rule(
        channels=tuple(dict.fromkeys(channels)),
        people=tuple(row.get("people", ())),
        roles=tuple(row.get("roles", ())),
        quiet=quiet_of(row["quiet"], where) if row.get("quiet") else None,
        language=language,
    )


def quiet_of(text: str, where: str = "quiet") -> Shift:
    """Quiet hours from "22:00-07:00". Raises ValueError."""
    try:
        return Shift.parse(text)
    except ValueError:
        raise ValueError(f"{where}: quiet {text!r} is no time; write for instance 22:00-07:00") from None


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
