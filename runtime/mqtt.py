"""The MQTT client of gateway and cloud; it and mqtt_insides know gmqtt. It acknowledges when a handler returns.

Chosen over paho and aiomqtt for that: the acknowledgement of a QoS 1 message follows our commit (contract, rule 2)."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from gmqtt import Client, Message, Subscription
from gmqtt.mqtt.constants import MQTTv50, MQTTv311, PubAckReasonCode
from gmqtt.mqtt.handler import MQTTConnectError

from runtime import mqtt_insides as insides
from runtime.backoff import delay_s
from runtime.mqtt_sending import Sending, Then
from runtime.mqtt_way import Way
from runtime.supervise import supervise
from runtime.tls import trust

log = structlog.get_logger()

Handler = Callable[[str, bytes], Awaitable[None]]
KEEPALIVE_S = 10  # a silent cut is noticed within two of these; the budget for a fire is 10 s on a live link
CONNECT_TIMEOUT_S = 5
GOODBYE_S = 2
STALLED_S = 120.0  # default of ours
NEVER_RECONNECT = -2  # gmqtt would reconnect beside us; it takes 0 for "once more" and -1 for "for ever"
IN_FLIGHT = 200  # unacknowledged messages that a listener holds; of a group, the rest goes to the others
FOR_EVER = 0xFFFFFFFF  # MQTT 5: a session outlives its connection, as in 3.1.1
REFUSED = 0x80  # SUBACK: the broker does not let us listen there

logging.getLogger("gmqtt").setLevel(logging.CRITICAL)  # it calls every lost connection an error; we say it once


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
    cert_file: str | None = None  # who we are, to a broker that asks for a certificate
    key_file: str | None = None
    clean: bool = False  # True: the broker keeps nothing for a listener that comes once
    in_flight: int = IN_FLIGHT  # the broker hands out in order: who wants to choose must see all that wait
    stalled_s: float = STALLED_S  # a broker may answer pings and take nothing: what is sent would pile up here
    group: str | None = None  # each message goes to one of the listeners of this group (MQTT 5 shared subscription)


class Connection:
    """A connection that heals itself. `publish` is at least once while it lives; durability is the outbox's work."""

    def __init__(self, link: Link, handler: Handler) -> None:
        self._link = link
        self._handler = handler
        self._up = asyncio.Event()
        self._lost = asyncio.Event()
        self._client: Client | None = None
        # 3.1.1 cannot say how many; a broker that knows no MQTT 5 is spoken to in 3.1.1, and hands out few at a time
        self._versions = [MQTTv311] if not link.group and link.in_flight <= IN_FLIGHT else [MQTTv50, MQTTv311]
        self._sending = Sending()
        self._log = log.bind(client=link.client_id, host=link.host, port=link.port)
        self.connects = 0
        self.trouble = ""  # code of why there is no connection: away, login, certificate, forbidden; empty: there is
        self.peer_certificate = b""  # DER, that the broker showed last

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

    def publish(self, topic: str, payload: bytes, retain: bool = False, taken: Then | None = None) -> None:
        """Send at QoS 1; silently nothing while the link is down: the outbox still owes the message.

        `taken` is called once the broker has it.
        """
        if self.is_up:
            self._sending.put(Message(topic, payload, qos=1, retain=retain), taken)

    def turn(self) -> AbstractAsyncContextManager[None]:
        """For one message that can wait, in order: entered while so little is on its way that nobody waits for it."""
        return self._sending.turn()

    @property
    def way(self) -> Way:
        """How what is sent moves, on the present connection."""
        return self._sending.way

    def drop(self) -> None:
        """Give up the present connection at once; `run` makes a new one and the broker delivers again what we owe."""
        if self._client is not None:
            insides.abort(self._client)
        self._lost.set()

    async def _on_message(self, _client: Client, topic: str, payload: bytes, _qos: int, _props: Any) -> int:
        handled = False
        try:
            await self._handler(topic, payload)
            handled = True
        finally:
            if not handled:  # never acknowledged: only a new connection makes the broker deliver it again
                self.drop()
        return int(PubAckReasonCode.SUCCESS)

    def _on_disconnect(self, client: Client, *_: Any) -> None:
        if client is self._client:  # a connection given up earlier may say goodbye late
            self._lost.set()

    def _new_client(self) -> Client:
        link = self._link
        kept_s = 0 if link.clean else FOR_EVER
        more: dict[str, Any] = {"receive_maximum": link.in_flight, "session_expiry_interval": kept_s}
        if link.will_topic:
            more["will_message"] = Message(link.will_topic, link.will_payload, qos=1, retain=True)
        more["persistent_storage"] = self._sending.begin()
        client = Client(link.client_id, link.clean, optimistic_acknowledgement=False, **more)
        client.set_config({"reconnect_retries": NEVER_RECONNECT, "reconnect_delay": 0})
        if link.username is not None:
            client.set_auth_credentials(link.username, link.password)
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    async def _subscribe(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        granted: asyncio.Future[tuple[int, ...]] = loop.create_future()
        client.on_subscribe = lambda _client, _mid, qos, _props: granted.set_result(qos)
        shared = f"$share/{self._link.group}/" if self._link.group else ""
        client.subscribe([Subscription(shared + topic, qos=1) for topic in self._link.subscriptions])
        asked_s = loop.time()
        answer = await granted
        self.way.delay_s = loop.time() - asked_s
        for topic, qos in zip(self._link.subscriptions, answer, strict=True):
            if qos >= REFUSED:
                raise insides.LinkRefused(f"the broker refuses the subscription to {topic}")

    async def _connect_once(self) -> None:
        link = self._link
        self._lost.clear()
        client = self._new_client()
        up = False
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                # read anew each time: certificates are renewed while we run
                tls = trust(link.ca_file, link.cert_file, link.key_file)
                await client.connect(link.host, link.port, ssl=tls, keepalive=KEEPALIVE_S, version=self._versions[0])
                self.peer_certificate = insides.peer_certificate(client)
                insides.notice_silent_cuts(client)
                if link.subscriptions:
                    await self._subscribe(client)
            up = True
        finally:
            if not up:
                insides.abort(client)
        self._client, self.trouble = client, ""
        self._sending.up(client)
        self.connects += 1
        self._up.set()

    async def run(self) -> None:
        """Connect, stay until the link is lost, connect again; for ever."""
        self._end()  # where this failed, nobody knew yet that the connection is gone
        attempt = 0
        while True:
            try:
                await self._connect_once()
            except (OSError, TimeoutError, MQTTConnectError) as error:
                self.trouble = insides.code_of(error)
                self._log.warning("mqtt_connect_failed", trouble=self.trouble, why=repr(error))
                refused = isinstance(error, ConnectionRefusedError | insides.LinkRefused | ssl.SSLError)
                if not refused and not self._link.group:
                    self._versions.reverse()  # perhaps somebody is there and does not understand us
                await asyncio.sleep(delay_s(attempt))
                attempt += 1
                continue
            attempt = 0
            self._log.info("mqtt_up")
            await self._stand()
            self._end()
            self.trouble = "away"
            self._versions.sort(reverse=True)
            self._log.warning("mqtt_lost")
            await asyncio.sleep(delay_s(0))

    def _end(self) -> None:
        """Of the present connection: for whoever asks, and for whoever waits for it."""
        self._up.clear()
        self._sending.down()
        self.drop()

    async def _stand(self) -> None:
        """Return once the present connection is gone or closes; one that acknowledges nothing any more is given up."""
        progress = insides.Progress()
        while not (self._lost.is_set() or insides.is_closing(self._client)):
            progress.look(self._client)
            if self._sending.still_s() > self._link.stalled_s:
                self._log.warning("mqtt_stalled")
                self.drop()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(self._link.stalled_s, KEEPALIVE_S) / 4):
                    await self._lost.wait()

    async def close(self, last_topic: str | None = None, last_payload: bytes = b"") -> None:
        """Say goodbye (a retained status of a clean exit) and disconnect. Never waits long for a dead link."""
        if self._client is not None and self.is_up:
            if last_topic is not None:
                self.publish(last_topic, last_payload, retain=True)
            self._up.clear()
            # over TLS the end is an error where the broker had something more to say
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(GOODBYE_S):
                    insides.say_goodbye(self._client)
                    await self._lost.wait()
        self._end()


@asynccontextmanager
async def connected(link: Link, handler: Handler, failures: Counter[str] | None = None) -> AsyncIterator[Connection]:
    """A running connection as a context; it is cancelled and closed on the way out. Its failures are counted."""
    connection = Connection(link, handler)
    name = f"mqtt[{link.client_id}]"
    task = asyncio.create_task(supervise(name, connection.run, Counter() if failures is None else failures), name=name)
    try:
        yield connection
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()
