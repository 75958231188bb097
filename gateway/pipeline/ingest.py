"""From the site's broker into the pipeline. Broker and endpoint get their acknowledgements after the commit."""

from __future__ import annotations

import asyncio

import structlog

from domain.sequences import ranges_of
from gateway.pipeline.arrivals import Arrival, Reply, Sample, refused_sample
from gateway.pipeline.aside import BEFORE_AGAIN_S, INTERNAL_ERROR, will_pass
from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.latency import COMMIT
from gateway.site_file.site import Site
from gateway.store.bundles import Bundles
from gateway.store.writer import Writer
from protocol import commands, sample_acks, topics
from protocol.errors import PayloadError, TopicError
from runtime.clock import CLOCK_SET_MS, Clock
from runtime.mqtt import Connection

log = structlog.get_logger()


class Ingest:
    """The handler of the site's connection."""

    def __init__(self, site: Site, pipeline: Pipeline, writer: Writer, bundles: Bundles, clock: Clock) -> None:
        self._site = site
        self._bundles = bundles
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock
        self._durable: dict[tuple[str, int], list[int]] = {}
        self.link: Connection | None = None
        self._revoked: frozenset[str] = frozenset()

    def shut_out(self, revoked: frozenset[str]) -> None:
        """Take nothing from these any more; what they sent before waits at the broker, perhaps."""
        self._revoked = revoked

    async def handle(self, topic: str, payload: bytes) -> None:
        """Return once the message is durable. Raises where it could not be: then the broker delivers it again."""
        received_ms = self._clock.now_ms()
        try:
            _, device, kind = topics.parse(topic)
        except TopicError as error:
            device, kind = "", error.reason
        if device == self._site.gateway:
            return  # our own status, where one broker serves site and cloud
        arrival = Arrival(
            device=device,
            kind=kind,
            topic=topic,
            payload=payload,
            received_ms=received_ms,
            received_s=asyncio.get_running_loop().time(),
        )
        if device in self._revoked:
            await self._refuse(arrival, "revoked")
            return
        answers = {"clock": self._answer_clock, "fetch": self._answer_fetch}
        await answers.get(kind, self._take)(arrival)

    async def _answer_clock(self, arrival: Arrival) -> None:
        if arrival.device not in self._site.endpoints:
            return await self._refuse(arrival, "unknown_device")
        try:
            boot, ticks_ms = commands.decode_clock_request(arrival.payload)
        except PayloadError as error:
            return await self._refuse(arrival, error.reason)
        now_ms = self._clock.now_ms()
        if now_ms < CLOCK_SET_MS:
            log.warning("clock_not_answered", device=arrival.device, now_ms=now_ms)
            return None
        answer = commands.encode_clock(boot, ticks_ms, now_ms)
        self._publish(topics.build(self._site.site, arrival.device, "command"), answer)
        return None

    async def _answer_fetch(self, arrival: Arrival) -> None:
        if arrival.device not in self._site.endpoints:
            return await self._refuse(arrival, "unknown_device")
        try:
            piece = await asyncio.to_thread(self._bundles.piece, arrival.payload)
        except (PayloadError, OSError) as error:
            reason = error.reason if isinstance(error, PayloadError) else "bundle_unreadable"
            return await self._refuse(arrival, reason)
        if piece is None:
            return await self._refuse(arrival, "unknown_bundle")
        self._publish(topics.build(self._site.site, arrival.device, "bundle"), piece)
        return None

    async def _take(self, arrival: Arrival) -> None:
        job = self._writer.do(lambda db: self._pipeline.take(db, arrival))
        (outcome,) = await asyncio.gather(job, return_exceptions=True)
        if self._writer.afloat and not isinstance(outcome, BaseException):
            return  # judged, but not durable: the broker may forget it, its endpoint may not, and sends it again
        if isinstance(outcome, Sample):
            took_s = asyncio.get_running_loop().time() - arrival.received_s
            self._pipeline.latency.observe(COMMIT, took_s)
            self._acknowledge(outcome)
        elif isinstance(outcome, Reply):
            self._publish(topics.build(self._site.site, outcome.device, outcome.kind), outcome.payload)
        elif will_pass(outcome):
            await asyncio.sleep(BEFORE_AGAIN_S)
            raise outcome  # the link is dropped, and the broker delivers it again
        elif isinstance(outcome, Exception):  # a fault of ours: the message must neither be lost nor come back for ever
            log.error("message_failed", topic=arrival.topic, exc_info=outcome)
            await self._refuse(arrival, INTERNAL_ERROR)
            sample = refused_sample(arrival)
            if sample is not None and not self._writer.afloat:
                self._acknowledge(sample)

    async def _refuse(self, arrival: Arrival, reason: str) -> None:
        await self._writer.do(lambda db: self._pipeline.refuse(db, arrival, reason))

    def _acknowledge(self, sample: Sample) -> None:
        if not self._durable:  # the others of this commit come in the same turn of the loop
            asyncio.get_running_loop().call_soon(self._send_acknowledgements)
        self._durable.setdefault((sample.device, sample.boot), []).append(sample.seq)

    def _send_acknowledgements(self) -> None:
        durable, self._durable = self._durable, {}
        for (device, boot), numbers in durable.items():
            topic = topics.build(self._site.site, device, "ack")
            self._publish(topic, sample_acks.encode_samples(boot, ranges_of(numbers)))

    def _publish(self, topic: str, payload: bytes) -> None:
        if self.link is not None:
            self.link.publish(topic, payload)
