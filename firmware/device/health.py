"""What the endpoint says about itself: status, queue, heap, faults. Also keeps the heap from growing between looks."""

import gc

from firmware.device import const
from protocol import status

_HEARTBEAT_MS = const(30_000)
# A collection at the latest after so many new bytes bounds the peak between two samples (backfill makes garbage fast).
_COLLECT_AFTER = const(2048)


class Heap:
    """`peak` is the most that was ever found in use just before a collection, garbage included."""

    def __init__(self) -> None:
        gc.collect()
        gc.threshold(_COLLECT_AFTER)
        self.used = self.peak = gc.mem_alloc()

    def sweep(self) -> None:
        """Once a sample: look, then collect."""
        self.peak = max(self.peak, gc.mem_alloc())
        gc.collect()
        self.used = gc.mem_alloc()


class Health:
    """Builds the status messages. `facts` are what else the status says: the kind, the slot, the settings' version."""

    def __init__(self, kit, outbox, sampler, facts) -> None:
        self._boot = kit.boot
        self._clock = kit.clock
        self._outbox = outbox
        self._sampler = sampler
        self._facts = facts
        self.heap = Heap()
        self.faults = kit.health_faults  # of what is not a channel: task name -> reason
        self._beat_ms = 0

    def message(self, state: str, why: str) -> list:
        """A status message of this moment, in pieces."""
        now = self._clock.uptime_ms()
        faults = dict(self._sampler.faults)
        faults.update(self.faults)
        if self._outbox.flash_errors:
            faults["flash"] = "write_failed"
        fields = {
            "state": state,
            "why": why,
            "boot": self._boot,
            "at_ms": self._clock.utc_ms(self._boot, now),
            "uptime_ms": now,
            "queue": {"pending": self._outbox.pending(), "dropped": self._outbox.dropped()},
            "heap": {"used": self.heap.used, "peak": self.heap.peak},
            "overruns": self._sampler.overruns(),
            "faults": faults,
        }
        fields.update(self._facts(faults))
        return status.pieces(fields)

    def beat_now(self) -> None:
        """The next heartbeat is due at once."""
        self._beat_ms = -_HEARTBEAT_MS

    def heartbeat(self) -> list | None:
        """The next heartbeat where it is due."""
        now = self._clock.uptime_ms()
        if now - self._beat_ms < _HEARTBEAT_MS:
            return None
        self._beat_ms = now
        return self.message(status.ONLINE, status.HEARTBEAT)
