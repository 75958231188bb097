"""The MQTT client of gateway and cloud: the only module that knows gmqtt.

Chosen over paho and aiomqtt for one property: with optimistic acknowledgement off, a QoS 1 message is acknowledged
when its handler returns, so the acknowledgement follows our commit (contract, rule 2).
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from gmqtt import Client, Message
from gmqtt.mqtt.constants import MQTTv311, PubAckReasonCode

from runtime.backoff import delay_s

log = structlog.get_logger()

Handler = Callable[[str, bytes], Awaitable[None]]
KEEPALIVE_S = 10  # a silent cut is noticed within two of these; the budget for a fire is 10 s on a live link
CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where and as whom to connect, and what to say when this process dies."""

    host: str
    port: int
    client_id: str
    subscriptions: tuple[str, ...]
    will_topic: str | None = None
    will_payload: bytes = b""
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None


class Connection:
    """A connection that heals itself. `publish` is at least once while it lives; durability is the outbox's work."""

    def __init__(self, link: Link, handler: Handler) -> None:
        self._link = link
        self._handler = handler
        self._up = asyncio.Event()
        self._lost = asyncio.Event()
        self._client: Client | None = None
        self.connects = 0

    @property
    def is_up(self) -> bool:
        """True between a completed subscription and the loss of the connection."""
        return self._up.is_set()

    async def wait_up(self) -> None:
        """Return once connected and subscribed."""
        await self._up.wait()

    async def wait_lost(self) -> None:
        """Return once the present connection is gone."""
        await self._lost.wait()

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Send at QoS 1; silently nothing while the link is down: the outbox still owes the message."""
        if self._client is not None and self.is_up:
            self._client.publish(Message(topic, payload, qos=1, retain=retain))

    async def _on_message(self, _client: Client, topic: str, payload: bytes, _qos: int, _props: Any) -> int:
        await self._handler(topic, payload)
        return int(PubAckReasonCode.SUCCESS)

    def _new_client(self) -> Client:
        link = self._link
        will = Message(link.will_topic, link.will_payload, qos=1, retain=True) if link.will_topic else None
        client = Client(link.client_id, clean_session=False, optimistic_acknowledgement=False, will_message=will)
        client.set_config({"reconnect_retries": 0, "reconnect_delay": 0})
        if link.username is not None:
            client.set_auth_credentials(link.username, link.password)
        client.on_message = self._on_message
        client.on_disconnect = lambda *_: self._lost.set()
        return client

    async def _connect_once(self) -> None:
        link = self._link
        tls: ssl.SSLContext | bool = ssl.create_default_context(cafile=link.ca_file) if link.ca_file else False
        subscribed = asyncio.Event()
        self._lost.clear()
        client = self._new_client()
        client.on_subscribe = lambda *_: subscribed.set()
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await client.connect(link.host, link.port, ssl=tls, keepalive=KEEPALIVE_S, version=MQTTv311)
            self._client = client
            for topic in link.subscriptions:
                client.subscribe(topic, qos=1)
            if link.subscriptions:
                await subscribed.wait()
        self.connects += 1
        self._up.set()

    async def run(self) -> None:
        """Connect, stay until the link is lost, connect again; for ever."""
        for attempt in itertools.count():
            try:
                await self._connect_once()
            except (OSError, TimeoutError) as error:
                log.warning("mqtt_connect_failed", host=self._link.host, port=self._link.port, why=str(error))
                await asyncio.sleep(delay_s(attempt))
                continue
            log.info("mqtt_up", client=self._link.client_id, port=self._link.port)
            await self._lost.wait()
            self._up.clear()
            log.warning("mqtt_lost", client=self._link.client_id, port=self._link.port)
            await asyncio.sleep(delay_s(0))

    async def close(self, last_topic: str | None = None, last_payload: bytes = b"") -> None:
        """Say goodbye (a retained status of a clean exit) and disconnect."""
        if self._client is None or not self.is_up:
            return
        if last_topic is not None:
            self.publish(last_topic, last_payload, retain=True)
            await asyncio.sleep(0.1)
        self._up.clear()
        await self._client.disconnect()


@asynccontextmanager
async def connected(link: Link, handler: Handler) -> AsyncIterator[Connection]:
    """A running connection as a context; it is cancelled and closed on the way out."""
    connection = Connection(link, handler)
    task = asyncio.create_task(connection.run(), name=f"mqtt[{link.client_id}]")
    try:
        yield connection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()
