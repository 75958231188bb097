"""The endpoint's link to its gateway: stays connected, sends what is owed, answers nothing it does not know.

Messages that were not acknowledged when a connection ended are not repeated from here with DUP set: our sessions are
clean, so the packet identifiers mean nothing to the next one. The outbox has them, and they go again as backfill.
"""

import asyncio

from firmware.device import const
from firmware.device.backoff import delay_s
from firmware.device.session import KEEPALIVE_S, LinkLost, Session
from firmware.device.socket_open import open_stream
from protocol import commands, sample_acks, status, topics
from protocol import mqtt_packets as mqtt
from protocol.errors import ProtocolError

_CONNECT_TIMEOUT_S = const(15)  # TLS on an ESP32 takes 2 to 5 s
_GREET_TIMEOUT_S = const(10)
_STABLE_MS = const(30_000)  # a connection that lasted so long starts the back-off anew
_GOODBYE_S = const(2)
_TOPICS = const(("readings", "status", "clock", "command", "ack"))


class Link:
    """`refused` is the broker's reason where it will not let this endpoint in, else None."""

    def __init__(self, config: dict, boot: int, records, outbox, clock, health) -> None:
        self._config = config
        self._boot = boot
        self._records = records
        self._outbox = outbox
        self._clock = clock
        self._health = health
        self._topics = {kind: topics.build(config["site"], config["device"], kind) for kind in _TOPICS}
        self._notes: dict = {}  # kind -> (payload, retain): a newer one replaces what was not sent
        self._session: Session | None = None
        self.rejected = 0

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
            except (asyncio.TimeoutError, OSError, LinkLost, ValueError) as error:  # noqa: UP041
                self._note_loss(error)
            if self._clock.uptime_ms() - started_ms > _STABLE_MS:
                attempt = 0
            await asyncio.sleep(delay_s(attempt))
            attempt += 1

    async def goodbye(self) -> None:
        """Keep what is not acknowledged and publish that this endpoint leaves on purpose, if there is a connection.

        Straight to the socket: the Ctrl-C that brought us here may have ended the task that writes.
        """
        session = self._session
        if session is None:
            return
        self._outbox.went_offline()
        payload = self._health.message(status.OFFLINE, status.CLEAN_EXIT)
        try:
            await asyncio.wait_for(session.leave(self._topics["status"], payload), _GOODBYE_S)
        except (asyncio.TimeoutError, OSError) as error:  # noqa: UP041
            print("link down:", error)

    def next_message(self) -> tuple | None:
        """For the session: the next thing to send, status and clock before samples."""
        for kind in ("status", "clock"):
            if kind in self._notes:
                payload, retain = self._notes.pop(kind)
                return self._topics[kind], payload, retain
        owed = self._outbox.next()
        if owed is None:
            return None
        payload = self._records.message(self._records.unpack(owed[0]), self._config["device"], self._clock, owed[1])
        return self._topics["readings"], payload, False

    def second_passed(self) -> None:
        """For the session: once a second while it lives."""
        self._outbox.second_passed()

    def arrived(self, topic: str, payload: bytes) -> None:
        """For the session: the gateway acknowledges samples or gives a command."""
        try:
            if topic == self._topics["ack"]:
                self._outbox.stored(*sample_acks.decode_samples(payload))
                return
            command = commands.decode_command(payload)
        except ProtocolError as error:
            self.rejected += 1
            print("rejected:", topic, error)
            return
        self._clock.answered(command["boot"], command["ticks_ms"], command["utc_ms"])

    async def _connected(self) -> None:
        stream = await asyncio.wait_for(open_stream(self._config), _CONNECT_TIMEOUT_S)
        session = Session(stream, self)
        try:
            filters = (self._topics["command"], self._topics["ack"])
            await asyncio.wait_for(session.greet(self._connect_packet(), filters), _GREET_TIMEOUT_S)
            self._went_online(session)
            await session.serve()  # ends by raising, always
        except KeyboardInterrupt:
            raise  # a technician: goodbye() needs the session as it is
        except BaseException:
            self._session = None
            self._outbox.went_offline()
            await session.close()
            raise

    def _connect_packet(self) -> bytes:
        will = mqtt.Will(self._topics["status"], status.last_will(self._boot))
        config = self._config
        return mqtt.connect(config["device"], KEEPALIVE_S, will, config["username"], config["password"])

    def _went_online(self, session: Session) -> None:
        self._health.faults.pop("link", None)
        self._notes = {"status": (self._health.message(status.ONLINE, status.BIRTH), True)}
        self._clock.reconnected()
        self._outbox.went_online()
        self._session = session
        self.cycle_done()
        print("link up:", self._config["host"], self._config["port"])

    def _note_loss(self, error) -> None:
        reason = str(error).strip() or type(error).__name__
        self._health.faults["link"] = reason[:64]
        print("link down:", reason)
