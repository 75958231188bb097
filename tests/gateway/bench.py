"""A pipeline on a real database, without process and broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.beliefs.memory import Memory
from gateway.pipeline.arrivals import Arrival
from gateway.pipeline.pipeline import Pipeline
from gateway.rollouts.rollouts import Rollouts
from gateway.site_file.site import load
from gateway.store.counters import Counters
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.schema import open_database
from protocol import events
from tests.gateway.site import START_MS, sample, write_site


class Bench:
    """A pipeline and its database; every message is one transaction."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.counters = Counters()
        self.folder = folder
        self.configure(settings)
        self.db, _ = open_database(folder / "gateway.sqlite")
        self.restart()

    def configure(self, settings: str) -> None:
        """Write the site file anew; `restart` reads it."""
        self.site = load(write_site(self.folder, 1883, ("fire-a", "fire-b"), settings))

    def restart(self) -> None:
        """As after kill -9: nothing but the database."""
        self.memory = Memory(self.site)
        outbox, quarantine = Outbox(10**9, self.counters), Quarantine(1000, self.counters)
        self.pipeline = Pipeline(self.site, self.memory, outbox, quarantine, self.counters)
        self.rollouts = Rollouts(self.site, self.memory, self.counters)
        self.pipeline.followers = (self.rollouts,)

    def rows(self) -> list[dict[str, Any]]:
        """The endpoints as the status describes them."""
        rows: Any = self.pipeline.endpoints(self.db)["endpoints"]
        return list(rows)

    def take(self, payload: bytes, device: str = "fire-a", kind: str = "readings", at_ms: int = START_MS) -> Any:
        """One message."""
        return self._commit(lambda: self.take_in_transaction(payload, device, kind, at_ms))

    def take_in_transaction(
        self, payload: bytes, device: str = "fire-a", kind: str = "readings", at_ms: int = START_MS
    ) -> Any:
        """One message of several in a transaction that the caller begins and ends."""
        return self.pipeline.take(self.db, self.arrival(payload, device, kind, at_ms))

    @staticmethod
    def arrival(payload: bytes, device: str = "fire-a", kind: str = "readings", at_ms: int = START_MS) -> Arrival:
        """A message as it comes from the broker."""
        return Arrival(
            device=device,
            kind=kind,
            topic=f"gw/1/chunfeng/{device}/{kind}",
            payload=payload,
            received_ms=at_ms,
            received_s=(at_ms - START_MS) / 1000,
        )

    def _commit(self, job: Any) -> Any:
        self.db.execute("BEGIN")
        result = job()
        self.end_transaction()
        return result

    def end_transaction(self) -> None:
        """Write what it did, as the writer does."""
        self.pipeline.batch.flush(self.db)
        self.memory.flush(self.db)
        self.pipeline.telemetry.flush(self.db)
        self.pipeline.book.flush(self.db)
        self.counters.flush(self.db)
        self.db.execute("COMMIT")
        self.pipeline.filters.keep()

    def forget(self) -> None:
        """The transaction was undone."""
        for cache in (self.pipeline.batch, self.memory, self.pipeline.telemetry, self.pipeline.book, self.counters):
            cache.forget()

    def run(self, first: int, seconds: int, values: dict[str, Any], device: str = "fire-a") -> None:
        """Samples at 1 Hz."""
        for second in range(first, first + seconds):
            at_ms = START_MS + second * 1000
            self.take(sample(device, second, at_ms, **values), device, at_ms=at_ms + 40)

    def silence(self, second: int, up_second: int = 0) -> None:
        """Look for silent endpoints."""
        self._commit(lambda: self.pipeline.find_silent(self.db, START_MS + second * 1000, second, up_second, 15.0))

    def note_site_link(self, second: int, up_second: int) -> None:
        """The link to the endpoints' broker was up last at `up_second`."""
        self._commit(
            lambda: self.pipeline.note_site_link(self.db, START_MS + second * 1000, START_MS + up_second * 1000)
        )

    def history(self) -> None:
        """Batch what is staged."""
        self._commit(lambda: self.pipeline.send_history(self.db, START_MS))

    def events(self) -> list[events.Event]:
        """What is owed, checked by the contract."""
        return [events.decode(row[0]) for row in self.db.execute("SELECT payload FROM outbox ORDER BY n")]

    def told(self) -> list[tuple[str, int, str, str]]:
        """(device, revision, condition, kind) of every incident message."""
        data = [event.data for event in self.events() if "incident_id" in event.data]
        return [(d["device"], d["revision"], d["condition"], d["kind"]) for d in data]
