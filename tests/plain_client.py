"""A plain MQTT client over TLS for tests of brokers: says what it is told, keeps what it hears, heals nothing."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from types import TracebackType

from protocol import mqtt_packets as mqtt

TIMEOUT_S = 5.0


class PlainClient:
    """One connection. `code` is the broker's answer to the login."""

    def __init__(
        self,
        port: int,
        ca: Path,
        login: str,
        password: str | None,
        client_id: str = "",
        will: mqtt.Will | None = None,
        *,
        clean: bool = True,
    ) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        plain = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._stream = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self._reader = mqtt.Reader()
        self._mid = 0
        self.heard: list[mqtt.Packet] = []
        name, key = (None, None) if password is None else (login, password)
        self._stream.sendall(mqtt.connect(client_id or login, 60, will, name, key, clean))
        self.code = self._wait(mqtt.CONNACK).code

    def __enter__(self) -> PlainClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def subscribe(self, topic: str) -> None:
        """Returns once the broker has granted it; mosquitto grants everything and filters what it delivers."""
        self._mid += 1
        self._stream.sendall(mqtt.subscribe(self._mid, topic))
        self._wait(mqtt.SUBACK)

    def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> None:
        """At QoS 1; returns once the broker has worked it in, also where it dropped it."""
        self._mid += 1
        self._stream.sendall(mqtt.publish(topic, payload, self._mid, retain))
        self._wait(mqtt.PUBACK)

    def topics(self) -> list[str]:
        """Of everything heard so far: the broker answers a ping after what it had to deliver before."""
        self._stream.sendall(mqtt.PING)
        self._wait(mqtt.PINGRESP)
        return [packet.topic for packet in self.heard]

    def wait_end(self, timeout_s: float = TIMEOUT_S) -> None:
        """Return once the broker has closed this connection. Raises TimeoutError."""
        self._stream.settimeout(timeout_s)
        try:
            while data := self._stream.recv(4096):
                self.heard += [packet for packet in self._reader.feed(data) if packet.kind == mqtt.PUBLISH]
        except (ConnectionResetError, ssl.SSLEOFError):
            return

    def cut(self) -> None:
        """Gone without a goodbye: the broker speaks the last will."""
        self._stream.close()

    def _wait(self, kind: int) -> mqtt.Packet:
        while data := self._stream.recv(4096):
            found = None
            for packet in self._reader.feed(data):
                if packet.kind == mqtt.PUBLISH:
                    self.heard.append(packet)
                    self._stream.sendall(mqtt.puback(packet.mid) if packet.qos else b"")
                elif packet.kind == kind:
                    found = packet
            if found is not None:
                return found
        raise ConnectionError(f"the broker closed the connection of {self!r}")


def code_of(port: int, ca: Path, login: str, password: str | None, client_id: str = "") -> int:
    """What the broker answers to a login: 0 come in, 4 or 5 stay out."""
    with PlainClient(port, ca, login, password, client_id) as client:
        return int(client.code)
