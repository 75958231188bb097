"""What one message changes: validated, told apart, judged, and owed to the cloud, all in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from domain.alarms import Change
from domain.incidents import Kind
from domain.readings import Reading, accept
from domain.site_rules.records import Telling
from domain.standing import Problem
from gateway.beliefs import own_faults, site_link
from gateway.beliefs.agreement import Agreement
from gateway.beliefs.endpoint_rows import ROWS_BYTES, EndpointRows
from gateway.beliefs.memory import Memory
from gateway.beliefs.site_book import SiteBook
from gateway.filters.filters import Filters
from gateway.outward import history
from gateway.outward.envelopes import Envelopes
from gateway.outward.pictures import Pictures
from gateway.pipeline.arrivals import Arrival, Reply, Sample, refused_sample
from gateway.pipeline.batch import Batch
from gateway.pipeline.endpoint_settings import EndpointSettings
from gateway.pipeline.followers import Follower, nobody_shows
from gateway.pulse.latency import ENDPOINT, Latency
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.telemetry.telemetry import Telemetry
from gateway.work.office import Office
from protocol import senml, status, texts
from protocol.errors import PayloadError
from runtime.ids import uuid7


class Pipeline:
    """The use cases of the gateway. Everything here runs in the writer's thread, inside a transaction."""

    def __init__(self, site: Site, memory: Memory, outbox: Outbox, quarantine: Quarantine, counters: Counters) -> None:
        self._site = site
        self._memory = memory
        self._outbox = outbox
        self._quarantine = quarantine
        self._counters = counters
        self._envelopes = Envelopes(site, memory.recent)
        self.office = Office(site, outbox, self._envelopes, counters)
        self.office.known = self._known
        self._pictures = Pictures(outbox, self._envelopes, counters)
        self.followers: tuple[Follower, ...] = ()
        self.show: Callable[[Reading], None] = nobody_shows  # called with every new sample
        self._settings = EndpointSettings(site, counters)
        self.telemetry = Telemetry(site.endpoints)
        self.latency = Latency()
        self.watching = True  # False while the site link has been down for too long
        self._measured_s: dict[str, float] = {}  # device -> when its last new sample came, monotonic
        self.rows = EndpointRows(site, memory)
        self.book = SiteBook(site, counters)
        self.agreement = Agreement(self.book, counters)
        self.filters = Filters(site, counters)
        self.batch = Batch(memory, self.filters, self.owe)
        self._by_kind: dict[str, Callable[[sqlite3.Connection, Arrival], Sample | Reply | None]] = {
            "readings": self._take_readings,
            "status": self._take_status,
            "report": self._take_report,
            "piece": self._take_piece,
            "answer": self._take_answer,
        }

    def take(self, db: sqlite3.Connection, arrival: Arrival) -> Sample | Reply | None:
        """Work in one message. What to tell the endpoint after the commit: its sample is durable, or something else."""
        self._counters.add(f"received.{arrival.kind}")
        if arrival.device not in self._site.endpoints:
            self.refuse(db, arrival, "unknown_device")
            return None
        if arrival.kind != "readings":
            self.batch.settle(db)
        try:
            texts.check_whole(arrival.payload.split(b"\n", 1)[0] if arrival.kind == "piece" else arrival.payload)
            return self._by_kind[arrival.kind](db, arrival)
        except PayloadError as error:
            self.refuse(db, arrival, error.reason)
            return refused_sample(arrival) or self._refused_report(arrival)

    def _refused_report(self, arrival: Arrival) -> Reply | None:
        receipt = self.office.refused_report(arrival.payload) if arrival.kind == "report" else None
        return None if receipt is None else Reply(device=arrival.device, kind="receipt", payload=receipt)

    def refuse(self, db: sqlite3.Connection, arrival: Arrival, reason: str) -> None:
        """Keep a message that cannot be accepted, with the reason."""
        self._quarantine.add(db, arrival.received_ms, reason, arrival.topic, arrival.payload)

    def _take_readings(self, db: sqlite3.Connection, arrival: Arrival) -> Sample:
        pack = senml.decode(arrival.payload, self.filters.units(arrival.device))
        sample = Sample(device=arrival.device, boot=pack.boot, seq=pack.seq)
        if pack.device != arrival.device:
            self.refuse(db, arrival, "device_mismatch")
            return sample  # it is durable, in quarantine: sending it again would not help
        if pack.ignored:
            self._counters.add("unknown_channels", pack.ignored)
        if not self.batch.precedes(pack.device, pack.boot, pack.seq):
            self.batch.settle(db)
        endpoint = self._memory.change(db, arrival.device)
        reading = accept(pack, arrival.received_ms)
        if reading.quality != "good":
            self._counters.add("uncertain_time")
        if not endpoint.is_new(reading):
            self._counters.add("duplicates")
            self.batch.settle(db)
            self._emit(db, arrival, endpoint.talked(arrival.received_ms, partial(uuid7, arrival.received_ms)))
            return sample
        self._measured_s[arrival.device] = arrival.received_s
        if reading.told_ms is not None and reading.quality == "good" and not reading.backfill:
            self.latency.observe(ENDPOINT, (arrival.received_ms - reading.told_ms) / 1000)
        self._memory.recent.add(db, reading)
        self.telemetry.add(reading)
        self.batch.add(reading)
        self.show(reading)
        return sample

    def _take_report(self, db: sqlite3.Connection, arrival: Arrival) -> Reply:
        receipt = self.office.report(db, arrival.device, arrival.payload, arrival.received_ms)
        return Reply(device=arrival.device, kind="receipt", payload=receipt)

    def _take_piece(self, db: sqlite3.Connection, arrival: Arrival) -> Reply:
        receipt = self._pictures.take(db, arrival.device, arrival.payload, arrival.received_ms)
        return Reply(device=arrival.device, kind="receipt", payload=receipt)

    def _take_answer(self, db: sqlite3.Connection, arrival: Arrival) -> None:
        self._settings.answered(db, arrival.device, arrival.payload)
        self.office.answered(db, arrival.device, arrival.payload)
        for follower in self.followers:
            follower.answered(db, arrival.device, arrival.payload, arrival.received_ms)

    def _take_status(self, db: sqlite3.Connection, arrival: Arrival) -> Reply | None:
        fields = status.decode(arrival.payload)
        if fields["boot"] >= 1 << 53:
            raise PayloadError("bad_boot", "'boot' is out of range")
        endpoint = self._memory.change(db, arrival.device)
        new_id = partial(uuid7, arrival.received_ms)
        if endpoint.is_late(fields["boot"], birth=fields["why"] == status.BIRTH):
            self._counters.add("late_statuses")
        elif fields["state"] == status.ONLINE:
            told_ms = fields.get("at_ms")
            at_ms = arrival.received_ms if told_ms is None else min(told_ms, arrival.received_ms)
            self._emit(db, arrival, endpoint.talked(at_ms, new_id))
            if fields["why"] == status.BIRTH:
                self.office.came(db, arrival.device, arrival.received_ms)
            for follower in self.followers:
                follower.noted(db, arrival.device, fields, arrival.received_ms)
            settings = self._settings.due(db, arrival.device, fields)
            if settings is not None:
                return Reply(device=arrival.device, kind="config", payload=settings)
        else:
            self._emit(db, arrival, endpoint.left(arrival.received_ms, fields["why"], new_id))
        return None

    def _emit(self, db: sqlite3.Connection, arrival: Arrival, changes: list[Change]) -> None:
        for change in changes:
            self._owe(db, arrival.device, change, arrival.received_ms)

    def _owe(self, db: sqlite3.Connection, device: str, change: Change, now_ms: int) -> None:
        """A change of one endpoint; the rules of the site decide what the centre is told, and when."""
        for telling in self.book.feed(db, device, change, now_ms, partial(uuid7, now_ms)):
            self._tell(db, telling, now_ms)
        if change.incident.kind is Kind.ENDPOINT_OFFLINE:
            self.rows.moved[device] = None

    def _tell(self, db: sqlite3.Connection, telling: Telling, now_ms: int) -> None:
        change = telling.change
        member = self.book.member(telling)
        message = self._envelopes.incident(db, member, change, now_ms, telling.parent)
        self._outbox.add(db, message)
        self._pictures.noted(db, member, change, now_ms)
        self.office.noted(db, member, change, message.id, now_ms, parent=telling.parent)
        self._counters.add(f"incidents.{change.incident.kind}.{change.event}")

    def owe(self, db: sqlite3.Connection, device: str, changes: Sequence[Change], now_ms: int) -> None:
        """Changes of a foreign device, which its adapter has judged."""
        for change in changes:
            self._owe(db, device, change, now_ms)

    def _known(self, db: sqlite3.Connection, device: str, kind: Kind, incident_id: str) -> None:
        """Somebody at the centre has taken an incident: its alarm is acknowledged."""
        endpoint = self._memory.look(db, device) if device in self._site.endpoints else None
        if endpoint is not None and endpoint.acknowledge(kind, self.book.source_of(db, incident_id)):
            self._memory.change(db, device)

    def let_time_pass(self, db: sqlite3.Connection, now_ms: int, steady_ms: int) -> None:
        """What the rules of the site tell because time has passed; once a second is often enough."""
        self.batch.settle(db)
        self.book.end_shelves(db, now_ms, steady_ms)
        for telling in [*self.agreement.look(db, now_ms), *self.book.tick(db, now_ms, partial(uuid7, now_ms))]:
            self._tell(db, telling, now_ms)

    def note_site_link(self, db: sqlite3.Connection, now_ms: int, up_ms: int) -> None:
        """The link to the endpoints' broker is up (`up_ms` is now), or was so long ago that we know nothing of them."""
        self.batch.settle(db)
        self.book.open(db)
        for change in site_link.note(db, now_ms, partial(uuid7, now_ms), up_ms=up_ms):
            self._owe(db, self._site.gateway, change, now_ms)
        self.watching = up_ms == now_ms
        self.rows.moved |= dict.fromkeys(self._site.endpoints)

    def note_own(
        self, db: sqlite3.Connection, kind: Kind, problems: Sequence[Problem], now_ms: int, topic: str = ""
    ) -> None:
        """What the gateway finds wrong with itself now, all of one kind and topic; nothing, where all is well."""
        self.book.open(db)
        for change in own_faults.note(db, kind, problems, now_ms, partial(uuid7, now_ms), topic):
            self._owe(db, self._site.gateway, change, now_ms)

    def find_silent(self, db: sqlite3.Connection, now_ms: int, now_s: float, up_s: float, silence_s: float) -> None:
        """Endpoints without a new sample for `silence_s` of a link standing since `up_s` are away; monotonic."""
        self.batch.settle(db)
        for device in self._site.endpoints:
            endpoint = self._memory.look(db, device)
            since_s = max(up_s, self._measured_s.get(device, up_s))
            if endpoint.presence != "offline" and now_s - since_s > silence_s:
                self._memory.change(db, device)
                for change in endpoint.silent(now_ms, partial(uuid7, now_ms)):
                    self._owe(db, device, change, now_ms)

    def send_history(self, db: sqlite3.Connection, now_ms: int) -> None:
        """Batch what is staged."""
        self.batch.settle(db)
        history.send_staged(db, self._outbox, self._envelopes, now_ms)

    def use(self, site: Site, now_s: float) -> None:
        """Go on by another site file, all samples settled. A new endpoint has its time to be heard; monotonic."""
        for device in site.endpoints:
            self._measured_s.setdefault(device, now_s)
        self._memory.use(site)
        self.filters.use(site)
        self.book.use(site)
        self.rows.use(site)

    def endpoints(self, db: sqlite3.Connection, room: int = ROWS_BYTES) -> dict[str, object]:
        """The endpoints for the status, in so many bytes."""
        self.batch.settle(db)
        return self.rows.fields(db, watching=self.watching, room=room)

    def every_endpoint(self, db: sqlite3.Connection) -> list[dict[str, Any]]:
        """A row of each endpoint, for somebody who stands beside the gateway."""
        self.batch.settle(db)
        return self.rows.everything(db, watching=self.watching)
