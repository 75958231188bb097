"""One sample: what all channels said at one moment; packed for RAM and flash, SenML on the wire.

A record, little endian: fingerprint of its format (2), seq (4), boot (4), uptime in ms (8), UTC in ms or 0 (8); which
channels have a value (4), which of these are true (4); for each number 4 bytes, scaled by its digits; for each
fault the channel's place in the table (1), the length of its reason (1) or 128 + its place in _REASONS, the reason.
"""

from binascii import crc32
from struct import pack, pack_into, unpack_from

from firmware.device import const
from protocol.quantities import is_bool
from protocol.senml_pack import Pack, pieces

_FORMAT = const(3)
_HEAD = const("<HIIqqII")
_HEAD_BYTES = const(34)
_REASON = const(64)  # no longer on the wire either
# for what may last for hours; a change needs a new _FORMAT
_REASONS = ("disabled", "no_answer", "open_circuit", "out_of_range", "untested")


class Sample:
    """`values` has every healthy channel, `faults` the reason for every other one."""

    def __init__(self, boot: int, seq: int, uptime_ms: int, utc_ms: int | None, values: dict, faults: dict) -> None:
        self.boot = boot
        self.seq = seq
        self.uptime_ms = uptime_ms
        self.utc_ms = utc_ms
        self.values = values
        self.faults = faults


def key(record: bytes) -> int:
    """seq + (boot << 32): no two samples of an endpoint have the same."""
    return unpack_from("<q", record, 2)[0]


def _packed(reason: str) -> bytes:
    if reason in _REASONS:
        return bytes((0x80 | _REASONS.index(reason),))
    text = reason.encode()[:_REASON]
    return bytes((len(text),)) + text


class Records:
    """Samples of one kind of endpoint as records on flash and packs on the wire.

    Of a record that was written by a firmware with another table nothing is guessed: it is not ours.
    """

    def __init__(self, table: dict, digits: dict) -> None:
        self.table = table
        self._digits = digits
        self._names = tuple(table)
        named = ",".join(["%s:%s:%d" % (name, table[name][0], digits.get(name, 0)) for name in table])
        self._ours = (crc32(named.encode()) + _FORMAT) & 0xFFFF

    def rounded(self, channel: str, value: object) -> object:
        """The value with as many digits as mean something; a number without digits is a whole one."""
        if is_bool(self.table, channel):
            return bool(value)
        digits = self._digits.get(channel, 0)
        return round(value, digits) if digits else round(value)

    def pack(self, sample: Sample) -> bytes:
        """About 60 bytes."""
        numbers, faults = bytearray(_HEAD_BYTES), b""
        present = truths = 0
        for place, channel in enumerate(self._names):
            if channel in sample.values:
                present |= 1 << place
                value = sample.values[channel]
                if not is_bool(self.table, channel):
                    numbers += pack("<i", round(value * 10 ** self._digits.get(channel, 0)))
                elif value:
                    truths |= 1 << place
            elif channel in sample.faults:
                faults += bytes((place,)) + _packed(sample.faults[channel])
        utc_ms = sample.utc_ms or 0
        pack_into(_HEAD, numbers, 0, self._ours, sample.seq, sample.boot, sample.uptime_ms, utc_ms, present, truths)
        return bytes(numbers) + faults

    def ours(self, record: bytes) -> bool:
        """False where another firmware wrote it in a way this one does not know."""
        return len(record) >= _HEAD_BYTES and unpack_from("<H", record)[0] == self._ours

    def unpack(self, record: bytes) -> Sample:
        """The sample of a record of ours."""
        _, seq, boot, uptime_ms, utc_ms, present, truths = unpack_from(_HEAD, record)
        values: dict = {}
        faults: dict = {}
        at = _HEAD_BYTES
        for place, channel in enumerate(self._names):
            if not present >> place & 1:
                continue
            if is_bool(self.table, channel):
                values[channel] = bool(truths >> place & 1)
            else:
                digits = self._digits.get(channel, 0)
                number = unpack_from("<i", record, at)[0]
                values[channel] = round(number / 10**digits, digits) if digits else number
                at += 4
        while at < len(record):
            channel, length = self._names[record[at]], record[at + 1]
            at += 2
            if length & 0x80:
                faults[channel] = _REASONS[length & 0x7F]
            else:
                faults[channel] = record[at : at + length].decode()
                at += length
        return Sample(boot, seq, uptime_ms, utc_ms or None, values, faults)

    def message(self, sample: Sample, device: str, clock, backfill: bool) -> list:
        """The SenML pack of a sample in pieces, timed as well as is known at the moment of sending."""
        at_ms = sample.utc_ms
        if at_ms is None:
            at_ms = clock.utc_ms(sample.boot, sample.uptime_ms)
        age_ms = 0 if at_ms is not None else clock.age_ms(sample.boot, sample.uptime_ms)
        packed = Pack(device, sample.boot, sample.seq, at_ms, age_ms, backfill, sample.values, sample.faults)
        return pieces(packed, self.table)
