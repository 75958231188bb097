"""Facts in order, each on flash until the gateway has it: what a kind of endpoint reports beside its readings."""

import json

from firmware.device import const
from firmware.device.backlog import Backlog
from firmware.device.log import say
from protocol import reports

_WINDOW = const(4)
_MAX_RECORD = const(1024)  # of the ring


class Reports:
    """A report that the flash will not take stays in RAM; what is there at a power cut is lost."""

    def __init__(self, device: str, boot: int, clock, ring) -> None:
        self._device = device
        self._boot = boot
        self._clock = clock
        self._owing = Backlog(ring, _WINDOW, _id_of)
        self._in_ram: list = []  # (id, record) that the flash refused
        self._sent: list = []  # their ids, where they are on their way
        self._count = 0
        self.handlers = {"receipt": self._received}

    def __len__(self) -> int:
        """Reports the gateway does not have."""
        return len(self._owing.ring) + len(self._in_ram)

    def put(self, what: str, **fields) -> str:
        """A fact of this moment; its id. Raises ValueError where it is too long or unknown."""
        self._count += 1
        now = self._clock.uptime_ms()
        named = "%s-%d-%d" % (self._device, self._boot, self._count)
        report: dict = {"id": named, "what": what, "boot": self._boot, "age_ms": 0}
        report["at_ms"] = self._clock.utc_ms(self._boot, now)
        report.update(fields)
        reports.check(report)
        report["age_ms"] = now  # on flash: the uptime
        record = json.dumps(report).encode()
        if len(record) > _MAX_RECORD:
            raise ValueError("报告过长 / the report is too long")
        try:
            self._owing.ring.extend([record])
        except OSError as error:
            say("flash:", error)
            self._in_ram.append((named, record))
        return named

    def holds(self, id: str) -> bool:
        """True while the gateway does not have this report."""
        if any([held == id for held, _ in self._in_ram]):
            return True
        oldest = self._owing.ring.peek(1)  # they go in order, and all of a long outage would not fit in RAM
        return bool(oldest) and _number(_id_of(oldest[0])) <= _number(id)

    def clear(self) -> None:
        """Forget everything that is owed."""
        ring = self._owing.ring
        self._owing.again()
        ring.advance(ring.mark(), len(ring))
        self._in_ram, self._sent = [], []

    def next_message(self) -> tuple | None:
        """The next report to send."""
        for named, record in self._in_ram:
            if named not in self._sent:
                self._sent.append(named)
                return "report", self._timed(record)
        record = self._owing.next(_unreadable)
        return None if record is None else ("report", self._timed(record))

    def went_offline(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        self._owing.again()
        self._sent = []

    def second_passed(self) -> None:
        """Once a second while the link is up."""
        self._owing.second_passed()

    def _timed(self, record: bytes) -> bytes:
        report = json.loads(record)
        uptime_ms = report["age_ms"]
        if report["at_ms"] is None:
            report["at_ms"] = self._clock.utc_ms(report["boot"], uptime_ms)
        report["age_ms"] = 0 if report["at_ms"] is not None else self._clock.age_ms(report["boot"], uptime_ms)
        return reports.encode(report)

    def _received(self, payload: bytes) -> None:
        ids = reports.decode_receipt(payload)[0]
        self._in_ram = [held for held in self._in_ram if held[0] not in ids]
        self._owing.settle(lambda held: held in ids)


def _id_of(record: bytes) -> str:
    return json.loads(record)["id"]


def _number(id: str) -> tuple:
    """(boot, count) of an id: ids of one device grow."""
    _, boot, count = id.rsplit("-", 2)
    return int(boot), int(count)


def _unreadable(record: bytes) -> bool:
    """For the backlog: what another firmware wrote is passed over."""
    try:
        return not isinstance(json.loads(record), dict)
    except ValueError:
        return True
