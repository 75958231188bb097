"""The site file: what one gateway serves, in TOML. Every error names the place and the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from domain.fire import FireLimits
from protocol import configuration, topics
from protocol.errors import TopicError

T = TypeVar("T")


class SiteError(Exception):
    """The site file cannot be used. The text says where, what that means and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where a broker listens and who we are to it."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One endpoint of the site."""

    device: str
    kind: str
    place: str
    grid: str
    settings: Mapping[str, Any] = field(default_factory=dict)  # of its kind; the endpoint itself checks them


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything in the site file."""

    site: str
    gateway: str
    site_broker: Broker
    cloud_broker: Broker
    endpoints: Mapping[str, Member]
    fire: FireLimits = field(default_factory=FireLimits)


_EXPECTED = {"Mapping[str,": "a table", "str": "text in quotes", "int": "a whole number", "float": "a number"}


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def error(self, where: str, what: str, remedy: str) -> SiteError:
        key = where.rsplit(".", 1)[-1]
        numbers = [n for n, line in enumerate(self._lines, 1) if line.split("=")[0].strip(" []\t\"'") == key]
        line = f", line {numbers[0]}" if len(numbers) == 1 else ""
        return SiteError(f"{self._path}{line}: {where} {what}; {remedy}")

    def table(self, values: object, where: str) -> dict[str, Any]:
        if not isinstance(values, dict):
            raise self.error(where, "is not a table", f"write [{where}] with its fields below it")
        return values

    def names(self, table: dict[str, Any], where: str, needed: tuple[str, ...], *, optional: tuple[str, ...]) -> None:
        """Raises SiteError where a name is unknown or missing."""
        for name in table:
            if name not in needed + optional:
                raise self.error(where + name, "is unknown", f"known here: {', '.join(needed + optional)}")
        for name in needed:
            if name not in table:
                raise self.error(where + name, "is missing", "add it")

    def fill(self, cls: type[T], values: object, where: str) -> T:
        """A flat dataclass from a table; unknown, missing and wrongly typed fields are errors."""
        table = self.table(values, where)
        known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
        needed = tuple(name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING)
        self.names(table, f"{where}.", needed, optional=tuple(name for name in known if name not in needed))
        for name, value in table.items():
            self._check(f"{where}.{name}", value, str(known[name].type).split(" ")[0])
        try:
            return cls(**table)
        except ValueError as error:
            raise self.error(where, str(error), "correct it") from None

    def _check(self, where: str, value: object, kind: str) -> None:
        fits = {"str": isinstance(value, str) and bool(value), "int": isinstance(value, int)}
        fits["Mapping[str,"] = isinstance(value, dict)
        fits["float"] = isinstance(value, int | float)
        if not fits[kind] or isinstance(value, bool):
            raise self.error(where, f"cannot be {value!r}", f"write {_EXPECTED[kind]}")


_NEEDED = ("site", "gateway", "site_broker", "cloud_broker", "endpoints")


def load(path: Path) -> Site:
    """The checked site. Raises SiteError."""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise SiteError(f"{path}: cannot be read ({error.strerror}); give the path of a site file") from None
    except UnicodeDecodeError:
        raise SiteError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SiteError(f"{path}: is not TOML: {error}; correct that line") from None
    return _site(_Reader(path, text), document)


def _site(reader: _Reader, document: dict[str, Any]) -> Site:
    reader.names(document, "", _NEEDED, optional=("rules",))
    rules = reader.table(document.get("rules", {}), "rules")
    reader.names(rules, "rules.", (), optional=("fire",))
    members = _members(reader, document["endpoints"])
    for where, name in (("site", document["site"]), ("gateway", document["gateway"])):
        _check_name(reader, where, name)
    if document["gateway"] in members:
        raise reader.error("gateway", "has the name of an endpoint", "every device needs its own name")
    return Site(
        site=document["site"],
        gateway=document["gateway"],
        site_broker=reader.fill(Broker, document["site_broker"], "site_broker"),
        cloud_broker=reader.fill(Broker, document["cloud_broker"], "cloud_broker"),
        fire=reader.fill(FireLimits, rules.get("fire", {}), "rules.fire"),
        endpoints=members,
    )


def _members(reader: _Reader, entries: object) -> dict[str, Member]:
    if not isinstance(entries, list) or not entries:
        raise reader.error("endpoints", "is not a list of endpoints", "write one [[endpoints]] for each")
    members: dict[str, Member] = {}
    for number, entry in enumerate(entries, 1):
        where = f"endpoints[{number}]"
        member = reader.fill(Member, entry, where)
        _check_name(reader, f"{where}.device", member.device)
        _check_settings(reader, f"{where}.settings", member.settings)
        if member.device in members:
            raise reader.error(f"{where}.device", f"{member.device!r} stands there twice", "remove one of the two")
        members[member.device] = member
    return members


def _check_settings(reader: _Reader, where: str, settings: Mapping[str, Any]) -> None:
    try:
        length = len(configuration.encode({**settings, "version": 2**31}))
    except TypeError:
        raise reader.error(where, "holds a date or a time", "write it as text or as a number") from None
    if length > configuration.MAX_BYTES:
        raise reader.error(where, f"has {length} bytes", f"an endpoint takes {configuration.MAX_BYTES}")
    if "version" in settings:
        raise reader.error(f"{where}.version", "is counted by the gateway", "remove it")


def _check_name(reader: _Reader, where: str, name: object) -> None:
    if not isinstance(name, str):
        raise reader.error(where, f"cannot be {name!r}", "write text in quotes")
    try:
        topics.build(name, name, "status")
    except TopicError as error:
        raise reader.error(where, str(error), "it becomes a level of MQTT topics") from None
