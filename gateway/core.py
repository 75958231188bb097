"""What all parts of a gateway hang on, made once: the database with its one writer, the outbox, the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.beliefs.memory import Memory
from gateway.outward.relief import MakeRoom
from gateway.outward.snapshots import Snapshots
from gateway.pipeline.pipeline import Pipeline
from gateway.settings import Settings
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.store.disk import Disk
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """`boot`: the number of this start."""

    site: Site
    settings: Settings
    clock: Clock
    counters: Counters
    outbox: Outbox
    quarantine: Quarantine
    memory: Memory
    disk: Disk
    writer: Writer
    boot: int
    pipeline: Pipeline


def make(site: Site, settings: Settings, clock: Clock) -> Core:
    """Open or make the database, and put the caches of the pipeline into the writer's order."""
    counters = Counters()
    outbox = Outbox(settings.outbox_max_mb * 1_000_000, counters)
    quarantine = Quarantine(settings.quarantine_max, counters)
    memory = Memory(site)
    disk, writer, boot = _storage(settings, outbox, memory, counters, clock)
    pipeline = Pipeline(site, memory, outbox, quarantine, counters)
    writer.keep_with(pipeline.batch, first=True)
    writer.after_commit(pipeline.filters.keep)
    for cache in (pipeline.telemetry, pipeline.book, pipeline.agreement):
        writer.keep_with(cache)
    return Core(
        site=site, settings=settings, clock=clock, counters=counters, outbox=outbox, quarantine=quarantine,
        memory=memory, disk=disk, writer=writer, boot=boot, pipeline=pipeline,
    )  # fmt: skip


def _storage(
    settings: Settings, outbox: Outbox, memory: Memory, counters: Counters, clock: Clock
) -> tuple[Disk, Writer, int]:
    """The disk with its reserve, the writer of the database on it, and the number of this start."""
    disk = Disk(settings.data_dir, settings.reserve_mb * 1_000_000)
    relief = MakeRoom(outbox, Snapshots(counters), counters)
    every_s = clock.real_s(settings.commit_every_ms)
    writer = Writer(settings.data_dir / DATABASE, (memory, counters), disk, relief, every_s)
    boot = writer.next_boot()
    disk.take_reserve()
    return disk, writer, boot
