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

_RAM_WINDOW = const(16)  # at 1 Hz: seconds the gateway may take to acknowledge before flash is touched
_SPILL_BATCH = const(8)
_PATIENCE_S = const(10)  # the gateway answers within milliseconds of its commit
_BACKFILL_WINDOW = const(4)  # of the link's in-flight window, so that new samples always find room


class Ticket:
    """One sample on its way."""

    def __init__(self, sample, backfill: bool) -> None:
        self.sample = sample
        self.backfill = backfill


class Outbox:
    """Between the sampler, which may never wait, and the link, which may be gone."""

    def __init__(self, boot: int, records, alarms, history) -> None:
        self._boot = boot
        self._records = records
        self._alarms = alarms
        self._history = history
        self._waiting: list = []  # in RAM, not sent
        self._flying: list = []  # in RAM, sent, not acknowledged by the gateway
        self._settled: set = set()  # seq of this boot that are acknowledged but still stand in the alarm ring
        self._ring = None  # the ring that the present group of backfill comes from
        self._group: list = []  # its samples that are not sent
        self._owed: list = []  # and those that are sent, not acknowledged
        self._now_s = 0  # seconds online
        self._group_end: tuple | None = None
        self.online = False
        self.unreadable = 0
        self.flash_errors = 0  # samples that the flash would not take

    def pending(self) -> int:
        """Samples not acknowledged, wherever they are."""
        in_ram = [sample for sample in self._waiting + self._flying if not sample.kept]
        return len(in_ram) + len(self._alarms) + len(self._history)

    def dropped(self) -> int:
        """Samples lost to overflow since boot."""
        return self._alarms.dropped + self._history.dropped + self.unreadable + self.flash_errors

    def put(self, sample, urgent: bool) -> None:
        """Take over a sample. Broken flash is counted, not raised: it must not stop the local alarm."""
        if urgent:
            sample.kept = self._keep(self._alarms, [self._records.pack(sample)])
        if self.online or not sample.kept:
            self._waiting.append(sample)
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
        self._spill(self._waiting)
        self._waiting = []
        self._send_again()

    def second_passed(self) -> None:
        """Once a second while the link is up: what is not acknowledged for too long is sent again."""
        self._now_s += 1
        if any([self._now_s - sample.sent_s > _PATIENCE_S for sample in self._flying + self._owed]):
            self._send_again()

    def _send_again(self) -> None:
        self._spill(self._flying)
        self._flying, self._owed, self._group = [], [], []
        self._ring = None

    def next(self) -> Ticket | None:
        """What to send now; None where nothing is owed or enough is on its way."""
        if self._waiting:
            sample = self._waiting.pop(0)
            sample.sent_s = self._now_s
            self._flying.append(sample)
            return Ticket(sample, False)
        if not self._group and not self._owed:
            self._load_group()
        if not self._group:
            return None
        sample = self._group.pop(0)
        sample.sent_s = self._now_s
        self._owed.append(sample)
        return Ticket(sample, True)

    def stored(self, boot: int, ranges: list) -> None:
        """The gateway has the samples of `boot` in these (first, last) ranges."""
        for held in (self._flying, self._owed):
            for sample in [s for s in held if s.boot == boot and _within(s.seq, ranges)]:
                held.remove(sample)
                if sample.kept and held is self._flying:
                    self._settled.add(sample.seq)
        if self._ring is not None and not self._owed and not self._group:
            self._ring.advance(self._group_end)
            self._ring = None

    def _spill(self, unsafe: list) -> None:
        records = [self._records.pack(sample) for sample in unsafe if not sample.kept]
        if records and not self._keep(self._history, records):
            self.flash_errors += len(records)

    def _keep(self, ring, records: list) -> bool:
        try:
            ring.extend(records)
        except OSError as error:
            print("flash:", error)
            return False
        return True

    def _load_group(self) -> None:
        for ring in (self._alarms, self._history):
            while len(ring):
                if not self._take(ring):
                    break
                if self._group:
                    return

    def _take(self, ring) -> bool:
        """Fill the group from the ring. False where it can give nothing now."""
        end = None
        for position, record in ring.peek(_BACKFILL_WINDOW):
            sample = self._records.unpack(record)
            if sample is not None and self._in_ram(sample):
                break
            end = position
            if sample is None:
                self.unreadable += 1
            elif sample.boot == self._boot and sample.seq in self._settled:
                self._settled.remove(sample.seq)
            else:
                self._group.append(sample)
        if end is None:
            return False
        if self._group:
            self._ring, self._group_end = ring, end
        else:
            ring.advance(end)
        return True

    def _in_ram(self, sample) -> bool:
        if sample.boot != self._boot:
            return False
        return any([held.seq == sample.seq for held in self._waiting + self._flying])


def _within(seq: int, ranges: list) -> bool:
    return any([first <= seq <= last for first, last in ranges])
