"""What is on its way to a broker: how much, how fast it goes, and whether what can wait should be sent now. Pure.

A connection is one stream: what was written first arrives first, and nothing overtakes it. So what can wait is written
only while little is under way; what cannot wait is then behind one packet at most, on the slowest line that we serve.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST_BYTES = 4_096  # under way, and one packet more may go: on a slow line one after the other
MOST_BYTES = 262_144  # on a quick one: the longest packet of the contract
QUICK_S, SLOW_S = 0.25, 1.0  # defaults of ours: half of what may be under way in the first, and twice as much may be
SLOWEST_BYTES_S = 6_000  # default of ours: the slowest line that we serve, of 48 kbit/s
LONGEST_S = 8.0  # of one packet: a fire behind it is at the centre within its 10 s
MEASURED_BYTES = 1_000  # a smaller packet tells of the delay, not of the speed


@dataclass(frozen=True, slots=True)
class _Packet:
    size: int
    sent_s: float
    alone: bool
    full: bool  # as much was under way as may be


class Way:
    """Of one connection. `delay_s`: how long a question without any length takes to be answered."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self._packets: dict[int, _Packet] = {}
        self._bytes = 0
        self._allowed = LEAST_BYTES
        self.bytes_s: float | None = None  # measured, of packets that went alone; None: not yet

    @property
    def is_free(self) -> bool:
        """True while what can wait may go."""
        return self._bytes < self._allowed

    @property
    def longest(self) -> int:
        """Bytes of a packet that nobody has to wait for too long."""
        return round(LONGEST_S * max(self.bytes_s or 0.0, SLOWEST_BYTES_S))

    def sent(self, number: int, size: int, now_s: float) -> None:
        """A packet was written."""
        full = 2 * (self._bytes + size) >= self._allowed
        self._packets[number] = _Packet(size, now_s, alone=not self._packets, full=full)
        self._bytes += size

    def taken(self, number: int, now_s: float) -> None:
        """The broker has it. One that we do not know changes nothing."""
        packet = self._packets.pop(number, None)
        if packet is None:
            return
        self._bytes -= packet.size
        took_s = max(now_s - packet.sent_s, 1e-6)
        self.delay_s = min(self.delay_s, took_s)  # the first question may have waited for much else
        if packet.alone and packet.size >= MEASURED_BYTES:
            seen = packet.size / max(took_s - self.delay_s, took_s / 2)
            # quick to believe in a better line, and within a few packets in a worse one
            self.bytes_s = seen if self.bytes_s is None else max(seen, (seen + self.bytes_s) / 2)
        if took_s > SLOW_S:
            self._allowed = max(LEAST_BYTES, self._allowed // 2)
        elif took_s < QUICK_S and packet.full:
            self._allowed = min(MOST_BYTES, self._allowed * 2)
