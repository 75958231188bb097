"""Opens the connection to the broker: Wi-Fi where the board has it, TCP, TLS where the configuration asks for it.

Looking up a host name stops everything else on a board, the sampler too, for as long as the name server keeps silent:
an address in the provisioning record is better. With a name, the address that last worked is tried first, and the name
server is asked again only when that fails, at most once in _ASK_EVERY_MS.
"""

import asyncio
import socket

from firmware.device import const
from firmware.device.kept import load, save
from firmware.device.log import say

try:
    from network import STA_IF, WLAN
except ImportError:  # the virtual board is on the network already
    WLAN = None

_JOIN_TIMEOUT_MS = const(20_000)  # an access point that is there answers within 10 s
_ASK_EVERY_MS = const(60_000)
_PATH = const("/address.json")


async def join(wifi: dict | None) -> None:
    """Return once Wi-Fi is joined. Raises OSError where the access point does not let us in in time."""
    if WLAN is None or wifi is None:
        return
    station = WLAN(STA_IF)
    if station.isconnected():
        return
    station.active(True)
    station.connect(wifi["ssid"], wifi["password"])
    for _ in range(_JOIN_TIMEOUT_MS // 200):
        await asyncio.sleep_ms(200)
        if station.isconnected():
            return
    station.disconnect()
    raise OSError("Wi-Fi not joined")


def tls_context(ca_path: str):
    """A client that trusts this one CA (DER) and nobody else."""
    import ssl  # a kilobyte of heap that only TLS is worth

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    with open(ca_path, "rb") as file:
        context.load_verify_locations(cadata=file.read())
    return context


class Opener:
    """Streams to the broker of the configuration."""

    def __init__(self, config: dict, uptime_ms, feed) -> None:
        self._config = config
        self._uptime_ms = uptime_ms
        self._feed = feed  # the watchdog: a name server may keep silent for most of its time
        known = load(_PATH)
        self._address = known.get("address") if known.get("host") == config["host"] else None
        self._context = None
        self._failed = False  # the address did not answer
        self._asked_ms: int | None = None
        if all([part.isdigit() for part in config["host"].split(".")]):
            self._address = config["host"]

    async def open(self):
        """A stream. Raises OSError (also for a certificate that is not the CA's)."""
        config = self._config
        await join(config["wifi"])
        address = self._look_up()
        self._failed = True
        if not config["tls"]:
            reader, _ = await asyncio.open_connection(address, config["port"])
        else:
            # kept for ever: an old heap has not the three kilobytes in one piece that a new one takes
            self._context = self._context or tls_context(config["ca"])
            reader, _ = await asyncio.open_connection(
                address, config["port"], ssl=self._context, server_hostname=config["host"]
            )
        self._failed = False
        return reader

    def _look_up(self) -> str:
        host, now = self._config["host"], self._uptime_ms()
        asked_lately = self._asked_ms is not None and now - self._asked_ms < _ASK_EVERY_MS
        if self._address is not None and (self._address == host or not self._failed or asked_lately):
            return self._address
        if asked_lately:
            raise OSError("no address for " + host)
        self._asked_ms = now
        self._feed()
        found = socket.getaddrinfo(host, self._config["port"], socket.AF_INET)[0][-1]
        self._feed()
        # the unix port gives a struct sockaddr_in
        address = found[0] if isinstance(found, tuple) else ".".join([str(byte) for byte in found[4:8]])
        if address != self._address:
            self._address = address
            try:
                save(_PATH, {"host": host, "address": address})
            except OSError as error:
                say("flash:", error)
        return address
