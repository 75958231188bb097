"""The site file: what one gateway serves, in TOML. Every error names the place and the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from domain.fire import FireLimits
from domain.rules.program import Program
from domain.site_rules.limits import SiteLimits
from domain.task_policy import TaskPolicy
from gateway.site_file import adapters_section as adapters
from gateway.site_file.filters_section import FilterEntry, RateEntry, check_filtered, read_filters, read_rate_limits
from gateway.site_file.gb26875_section import PANEL
from gateway.site_file.home_assistant_section import NOT_THERE, HomeAssistant, read_home_assistant
from gateway.site_file.people_section import People, check_devices, read_people, read_policy
from gateway.site_file.reader import Reader, whole_file
from gateway.site_file.rules_section import NAMES, read_programs
from gateway.site_file.sirens_section import Siren, check_sirens, read_sirens
from protocol import configuration, topics
from protocol.channels import KINDS
from protocol.errors import TopicError


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where a broker listens and who we are to it."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None  # for a broker that wants a certificate of its clients
    key_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One endpoint of the site."""

    device: str
    kind: str
    place: str
    grid: str
    settings: Mapping[str, Any] = field(default_factory=dict)  # of its kind; the endpoint itself checks them
    via: str | None = None  # the switch or the power circuit that it hangs on
    group: str | None = None  # endpoints of one group confirm each other's fire; its grid where nothing is said


@dataclass(slots=True, kw_only=True)
class Site:
    """Everything in the site file. One object for all who ask; another file changes it by `adopt`, and nothing else."""

    site: str
    gateway: str
    site_broker: Broker
    cloud_broker: Broker
    endpoints: Mapping[str, Member]
    fire: FireLimits = field(default_factory=FireLimits)
    programs: Mapping[str, Program] = field(default_factory=dict)  # device -> ordinary rules that judge it
    people: People = field(default_factory=People)
    tasks: TaskPolicy = field(default_factory=TaskPolicy)
    sirens: tuple[Siren, ...] = ()
    site_rules: SiteLimits = field(default_factory=SiteLimits)
    adapters: tuple[adapters.Config, ...] = ()
    filters: tuple[FilterEntry, ...] = ()
    rate_limits: tuple[RateEntry, ...] = ()
    home_assistant: HomeAssistant = NOT_THERE
    file: Path = Path()
    document: Mapping[str, Any] = field(default_factory=dict)  # as it stands in the file

    def adopt(self, other: Site) -> None:
        """Be what another file says; in the writer's thread, where nobody reads half of it."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))

    def member(self, device: str) -> Member | None:
        """An endpoint, or a foreign device behind an adapter."""
        return self.endpoints.get(device) or self.foreign.get(device)

    @property
    def foreign(self) -> dict[str, Member]:
        """Devices behind adapters; a site has few."""
        panels = (panel for adapter in self.adapters for panel in adapter.panels.values())
        return {p.device: Member(device=p.device, kind=PANEL, place=p.place, grid=p.grid) for p in panels}

    @property
    def devices(self) -> list[str]:
        """All members, endpoints first."""
        return [*self.endpoints, *self.foreign]


_NEEDED = ("site", "gateway", "site_broker", "cloud_broker", "endpoints")
_OPTIONAL = ("rules", "people", "tasks", "sirens", "adapters", "filters", "rate_limits", "home_assistant")
_JUDGES = ("rules", "filters", "rate_limits")  # sections that say how readings are judged
_NO_BROKER = Broker(host="")  # stands in while the other errors are collected


def load(path: Path) -> Site:
    """The checked site. Raises SiteError with all that is wrong."""
    text, document = _parsed(path)
    return replace(_site(Reader(path, text), document), file=path, document=document)


def load_with(path: Path, rules_file: Path) -> Site:
    """The site under other rules: a whole site file, or one that holds only what judges. Raises SiteError."""
    text, document = _parsed(rules_file)
    if not set(document) - set(_JUDGES):
        document = {name: part for name, part in _parsed(path)[1].items() if name not in _JUDGES} | document
    return _site(Reader(rules_file, text), document)


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise whole_file(path, what, "give the path of a site file", "读不到，请给出站点文件的路径") from None
    except UnicodeDecodeError:
        raise whole_file(path, "is not UTF-8 text", "save it as UTF-8", "不是 UTF-8 文本，请另存为 UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise whole_file(path, f"is not TOML: {error}", "correct that line", "不是合法的 TOML，请改正该行") from None
    except RecursionError:
        remedy = "no section needs more than a few levels"
        raise whole_file(path, "is nested too deeply", remedy, "嵌套太深") from None


def _site(reader: Reader, document: dict[str, Any]) -> Site:
    reader.names(document, "", _NEEDED, optional=_OPTIONAL)
    rules: dict[str, Any] = reader.part(document, "rules", _rules, {})
    members: dict[str, Member] = reader.part(document, "endpoints", _members, {})
    site = reader.part(document, "site", _name, "")
    gateway = reader.part(document, "gateway", _name, "")
    if gateway in members:
        reader.note("gateway", "has the name of an endpoint", "every device needs its own name", "与终端同名，请另取")
    found = Site(
        site=site,
        gateway=gateway,
        site_broker=reader.part(document, "site_broker", _broker, _NO_BROKER),
        cloud_broker=reader.part(document, "cloud_broker", _broker, _NO_BROKER),
        fire=reader.part(rules, "rules.fire", _fire, FireLimits()),
        programs=read_programs(reader, rules, _kinds(document.get("endpoints"))),
        site_rules=reader.part(rules, "rules.site", _site_rules, SiteLimits()),
        endpoints=members,
        people=reader.part(document, "people", read_people, People()),
        tasks=reader.part(document, "tasks", read_policy, TaskPolicy()),
        sirens=reader.part(document, "sirens", read_sirens, ()),
        adapters=reader.part(document, "adapters", adapters.read, ()),
        filters=reader.part(document, "filters", read_filters, ()),
        rate_limits=reader.part(document, "rate_limits", read_rate_limits, ()),
        home_assistant=reader.part(document, "home_assistant", read_home_assistant, NOT_THERE),
    )
    adapters.check_names(reader, found.adapters, (gateway, *members))
    kinds = _kinds(document["endpoints"]) if "endpoints" in document else {}
    check_filtered(reader, found.filters, found.rate_limits, kinds)
    check_devices(reader, found.people, kinds)
    check_sirens(reader, found.sirens, kinds)
    reader.finish()
    return found


def _broker(reader: Reader, value: object, where: str) -> Broker:
    return reader.fill(Broker, value, where)


def _rules(reader: Reader, value: object, where: str) -> dict[str, Any]:
    rules = reader.table(value, where)
    reader.names(rules, f"{where}.", (), optional=("fire", "site", *NAMES))
    return rules


def _fire(reader: Reader, value: object, where: str) -> FireLimits:
    return reader.fill(FireLimits, value, where)


def _site_rules(reader: Reader, value: object, where: str) -> SiteLimits:
    return reader.fill(SiteLimits, value, where)


def _members(reader: Reader, value: object, where: str) -> dict[str, Member]:
    members: dict[str, Member] = {}
    seen: set[object] = set()
    for place, entry in reader.entries(value, where):
        device = entry.get("device") if isinstance(entry, dict) else None
        if isinstance(device, str) and device in seen:
            reader.note(
                f"{place}.device", f"{device!r} stands there twice", "remove one of the two", "重复，请删去一个"
            )
        seen.add(device if isinstance(device, str) else None)
        member = reader.attempt(None, _member, reader, entry, place)
        if member is not None:
            members[member.device] = member
    if not value:
        raise reader.error(where, "is empty", f"write one [[{where}]] for each", f"为空，请写若干 [[{where}]]")
    return members


def _member(reader: Reader, entry: object, where: str) -> Member | None:
    member = reader.fill(Member, entry, where)
    if member.kind not in KINDS:
        reader.note(f"{where}.kind", f"cannot be {member.kind!r}", f"known here: {', '.join(KINDS)}", "没有这类终端")
    reader.attempt(None, _check_settings, reader, f"{where}.settings", member.settings)
    _name(reader, member.device, f"{where}.device")
    return member


def _check_settings(reader: Reader, where: str, settings: Mapping[str, Any]) -> None:
    try:
        length = len(configuration.encode({**settings, "version": 2**31}))
    except TypeError:
        raise reader.error(where, "holds a date or a time", "write it as text or as a number") from None
    if length > configuration.MAX_BYTES:
        raise reader.error(where, f"has {length} bytes", f"an endpoint takes {configuration.MAX_BYTES}")
    if "version" in settings:
        raise reader.error(f"{where}.version", "is counted by the gateway", "remove it")


def _kinds(entries: object) -> dict[str, str]:
    """Device -> kind of all entries, in order or not: one error must not look like several."""
    tables = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {str(entry.get("device")): str(entry.get("kind")) for entry in tables}


def _name(reader: Reader, name: object, where: str) -> str:
    """A name that stands in topics."""
    if not isinstance(name, str):
        raise reader.error(where, f"cannot be {name!r}", "write text in quotes", "应为加引号的文字")
    try:
        topics.build(name, name, "status")
    except TopicError as error:
        raise reader.error(where, str(error), "it becomes a level of MQTT topics", "会成为 MQTT 主题的一级") from None
    return name
