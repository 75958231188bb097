"""The site file: what one gateway serves, in TOML. Every error names the place and the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.fire import FireLimits
from gateway.site_reader import Reader, SiteError
from protocol import configuration, topics
from protocol.errors import TopicError


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
    return _site(Reader(path, text), document)


def _site(reader: Reader, document: dict[str, Any]) -> Site:
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


def _members(reader: Reader, entries: object) -> dict[str, Member]:
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


def _check_settings(reader: Reader, where: str, settings: Mapping[str, Any]) -> None:
    try:
        length = len(configuration.encode({**settings, "version": 2**31}))
    except TypeError:
        raise reader.error(where, "holds a date or a time", "write it as text or as a number") from None
    if length > configuration.MAX_BYTES:
        raise reader.error(where, f"has {length} bytes", f"an endpoint takes {configuration.MAX_BYTES}")
    if "version" in settings:
        raise reader.error(f"{where}.version", "is counted by the gateway", "remove it")


def _check_name(reader: Reader, where: str, name: object) -> None:
    if not isinstance(name, str):
        raise reader.error(where, f"cannot be {name!r}", "write text in quotes")
    try:
        topics.build(name, name, "status")
    except TopicError as error:
        raise reader.error(where, str(error), "it becomes a level of MQTT topics") from None
