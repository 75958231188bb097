"""The endpoint's link to its gateway: stays connected, sends what is owed, answers nothing it does not know.

Messages that were not acknowledged when a connection ended are not repeated from here with DUP set: our sessions are
clean, so the packet identifiers mean nothing to the next one. Who gave a message has it still, and gives it again.
"""

import asyncio

from firmware.device import const
from firmware.device.backoff import delay_s
from firmware.device.log import say
from firmware.device.session import KEEPALIVE_S, LinkLost, Session
from protocol import commands, sample_acks, status
from protocol import mqtt_packets as mqtt

_CONNECT_TIMEOUT_S = const(15)  # TLS on an ESP32 takes 2 to 5 s
_GREET_TIMEOUT_S = const(10)
_STABLE_MS = const(30_000)  # a connection that lasted so long starts the back-off anew
_GOODBYE_S = const(2)
_STARVED = const(6)  # connections in a row that ended for want of memory: the heap is in pieces and stays so


class Link:
    """Sources have next_message() -> (kind, payload) or None, went_offline(), handlers: kind -> callable(payload), some
    have second_passed(). They come after new samples and before those of the past.
    """

    def __init__(self, config: dict, kit, records, outbox, health, opener) -> None:
        self._config = config
        self._boot = kit.boot
        self._records = records
        self._outbox = outbox
        self._clock = kit.clock
        self._health = health
        self._opener = opener
        self._base = "gw/1/%s/%s/" % (config["site"], config["device"])  # protocol.topics; checked with the config
        self._notes: dict = {}  # kind -> (payload, retain): a newer one replaces what was not sent
        self._session: Session | None = None
        self._orders = None
        self._sources: list = []
        self._handlers: dict = {"ack": [self._acked], "command": [self._commanded]}
        self.rejected = 0
        self.up_ms: int | None = None  # since when there is a link
        self._hungry = 0  # connections in a row that ended for want of memory

    def serve(self, orders, sources: list, configured) -> None:
        """Whose messages to carry, and who takes settings."""
        self._handlers["config"] = [configured]
        self._orders = orders
        self._sources = [orders] + sources
        for source in sources:
            for kind, handler in source.handlers.items():
                self._handlers.setdefault(kind, []).append(handler)

    def cycle_done(self) -> None:
        """Once a sample: what is due goes out."""
        if self._session is None:
            return
        beat = self._health.heartbeat()
        if beat is not None:
            self._notes["status"] = (beat, True)
        if self._clock.due():
            self._notes["clock"] = (commands.encode_clock_request(self._boot, self._clock.uptime_ms()), False)
        self._session.wake()

    async def run(self) -> None:
        """For ever: connect, serve, wait a little longer each time it fails."""
        attempt = 0
        while True:
            started_ms = self._clock.uptime_ms()
            try:
                await self._connected()
            # ValueError: a PacketError, and what MicroPython raises for a certificate that is not our CA's
            except (asyncio.TimeoutError, OSError, LinkLost, ValueError, MemoryError) as error:  # noqa: UP041
                self._starve(isinstance(error, MemoryError))
                self._note_loss(error)
            if self._clock.uptime_ms() - started_ms > _STABLE_MS:
                attempt = 0
            await asyncio.sleep(delay_s(attempt))
            attempt += 1

    def _starve(self, hungry: bool) -> None:
        self._hungry = self._hungry + 1 if hungry else 0
        for source in self._sources if hungry else ():
            if hasattr(source, "give_way"):
                source.give_way()

    def starved(self) -> bool:
        """True where only a new start would find room for what is to be sent. All of it is on flash."""
        return self._hungry >= _STARVED

    async def goodbye(self) -> None:
        """Keep what is not acknowledged and publish that this endpoint leaves on purpose, if there is a connection.

        Straight to the socket: the Ctrl-C that brought us here may have ended the task that writes.
        """
        session = self._session
        self._outbox.went_offline()
        if session is None:
            return
        try:
            payload = self._health.message(status.OFFLINE, status.CLEAN_EXIT)
            await asyncio.wait_for(session.leave(self._base + "status", payload), _GOODBYE_S)
        except (asyncio.TimeoutError, OSError, MemoryError) as error:  # noqa: UP041 - a technician wants the prompt
            say("link down:", error)

    def next_message(self) -> tuple | None:
        """For the session: the next thing to send."""
        for kind in ("status", "clock"):
            if kind in self._notes:
                payload, retain = self._notes.pop(kind)
                return self._base + kind, payload, retain, None
        record = self._outbox.live()
        if record is not None:
            return self._reading(record, False)
        for source in self._sources:
            message = source.next_message()
            if message is not None:
                return self._base + message[0], message[1], False, message[2] if len(message) > 2 else None
        record = self._outbox.backfill()
        return None if record is None else self._reading(record, True)

    def _reading(self, record: bytes, backfill: bool) -> tuple:
        sample = self._records.unpack(record)
        payload = self._records.message(sample, self._config["device"], self._clock, backfill)
        return self._base + "readings", payload, False, None

    def delivered(self, token: str) -> None:
        """For the session: the broker has an answer."""
        self._orders.delivered(token)

    def second_passed(self) -> None:
        """For the session: once a second while it lives."""
        self._outbox.second_passed()
        for source in self._sources:
            if hasattr(source, "second_passed"):
                source.second_passed()

    def arrived(self, topic: str, payload: bytes) -> None:
        """For the session: to whoever handles this kind of message."""
        for handler in self._handlers.get(topic[len(self._base) :], ()):
            try:
                handler(payload)
            except ValueError as error:  # a ProtocolError, mostly
                self.rejected += 1
                say("rejected:", topic, error)

    def _acked(self, payload: bytes) -> None:
        self._outbox.stored(*sample_acks.decode_samples(payload))

    def _commanded(self, payload: bytes) -> None:
        command = commands.decode_command(payload)
        if command["cmd"] == commands.CLOCK:
            self._clock.answered(command["boot"], command["ticks_ms"], command["utc_ms"])
        else:
            self._orders.take(command)

    async def _connected(self) -> None:
        stream = await asyncio.wait_for(self._opener.open(), _CONNECT_TIMEOUT_S)
        session = Session(stream, self)
        try:
            filters = [self._base + kind for kind in self._handlers]
            await asyncio.wait_for(session.greet(self._connect_packet(), filters), _GREET_TIMEOUT_S)
            self._went_online(session)
            await session.serve()  # ends by raising, always
        except KeyboardInterrupt:
            raise  # a technician: goodbye() needs the session as it is
        except BaseException:
            self._went_offline()
            await session.close()
            raise

    def _went_offline(self) -> None:
        self._session = self.up_ms = None
        self._outbox.went_offline()
        for source in self._sources:
            source.went_offline()

    def _connect_packet(self) -> bytes:
        will = mqtt.Will(self._base + "status", status.last_will(self._boot))
        config = self._config
        return mqtt.connect(config["device"], KEEPALIVE_S, will, config["username"], config["password"])

    def _went_online(self, session: Session) -> None:
        self._health.faults.pop("link", None)
        self._notes = {"status": (self._health.message(status.ONLINE, status.BIRTH), True)}
        self._clock.reconnected()
        self._outbox.went_online()
        self._session = session
        self.up_ms = self._clock.uptime_ms()
        self.cycle_done()
        say("link up:", self._config["host"], self._config["port"])

    def _note_loss(self, error) -> None:
        reason = str(error).strip() or type(error).__name__
        self._health.faults["link"] = reason[:64]
        say("link down:", reason)
