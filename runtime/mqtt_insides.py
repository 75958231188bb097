"""What we need of gmqtt's client and it does not offer: its socket, its certificate, its goodbye."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from typing import Any

from gmqtt import Client
from gmqtt.mqtt.handler import MQTTConnectError

_TCP_INFO = struct.Struct("=24xI92xQQ8xI")  # linux/tcp.h, tcp_info: unacked, bytes_acked, bytes_received, notsent_bytes
SILENT_CUT_S = 15  # the kernel ends a connection whose bytes nobody has acknowledged for this long


class LinkRefused(ConnectionError):
    """The broker said no (credentials, access list). Trying again helps only after somebody changed that."""


def code_of(error: Exception) -> str:
    """Why there is no connection: login (bad user name or password, not authorised; a person must look) or another."""
    codes = ((LinkRefused, "forbidden"), (MQTTConnectError, "login"), (ssl.SSLError, "certificate"))
    return next((code for kind, code in codes if isinstance(error, kind)), "away")


class Progress:
    """Lets a connection live while bytes move on it: a packet of a quarter of a megabyte takes longer than a ping may.

    A ping waits behind such a packet, and gmqtt ends a connection on which no whole packet came for two keepalives.
    """

    def __init__(self) -> None:
        self._seen = (0, 0)

    def look(self, client: Client | None) -> None:
        """Call it more than once within a keepalive."""
        if client is None or not hasattr(socket, "TCP_INFO"):
            return
        sock = transport(client).get_extra_info("socket")
        try:
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
        except OSError:  # it is closed already
            return
        if len(info) < _TCP_INFO.size:  # of a kernel before 4.6
            return
        unacknowledged, acknowledged, received, unsent = _TCP_INFO.unpack(info)
        # a broker that hangs has a kernel that acknowledges pings: bytes count only while more of them wait
        waits = unacknowledged or unsent or transport(client).get_write_buffer_size()
        if received != self._seen[1] or (waits and acknowledged != self._seen[0]):
            client._connection._last_data_in = time.monotonic()  # noqa: SLF001
        self._seen = (acknowledged, received)


def peer_certificate(client: Client) -> bytes:
    """DER, that the broker showed; empty without TLS."""
    stream = transport(client).get_extra_info("ssl_object")
    return b"" if stream is None else stream.getpeercert(binary_form=True) or b""


def transport(client: Client) -> Any:
    """Of asyncio; None before the first connection."""
    return getattr(client._connection, "_transport", None)  # noqa: SLF001


def is_closing(client: Client | None) -> bool:
    """True once it has ended, or somebody has begun to end it."""
    found = None if client is None else transport(client)
    return found is None or bool(found.is_closing())


def say_goodbye(client: Client) -> None:
    """The broker closes; where we did, unread mail would make a reset of it, and that can overtake the goodbye."""
    client._connection.send_disconnect()  # noqa: SLF001


def abort(client: Client) -> None:
    """End it at once: close() would wait for bytes that a cut link never takes."""
    found = transport(client)
    if found is not None:
        found.abort()


def notice_silent_cuts(client: Client) -> None:
    """Let the kernel end a connection on which nothing arrives any more."""
    sock = transport(client).get_extra_info("socket")
    if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_CUT_S * 1000)
