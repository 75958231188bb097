"""One sample: what all channels said at one moment; compact on flash, SenML on the wire."""

import json

from firmware.device import const
from protocol.channel_tables.fire import CHANNELS as TABLE
from protocol.senml_pack import Pack, encode

# The order of values in a record on flash. A change needs a new _FORMAT, or old records would be misread.
CHANNELS = ("smoke", "temp", "co", "battery", "call_point", "local_alarm")
_FORMAT = const(1)
_DIGITS = {"smoke": 4, "temp": 2, "co": 1, "battery": 0}  # finer than the parts resolve


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


def rounded(channel: str, value: object) -> object:
    """The value with as many digits as mean something."""
    digits = _DIGITS.get(channel)
    return value if digits is None else round(value, digits)


def pack(sample: Sample) -> bytes:
    """About 70 bytes for flash."""
    values = [sample.values.get(channel) for channel in CHANNELS]
    fields = [_FORMAT, sample.boot, sample.seq, sample.uptime_ms, sample.utc_ms, values, sample.faults]
    return json.dumps(fields).encode()


def unpack(record: bytes) -> Sample | None:
    """The sample of a record; None where another firmware wrote it in a way this one does not know."""
    try:
        fields = json.loads(record)
    except ValueError:
        return None
    if not isinstance(fields, list) or len(fields) != 7 or fields[0] != _FORMAT:
        return None
    _, boot, seq, uptime_ms, utc_ms, values, faults = fields
    named = {CHANNELS[i]: value for i, value in enumerate(values) if value is not None}
    sample = Sample(boot, seq, uptime_ms, utc_ms, named, faults)
    sample.kept = True
    return sample


def message(sample: Sample, device: str, clock, backfill: bool) -> bytes:
    """The SenML pack of a sample, timed as well as is known at the moment of sending."""
    at_ms = sample.utc_ms
    if at_ms is None:
        at_ms = clock.utc_ms(sample.boot, sample.uptime_ms)
    age_ms = 0 if at_ms is not None else clock.age_ms(sample.boot, sample.uptime_ms)
    return encode(Pack(device, sample.boot, sample.seq, at_ms, age_ms, backfill, sample.values, sample.faults), TABLE)
