"""Ask a broker whether it takes a login, and which certificate it shows: the only proof that it has read its files."""

from __future__ import annotations

import hashlib
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from protocol import mqtt_packets as mqtt
from protocol.errors import PacketError

TIMEOUT_S = 3.0
KEEPALIVE_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the broker said. `trouble` empty: it lets this login in."""

    fingerprint: str = ""  # SHA-256 of the certificate that it shows
    trouble: str = ""  # away, certificate, refused, silent
    detail: str = ""


def ask(address: tuple[str, int], ca_file: Path, login: str, password: str, timeout_s: float = TIMEOUT_S) -> Answer:
    """Connect, log in, leave. Never raises for a broker that misbehaves."""
    fingerprint = ""
    try:
        context = ssl.create_default_context(cafile=str(ca_file))
        with (
            socket.create_connection(address, timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=address[0]) as stream,
        ):
            fingerprint = hashlib.sha256(stream.getpeercert(binary_form=True) or b"").hexdigest()
            stream.sendall(mqtt.connect(login, KEEPALIVE_S, username=login, password=password))
            code = _connack(stream)
            if code == 0:
                stream.sendall(mqtt.BYE)
    except ssl.SSLError as error:
        return Answer(trouble="certificate", detail=str(error.reason or error))
    except TimeoutError:
        return Answer(trouble="silent", detail=f"{address[0]}:{address[1]}", fingerprint=fingerprint)
    except (OSError, PacketError) as error:
        return Answer(trouble="away", detail=str(error), fingerprint=fingerprint)
    return Answer(trouble="" if code == 0 else "refused", detail=f"CONNACK {code}", fingerprint=fingerprint)


def _connack(stream: ssl.SSLSocket) -> int:
    reader = mqtt.Reader()
    while data := stream.recv(256):
        for packet in reader.feed(data):
            if packet.kind == mqtt.CONNACK:
                return int(packet.code)
    raise OSError("the connection ended before the answer")
