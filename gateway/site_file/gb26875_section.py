"""The panels of a site: where the gateway listens, who speaks there and where each stands."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from domain.gb26875.frames import MAX_ADDRESS
from domain.gb26875.times import CHINA_MINUTES
from gateway.site_file.reader import Reader
from protocol import topics
from protocol.errors import TopicError

KIND = "gb26875"
PANEL = "panel"  # kind of a member
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMember:
    """One transmission device. `peer`: the network it must speak from, where two share one address."""

    device: str
    place: str
    grid: str
    address: int
    peer: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.address <= MAX_ADDRESS:
            raise ValueError("address must fit into six bytes")
        if self.peer is not None:
            try:
                ipaddress.ip_network(self.peer)
            except ValueError:
                raise ValueError(f"peer {self.peer!r} is no network like 192.168.3.0/24") from None

    @property
    def network(self) -> Network | None:
        """Where it must speak from."""
        return None if self.peer is None else ipaddress.ip_network(self.peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where, and how long a panel may be quiet. Times are defaults: the standard defines no heartbeat."""

    kind: str
    host: str
    tcp_port: int | None = None
    udp_port: int | None = None
    address: int = 1  # ours, where a device has not told us which one it means
    zone_minutes: int = CHINA_MINUTES
    silence_s: float = 90.0  # three heartbeats of the usual 20 to 30 s
    poll_s: float = 45.0  # then it is asked for its state: some devices have no heartbeat
    clear_after_s: float = 60.0
    set_clock: bool = True

    def __post_init__(self) -> None:
        for name in ("tcp_port", "udp_port"):
            port = getattr(self, name)
            if port is not None and not 1 <= port <= 65535:
                raise ValueError(f"{name} must be from 1 to 65535")
        if not 0 <= self.address <= MAX_ADDRESS:
            raise ValueError("address must fit into six bytes")
        if not -720 <= self.zone_minutes <= 840:
            raise ValueError("zone_minutes must be from -720 to 840")
        for name in ("silence_s", "poll_s", "clear_after_s"):
            if not 0.1 <= getattr(self, name) <= 86_400:
                raise ValueError(f"{name} must be from 0.1 to 86400")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The section `[[adapters]]` with `kind = "gb26875"`."""

    listening: Listening
    panels: dict[str, PanelMember]  # by device

    @property
    def kind(self) -> str:
        """Of the section."""
        return KIND

    def find(self, address: int, peer: str) -> PanelMember | None:
        """Who speaks from there; None: nobody of this site."""
        at = ipaddress.ip_address(peer.split("%", maxsplit=1)[0])
        at = getattr(at, "ipv4_mapped", None) or at
        for panel in self.panels.values():
            if panel.address == address and (panel.network is None or at in panel.network):
                return panel
        return None


NOBODY = Config(listening=Listening(kind=KIND, host=""), panels={})


def read(reader: Reader, table: dict[str, Any], where: str) -> Config:
    """The checked section. Raises SiteError."""
    flat = {name: value for name, value in table.items() if name != "panels"}
    listening = reader.fill(Listening, flat, where)
    if listening.tcp_port is None and listening.udp_port is None:
        reader.note(where, "has neither tcp_port nor udp_port", "give one or both", "缺少 tcp_port 或 udp_port")
    if "panels" not in table:
        raise reader.error(f"{where}.panels", "is missing", "write one [[adapters.panels]] for each", "缺少主机列表")
    return Config(listening=listening, panels=_panels(reader, table["panels"], f"{where}.panels"))


def _panels(reader: Reader, value: object, where: str) -> dict[str, PanelMember]:
    found: dict[str, PanelMember] = {}
    for place, entry in reader.entries(value, where):
        panel = reader.attempt(None, _panel, reader, entry, place)
        if panel is None:
            continue
        for other in found.values():
            _check_apart(reader, panel, other, place)
        found[panel.device] = panel
    return found


def _panel(reader: Reader, entry: object, where: str) -> PanelMember | None:
    panel = reader.fill(PanelMember, entry, where)
    try:
        topics.build(panel.device, panel.device, "status")
    except TopicError as error:
        raise reader.error(f"{where}.device", str(error), "it names it everywhere", "会用作设备编号") from None
    return panel


def _check_apart(reader: Reader, panel: PanelMember, other: PanelMember, where: str) -> None:
    if panel.device == other.device:
        reader.note(
            f"{where}.device", f"{panel.device!r} stands there twice", "remove one of the two", "重复，请删去一个"
        )
    elif panel.address == other.address and _overlap(panel.network, other.network):
        reader.note(
            f"{where}.address",
            f"is that of {other.device} too",
            "give each another address, or a peer of its own",
            f"与 {other.device} 相同，请改地址或各写 peer",
        )


def _overlap(one: Network | None, other: Network | None) -> bool:
    if one is None or other is None:
        return True
    return one.version == other.version and one.overlaps(other)
