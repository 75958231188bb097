"""SenML packs (RFC 8428) as endpoints write them. Reading is elsewhere: it would only fill a board."""

import json

from protocol.errors import PayloadError
from protocol.quantities import is_bool, unit_of


class Pack:
    """One sample: `values` and `faults` by channel, its place in the endpoint's order, and its time."""

    def __init__(
        self,
        device: str,
        boot: int,
        seq: int,
        at_ms: int | None,
        age_ms: int = 0,
        backfill: bool = False,
        values: dict | None = None,
        faults: dict | None = None,
    ) -> None:
        self.device = device
        self.boot = boot
        self.seq = seq
        self.at_ms = at_ms  # UTC epoch milliseconds, None where the device has no clock
        self.age_ms = age_ms  # milliseconds before sending, only where at_ms is None
        self.backfill = backfill
        self.values = values if values is not None else {}
        self.faults = faults if faults is not None else {}
        self.ignored = 0  # records of channels that this version does not know


def seconds(ms: int) -> str:
    """Milliseconds as decimal seconds, exact: boards have single-precision floats, which round epochs to 128 s."""
    sign = "-" if ms < 0 else ""
    ms = abs(ms)
    return "%s%d.%03d" % (sign, ms // 1000, ms % 1000)


def _record(table: dict, channel: str, value: object) -> str:
    if is_bool(table, channel):
        return '"n":"%s","vb":%s' % (channel, "true" if value else "false")
    unit = unit_of(table, channel)
    named = '"n":"%s","u":"%s"' % (channel, unit) if unit else '"n":"%s"' % channel
    return named + ',"v":' + json.dumps(value)


def pieces(pack: Pack, table: dict) -> list:
    """The pack on the wire, in pieces to be joined: a board's heap has room for small ones when it has none for all.

    `table` has the endpoint's channels. Raises PayloadError where the pack has no record at all.
    """
    records = [_record(table, channel, value) for channel, value in pack.values.items()]
    for channel, reason in pack.faults.items():
        records.append('"n":"%s/health","vs":%s' % (channel, json.dumps(reason)))
    if not records:
        raise PayloadError("empty", "a pack needs at least one value or fault")
    time = seconds(-pack.age_ms if pack.at_ms is None else pack.at_ms)
    base = '[{"bn":"%s/","bt":%s,"boot":%d,"seq":%d,' % (pack.device, time, pack.boot, pack.seq)
    if pack.backfill:
        base += '"hist":true,'
    records[0] = base + records[0]
    return [(("},{" if at else "") + record).encode() for at, record in enumerate(records)] + [b"}]"]


def encode(pack: Pack, table: dict) -> bytes:
    """The pack on the wire, in one."""
    return b"".join(pieces(pack, table))
