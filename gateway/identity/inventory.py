"""The inventory that the technician's kit makes: hashed logins, and what the site file needs of each endpoint."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.brokers.errors import IdentityError
from runtime.brokers.logins import Login, Role

PASSWD, ENDPOINTS = "mosquitto.passwd", "endpoints.toml"
TECHNICIAN = "kit-"  # the kit's own login: it listens for the gateway's acknowledgements


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """`blocks`: device -> its [[endpoints]] as text, ready for the site file."""

    logins: tuple[Login, ...]
    blocks: dict[str, str]


def read(folder: Path) -> Inventory:
    """The checked inventory. Raises IdentityError."""
    blocks = _blocks(_text(folder / ENDPOINTS))
    described = {block["device"]: block for block in blocks.values()}
    logins = tuple(_login(line, number, described) for number, line in enumerate(_lines(folder / PASSWD), 1))
    without = sorted(set(described) - {login.name for login in logins})
    if without:
        raise IdentityError(
            f"{PASSWD} 里缺少 {'、'.join(without)}，请重新生成清单",
            f"{', '.join(without)} without a login in {PASSWD}; run `gridwhistle flash keys` again",
        )
    return Inventory(logins=logins, blocks={block["device"]: text for text, block in blocks.items()})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise IdentityError(
            f"清单文件 {path} 无法读取", f"{path} cannot be read ({error}); give the folder kit/inventory"
        ) from None


def _lines(path: Path) -> list[str]:
    return [line for line in _text(path).splitlines() if line.strip()]


def _blocks(text: str) -> dict[str, dict[str, Any]]:
    parts = ["[[endpoints]]" + part for part in text.split("[[endpoints]]")[1:]]
    try:
        return {part.strip() + "\n": _block(part) for part in parts}
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise IdentityError(
            f"{ENDPOINTS} 已损坏（{error}），请重新生成清单",
            f"{ENDPOINTS} is damaged ({error}); make the inventory anew",
        ) from None


def _block(part: str) -> dict[str, Any]:
    """One endpoint and nothing else: the text goes into the site file as it is. Raises ValueError."""
    document = tomllib.loads(part)
    (block,) = document.pop("endpoints")
    if document or not isinstance(block.get("device"), str):
        raise ValueError(f"more than an endpoint, or one without a device: {', '.join(document) or part[:80]}")
    return dict(block)


def _login(line: str, number: int, described: dict[str, dict[str, Any]]) -> Login:
    name, _, hashed = line.partition(":")
    if name in described:
        kind, place = str(described[name].get("kind", "")), str(described[name].get("place", ""))
        return Login(name=name, role=Role.ENDPOINT, hash=hashed, kind=kind, place=place)
    if name.startswith(TECHNICIAN):
        return Login(name=name, role=Role.TECHNICIAN, hash=hashed)
    raise IdentityError(
        f"{PASSWD} 第 {number} 行的 {name} 不在 {ENDPOINTS} 中",
        f"{PASSWD}, line {number}: {name} is not in {ENDPOINTS}; the two files belong to different jobs",
    )
