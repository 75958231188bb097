"""Reading of SenML packs (RFC 8428) in JSON: one sample of one endpoint per pack. Writing is in senml_pack.

`boot`, `seq` and `hist` are extension labels of the first record (RFC 8428, 4.4); a channel that could not be read
says why in `<channel>/health` and carries no value, so that the last good value can never pass for a new one.
"""

import json

from protocol import senml_pack
from protocol.channels import CHANNELS, is_bool, unit_of
from protocol.errors import PayloadError
from protocol.senml_pack import Pack, seconds

__all__ = ["Pack", "decode", "encode", "seconds"]

RELATIVE_BELOW_S = 1 << 28  # RFC 8428, 4.5.3: a smaller time is relative to now
MAX_BYTES = 2048  # our largest pack, a lift with all its channels, is under 1000
MAX_RECORDS = 32
_SENML_VERSION = 10
_REFUSED = ("bv", "bs", "s", "vd")  # legal SenML that would change a value's meaning; we never send it


def encode(pack: Pack) -> bytes:
    """The pack on the wire, whatever kind of endpoint it is of. Raises PayloadError where it has no record at all."""
    return senml_pack.encode(pack, CHANNELS)


def _parse(payload: bytes) -> list:
    if len(payload) > MAX_BYTES:
        raise PayloadError("too_long", "%d bytes; a pack has at most %d" % (len(payload), MAX_BYTES))
    try:
        records = json.loads(payload)
    except (ValueError, RuntimeError):  # ValueError: bad UTF-8 too; RuntimeError: nested too deeply
        raise PayloadError("not_json", "a pack is a JSON array of records") from None
    if not isinstance(records, list) or not 1 <= len(records) <= MAX_RECORDS:
        raise PayloadError("not_senml", "a pack is an array of 1 to %d records" % MAX_RECORDS)
    for record in records:
        if not isinstance(record, dict):
            raise PayloadError("not_senml", "a record is a JSON object")
        for label in record:
            if label in _REFUSED or label.endswith("_"):
                raise PayloadError("unsupported_label", "label " + repr(label) + " is not supported")
    return records


def _number(base: dict, label: str) -> int | float:
    value = base.get(label)
    # NaN is the number that differs from itself; Python's JSON reader lets it through, ours must not
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124
        raise PayloadError("bad_" + label, "the first record needs a number " + repr(label))
    return value


def _count(base: dict, label: str) -> int:
    value = _number(base, label)
    if not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise PayloadError("bad_" + label, repr(label) + " must be a whole number from 0")
    return value


def _value(record: dict, name: str, said: tuple | None) -> object:
    if is_bool(name):
        value = record.get("vb")
        if not isinstance(value, bool):
            raise PayloadError("bad_value", name + " needs a truth value 'vb'")
        return value
    value = record.get("v")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e12 < value < 1e12:
        raise PayloadError("bad_value", name + " needs a finite number 'v'")
    unit = record.get("u", said[0] if said else unit_of(name))
    if said and unit == said[0]:
        return value * said[1] + said[2]
    if unit != unit_of(name):
        raise PayloadError("bad_unit", "%s must be in %s, not %r" % (name, unit_of(name), unit))
    return value


def _fill(pack: Pack, record: dict, units: dict) -> None:
    name = record.get("n", "")
    if not isinstance(name, str):
        raise PayloadError("bad_name", "'n' must be text")
    if name.endswith("/health") and isinstance(record.get("vs"), str):
        pack.faults[name[:-7]] = record["vs"][:64]
    elif name in CHANNELS:
        if name in pack.values:
            raise PayloadError("twice", name + " stands in the pack twice")
        pack.values[name] = _value(record, name, units.get(name))
    elif name:  # a channel of a newer endpoint: left out and counted, never silent
        pack.ignored += 1


def _time_ms(base: dict) -> tuple[int | None, int]:
    """(at_ms, 0) for an absolute time, (None, age_ms) for one relative to now."""
    time_s = _number(base, "bt")
    if not -1e12 < time_s < 1e12:
        raise PayloadError("bad_bt", "'bt' is out of range")
    if time_s >= RELATIVE_BELOW_S:
        return round(time_s * 1000), 0
    if time_s > 0:
        raise PayloadError("future", "a relative time must not lie in the future")
    return None, round(-time_s * 1000)


def _base(record: dict) -> Pack:
    """An empty pack with what the first record says about all of them."""
    if "bver" in record and _number(record, "bver") > _SENML_VERSION:
        raise PayloadError("newer_senml", "SenML version above %d" % _SENML_VERSION)
    name = record.get("bn")
    if not isinstance(name, str) or not name.endswith("/"):
        raise PayloadError("bad_bn", "the first record needs 'bn': \"<device>/\"")
    at_ms, age_ms = _time_ms(record)
    return Pack(name[:-1], _count(record, "boot"), _count(record, "seq"), at_ms, age_ms, record.get("hist") is True)


def decode(payload: bytes, units: dict | None = None) -> Pack:
    """The pack of a message. Raises PayloadError. Unknown channels are left out.

    `units`: channel -> (unit, factor, offset) of an endpoint that speaks others; our unit = said * factor + offset.
    """
    records = _parse(payload)
    pack = _base(records[0])
    for record in records:
        if record.get("t", 0) != 0 or (record is not records[0] and ("bn" in record or "bt" in record)):
            raise PayloadError("mixed", "one pack is one sample of one device")
        _fill(pack, record, units or {})
    if not pack.values and not pack.faults:
        raise PayloadError("empty", "a pack needs at least one value or fault")
    return pack
