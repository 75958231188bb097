"""What we need of gmqtt's client and it does not offer: its socket, its certificate, what nobody has acknowledged."""

from __future__ import annotations

import socket
from typing import Any

from gmqtt import Client

SILENT_CUT_S = 15  # the kernel ends a connection whose bytes nobody has acknowledged for this long


def peer_certificate(client: Client) -> bytes:
    """DER, that the broker showed; empty without TLS."""
    stream = transport(client).get_extra_info("ssl_object")
    return b"" if stream is None else stream.getpeercert(binary_form=True) or b""


def transport(client: Client) -> Any:
    """Of asyncio; None before the first connection."""
    return getattr(client._connection, "_transport", None)  # noqa: SLF001


def oldest_sent(client: Client | None) -> bytes | None:
    """The first packet that the broker has not acknowledged."""
    sent = () if client is None else client._persistent_storage.get_all()  # noqa: SLF001
    return sent[0][1] if sent else None


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
