"""One sample: what all channels said at one moment; compact on flash, SenML on the wire."""

import json

from firmware.device import const
from protocol.senml_pack import Pack, encode

_FORMAT = const(1)


class Sample:
    """`values` has every healthy channel, `faults` the reason for every other one."""

    def __init__(self, boot: int, seq: int, uptime_ms: int, utc_ms: int | None, values: dict, faults: dict) -> None:
        self.boot = boot
        self.seq = seq
        self.uptime_ms = uptime_ms
        self.utc_ms = utc_ms
        self.values = values
        self.faults = faults
        self.kept = False  # True where it is on flash already
        self.sent_s = 0  # when the outbox gave it to the link


class Records:
    """Samples of one kind of endpoint as records on flash and packs on the wire."""

    def __init__(self, table: dict, digits: dict) -> None:
        self.table = table
        self._digits = digits
        self._names = tuple(table)

    def rounded(self, channel: str, value: object) -> object:
        """The value with as many digits as mean something."""
        digits = self._digits.get(channel)
        return value if digits is None else round(value, digits)

    def pack(self, sample: Sample) -> bytes:
        """About 70 bytes for flash."""
        values = [sample.values.get(channel) for channel in self._names]
        fields = [_FORMAT, sample.boot, sample.seq, sample.uptime_ms, sample.utc_ms, values, sample.faults]
        return json.dumps(fields).encode()

    def unpack(self, record: bytes) -> Sample | None:
        """The sample of a record; None where another firmware wrote it in a way this one does not know."""
        try:
            fields = json.loads(record)
        except ValueError:
            return None
        if not isinstance(fields, list) or len(fields) != 7 or fields[0] != _FORMAT:
            return None
        _, boot, seq, uptime_ms, utc_ms, values, faults = fields
        named = {self._names[i]: value for i, value in enumerate(values) if value is not None}
        sample = Sample(boot, seq, uptime_ms, utc_ms, named, faults)
        sample.kept = True
        return sample

    def message(self, sample: Sample, device: str, clock, backfill: bool) -> bytes:
        """The SenML pack of a sample, timed as well as is known at the moment of sending."""
        at_ms = sample.utc_ms
        if at_ms is None:
            at_ms = clock.utc_ms(sample.boot, sample.uptime_ms)
        age_ms = 0 if at_ms is not None else clock.age_ms(sample.boot, sample.uptime_ms)
        pack = Pack(device, sample.boot, sample.seq, at_ms, age_ms, backfill, sample.values, sample.faults)
        return encode(pack, self.table)
