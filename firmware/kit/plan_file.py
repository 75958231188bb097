"""The plan of a job: what the boards become and where they report to. TOML, or a site file and a CSV list."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from firmware.kit.identity import BOARD_WORDS, Wanted
from firmware.kit.texts import KitError
from protocol import topics
from protocol.errors import TopicError

T = TypeVar("T")
KINDS = ("fire", "lift", "video", "handheld")
KINDS_OF_BOARD = {
    "esp32_s3": ("fire", "lift", "handheld"),
    "esp32_s3_cam": ("video",),
    "pico_w": ("fire", "lift"),
}  # hardware/endpoints
PLACE_MAX = 38  # characters; more do not fit on a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where endpoints connect. `ca_file`: PEM or DER; without it the link is not encrypted."""

    host: str
    port: int = 8883
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One endpoint of the plan. `chip`: chip id of the board meant for it, empty for any board of the type.

    `limits` and `channels` go into its record as they are; its firmware checks them when it starts and says so.
    """

    device: str
    kind: str
    board: str
    grid: str
    place: str
    chip: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    channels: Mapping[str, Any] = field(default_factory=dict)

    def wanted(self, site: str) -> Wanted:
        """What the board must be."""
        return Wanted(device=self.device, site=site, kind=self.kind, board=self.board)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a job needs to know, without secrets. `folder`: what file names in it are relative to."""

    folder: Path
    site: str
    broker: Broker
    entries: tuple[Entry, ...]
    ssid: str = ""
    technician: str = "technician"

    def ca(self) -> bytes:
        """The certificate authority of the broker; empty without TLS. Raises KitError."""
        if not self.broker.ca_file:
            return b""
        try:
            return (self.folder / self.broker.ca_file).read_bytes()
        except OSError as error:
            raise KitError("bad_plan", f"broker.ca_file {self.broker.ca_file}: {error.strerror}") from None


def load(path: Path, listing: Path | None = None) -> Plan:
    """The checked plan; `listing` is a CSV file whose rows are its boards. Raises KitError bad_plan."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise KitError("bad_plan", f"{path.name}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KitError("bad_plan", f"{path.name}: {error}") from None
    rows = document.pop("boards", []) if listing is None else _csv_rows(listing)
    entries = tuple(_entry(row, f"{(listing or path).name}, board {n}") for n, row in enumerate(rows, 1))
    _check_once(entries)
    head = {name: document.pop(name, "") for name in ("site", "technician")}
    wifi = document.pop("wifi", {})
    broker = _fill(Broker, document.pop("broker", {}), f"{path.name}, [broker]")
    if document:
        raise KitError("bad_plan", f"{path.name}: unknown {', '.join(document)}")
    _check_id(head["site"], f"{path.name}, site")
    _check_id(head["technician"] or "technician", f"{path.name}, technician")
    return Plan(
        folder=path.parent,
        site=head["site"],
        broker=broker,
        entries=entries,
        ssid=str(wifi.get("ssid", "")),
        technician=head["technician"] or "technician",
    )


def _csv_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a list as a spreadsheet saves it: UTF-8, with or without mark; or GB 18030 from a Chinese Excel."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KitError("bad_plan", f"{path.name}: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    rows = csv.DictReader(text.splitlines(), restkey="", restval="")
    return [{str(k).strip(): str(v).strip() for k, v in row.items() if k and v} for row in rows]


def _fill(cls: type[T], table: object, where: str) -> T:
    if not isinstance(table, dict):
        raise KitError("bad_plan", f"{where}: not a table")
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    for name, value in table.items():
        if name not in known:
            raise KitError("bad_plan", f"{where}: unknown {name}; known: {', '.join(known)}")
        expected = {"str": str, "int": int}.get(str(known[name].type), dict)
        if not isinstance(value, expected) or isinstance(value, bool):
            raise KitError("bad_plan", f"{where}: {name} cannot be {value!r}")
    missing = [n for n, f in known.items() if n not in table and f.default is MISSING and f.default_factory is MISSING]
    if missing:
        raise KitError("bad_plan", f"{where}: {', '.join(missing)} missing")
    return cls(**table)


def _entry(row: object, where: str) -> Entry:
    entry = _fill(Entry, row, where)
    _check_id(entry.device, where)
    if entry.board not in BOARD_WORDS:
        raise KitError("bad_plan", f"{where}: board {entry.board!r}; known: {', '.join(BOARD_WORDS)}")
    if entry.kind not in KINDS_OF_BOARD[entry.board]:
        raise KitError("bad_plan", f"{where}: no {entry.kind!r} on {entry.board}: {KINDS_OF_BOARD[entry.board]}")
    if not entry.grid.isdigit():
        raise KitError("bad_plan", f"{where}: grid {entry.grid!r} is no grid code")
    if not 0 < len(entry.place) <= PLACE_MAX or not entry.place.isprintable() or "|" in entry.place:
        raise KitError("bad_plan", f"{where}: place must have 1 to {PLACE_MAX} printable characters, none of them |")
    return entry


def _check_id(name: object, where: str) -> None:
    try:
        topics.build(str(name), str(name), "status")
    except TopicError as error:
        raise KitError("bad_plan", f"{where}: {error}") from None


def _check_once(entries: tuple[Entry, ...]) -> None:
    for what in ("device", "chip"):
        seen: set[str] = set()
        for entry in entries:
            value = getattr(entry, what)
            if value and value in seen:
                raise KitError("bad_plan", f"{what} {value!r} stands there twice")
            seen.add(value)
