"""What the endpoint owes the gateway, and where it keeps it meanwhile.

While the link is up a sample lives in RAM until the gateway says that it is durable there: the broker's word is no
proof, a broker that dies forgets. It goes to the ring on flash when the link is down, when too much is unacknowledged,
or when one is not acknowledged for _PATIENCE_S. Not always, because flash wears: one append per second, a block copied
each, would use up the 100,000 erase cycles of a 1 MB part in under a year. For the same reason samples of a quiet
endpoint go there in groups of _SPILL_BATCH; a power cut during an outage costs at most the seconds of one group.

While a local alarm is active every sample is written through at once, into a ring of its own that history cannot push
out. What is new goes first; what comes from a ring is sent after it, alarms before history, and marked as backfill.
A sample leaves a ring only when it is acknowledged; a copy too many is told apart by (boot, seq).
"""

from firmware.device import const
from firmware.device.backlog import Backlog
from firmware.device.log import say
from firmware.device.sample import key

_RAM_WINDOW = const(16)  # at 1 Hz: seconds the gateway may take to acknowledge before flash is touched
_SPILL_BATCH = const(8)
_PATIENCE_S = const(10)  # the gateway answers within milliseconds of its commit
_BACKFILL_WINDOW = const(24)  # sent before the oldest is acknowledged; only their numbers are in RAM


class Outbox:
    """Between the sampler, which may never wait, and the link, which may be gone. It holds records, not samples."""

    def __init__(self, boot: int, records, alarms, history) -> None:
        self._boot = boot
        self._records = records
        self._alarms = Backlog(alarms, _BACKFILL_WINDOW, key)
        self._history = Backlog(history, _BACKFILL_WINDOW, key)
        self._waiting: list = []  # in RAM, not sent: (record, whether it stands in the alarm ring)
        self._flying: list = []  # in RAM, sent, not acknowledged by the gateway: the same and when
        self._settled: set = set()  # keys that are acknowledged but still stand in the alarm ring
        self._now_s = 0  # seconds online
        self.online = False
        self.unreadable = 0
        self.flash_errors = 0  # samples that the flash would not take

    def pending(self) -> int:
        """Samples not acknowledged, wherever they are."""
        in_ram = len([held for held in self._waiting + self._flying if not held[1]])
        return in_ram + len(self._alarms.ring) + len(self._history.ring)

    def dropped(self) -> int:
        """Samples lost to overflow since boot."""
        return self._alarms.ring.dropped + self._history.ring.dropped + self.unreadable + self.flash_errors

    def put(self, record: bytes, urgent: bool) -> None:
        """Take over a sample. Broken flash is counted, not raised: it must not stop the local alarm."""
        kept = urgent and self._keep(self._alarms.ring, [record])
        if self.online or not kept:
            self._waiting.append((record, kept))
        limit = _RAM_WINDOW - len(self._flying) if self.online else _SPILL_BATCH
        if len(self._waiting) >= max(1, limit):
            self._spill(self._waiting)
            self._waiting = []

    def went_online(self) -> None:
        """The link is up."""
        self.online = True

    def went_offline(self) -> None:
        """The link is down: nothing that was sent may be trusted to have arrived."""
        self.online = False
        self._spill(self._flying + self._waiting)
        self._waiting, self._flying = [], []
        self._alarms.again()
        self._history.again()

    def second_passed(self) -> None:
        """Once a second while the link is up: what is not acknowledged for too long is sent again."""
        self._now_s += 1
        if any([self._now_s - held[2] > _PATIENCE_S for held in self._flying]):
            self._spill(self._flying)
            self._flying = []
        self._alarms.second_passed()
        self._history.second_passed()

    def live(self) -> bytes | None:
        """The next new sample to send."""
        if not self._waiting:
            return None
        record, kept = self._waiting.pop(0)
        self._flying.append((record, kept, self._now_s))
        return record

    def backfill(self) -> bytes | None:
        """The next sample of a ring to send; None where nothing is owed or enough is on its way."""
        record = self._alarms.next(self._skip)
        if record is None and not self._alarms.owed:
            record = self._history.next(self._skip)
        return record

    def stored(self, boot: int, ranges: list) -> None:
        """The gateway has the samples of `boot` in these (first, last) ranges."""

        def settled(held: int) -> bool:
            return held >> 32 == boot and any([first <= held & 0xFFFFFFFF <= last for first, last in ranges])

        for held in self._flying:
            if held[1] and settled(key(held[0])):
                self._settled.add(key(held[0]))
        self._flying = [held for held in self._flying if not settled(key(held[0]))]
        self._alarms.settle(settled)
        self._history.settle(settled)

    def _spill(self, unsafe: list) -> None:
        records = [held[0] for held in unsafe if not held[1]]
        if records and not self._keep(self._history.ring, records):
            self.flash_errors += len(records)

    def _keep(self, ring, records: list) -> bool:
        try:
            ring.extend(records)
        except OSError as error:
            say("flash:", error)
            return False
        return True

    def _skip(self, record: bytes) -> bool | None:
        """For a backlog: what another firmware wrote is passed over, what is in RAM as well is waited for."""
        if not self._records.ours(record):
            self.unreadable += 1
            return True
        number = key(record)
        if number in self._settled:
            self._settled.remove(number)
            return True
        return None if any([key(held[0]) == number for held in self._waiting + self._flying]) else False
