"""The last seconds of a channel: what the server has, and what still waits in the queue."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from cloud.history.columns import READINGS
from cloud.history.influx import reading
from cloud.history.influx.flux import Pick
from cloud.history.influx.frames import Names, Raw, both, raw_of_table
from cloud.history.influx.queue import Queue
from cloud.history.influx.server import Server
from cloud.history.port import NotReadable

log = structlog.get_logger()
BATCHES = 256  # the newest; of a longer queue the rest is told once it is written, and health tells how much is owed


def readings(server: Server, queue: Queue | None, pick: Pick, limit: int, *, even_away: bool = False) -> Raw:
    """Of one channel. Raises NotReadable, unless what waits is enough even where the server is away."""
    names = Names()
    names.code((pick.devices[0], pick.channels[0]))
    waiting = _waiting(queue, pick, names)  # first: what leaves the queue meanwhile is on the server then
    try:
        return both(reading.readings(server, pick, names, limit), waiting)
    except NotReadable as error:
        if not even_away:
            raise
        log.warning("readings_not_read", why=str(error))
        return both(waiting, waiting)


def _waiting(queue: Queue | None, pick: Pick, names: Names) -> Raw:
    found = [] if queue is None else queue.newest(pick.from_ms, pick.to_ms, BATCHES)
    every = pa.concat_tables([READINGS.empty_table(), *(batch.readings for batch in found)])
    at_ms = every["at_ms"]
    ours = pc.and_(pc.equal(every["device"], pick.devices[0]), pc.equal(every["channel"], pick.channels[0]))
    timely = pc.and_(pc.greater_equal(at_ms, pick.from_ms), pc.less(at_ms, pick.to_ms))
    return raw_of_table(every.filter(pc.and_(ours, timely)), names)
