"""Where a webhook may go. A person types its address, so it must not lead to what only this machine may ask."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

from cloud.settings import CITY_NETWORKS
from runtime.settings import SettingsError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# clouds hand out a machine's credentials there; 169.254.169.254 is link-local, these are not
METADATA = tuple(map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
# what some machine or gateway near by takes for another address, and Python for a public one: IPv4 within IPv6
# (RFC 4291 2.5.5.1, RFC 2765 2.1, RFC 8215), site-local (RFC 3879), IETF's own (RFC 6890)
ODD = tuple(map(ipaddress.ip_network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "192.0.0.0/24")))
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
SETTING = "GRIDWHISTLE_CLOUD_WEBHOOK_NETWORKS"

Resolve = Callable[[str, int], list[Address]]


class OutOfReach(Exception):
    """No webhook may go there; the text names the setting that would let it."""


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a name now. Raises OSError."""
    return [_plain(str(row[4][0])) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Reach:
    """Public addresses, and what is in these networks; never loopback, link-local or metadata unless it is named."""

    networks: tuple[Network, ...]

    def allows(self, address: Address) -> bool:
        """True for an address to which a request may be sent."""
        address = _inner(address)
        if address in METADATA:
            return any(net.num_addresses == 1 and address in net for net in self.networks)
        if any(address in net for net in self.networks):
            return True
        odd = any(address in net for net in ODD)
        return address.is_global and not address.is_multicast and not odd

    def check_host(self, host: str) -> None:
        """As far as it can be told without looking the name up; the rest is judged at sending. Raises OutOfReach."""
        if host.rstrip(".").lower().rpartition(".")[2] == "localhost":  # RFC 6761 6.3
            host = "127.0.0.1"
        try:
            found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return  # a name
        self.choose([_plain(str(row[4][0])) for row in found])

    def choose(self, found: list[Address]) -> list[Address]:
        """Those of a host's addresses that may be asked. Raises OutOfReach where there is none."""
        allowed = [address for address in dict.fromkeys(found) if self.allows(address)]
        if not allowed:
            raise OutOfReach(f"an address of this machine or of a network that {SETTING} does not name")
        return allowed


def reach_of(text: str = CITY_NETWORKS) -> Reach:
    """From the setting: networks with commas. Raises SettingsError."""
    try:
        return Reach(tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()))
    except ValueError as error:
        raise SettingsError(f"{SETTING}: {error}; write networks with commas, for instance {CITY_NETWORKS}") from None


def _plain(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])  # a scope says on which cable, not where


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
