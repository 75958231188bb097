"""`[[filters]]` and `[[rate_limits]]` of a site file. Of several entries that fit, the last one counts, whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.filters.rate import RateLimit
from domain.filters.spec import FilterSpec
from domain.filters.units import Conversion, conversion, units_for
from gateway.site_file.reader import Reader
from protocol.channels import CHANNELS, KINDS, is_bool, unit_of

_FOR_NUMBERS = ("low", "high", "spike", "smooth_ms", "stuck_ms", "drift_limit", "unit")  # a truth value has no median


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterEntry(FilterSpec):
    """One filter and the channels it is for; no kinds: all, no devices: all."""

    channels: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    unit: str | None = None  # what these endpoints say; everybody behind the gateway sees the unit of the channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEntry(RateLimit):
    """One limit and the endpoints it is for."""

    kinds: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


def read_filters(reader: Reader, value: object, where: str) -> tuple[FilterEntry, ...]:
    """Raises SiteError; collects what is wrong with one entry."""
    found = [reader.attempt(None, _filter, reader, entry, place) for place, entry in reader.entries(value, where)]
    return tuple(entry for entry in found if entry is not None)


def _filter(reader: Reader, value: object, where: str) -> FilterEntry | None:
    entry = reader.fill(FilterEntry, value, where)
    _check_kinds(reader, entry.kinds, where)
    for channel in entry.channels:
        _check_channel(reader, entry, channel, f"{where}.channels")
    if not entry.channels:
        reader.note(f"{where}.channels", "is empty", "name the channels", "为空，请列出通道")
    return entry


def _check_channel(reader: Reader, entry: FilterEntry, channel: str, where: str) -> None:
    if channel not in CHANNELS:
        reader.note(where, f"names {channel!r}, which no endpoint has", "see docs/protocol.md", "没有这个通道")
        return
    place = where.removesuffix("channels")
    for name in _FOR_NUMBERS:
        if is_bool(channel) and getattr(entry, name) is not None:
            remedy = "leave it out; deadband = 0 with max_silence_ms reports changes"
            reader.note(place + name, f"is for numbers, {channel} is true or false", remedy, "只能用于数值通道，请删去")
    for kind in entry.kinds:
        if kind in KINDS and channel not in KINDS[kind]:
            reader.note(where, f"names {channel!r}, which {kind} does not have", "remove it", "该类终端没有这个通道")
    if not is_bool(channel) and entry.unit not in (None, unit_of(channel)) and _conversion(entry, channel) is None:
        known = ", ".join((unit_of(channel), *units_for(unit_of(channel)))) or "none, it is a plain number"
        reader.note(place + "unit", f"cannot be {entry.unit!r} for {channel}", f"known here: {known}", "无法换算的单位")


def _check_kinds(reader: Reader, kinds: tuple[str, ...], where: str) -> None:
    for kind in kinds:
        if kind not in KINDS:
            reader.note(f"{where}.kinds", f"names {kind!r}", f"known here: {', '.join(KINDS)}", "没有这类终端")


def read_rate_limits(reader: Reader, value: object, where: str) -> tuple[RateEntry, ...]:
    """Raises SiteError; collects what is wrong with one entry."""
    found = [reader.attempt(None, _rate, reader, entry, place) for place, entry in reader.entries(value, where)]
    return tuple(entry for entry in found if entry is not None)


def _rate(reader: Reader, value: object, where: str) -> RateEntry | None:
    entry = reader.fill(RateEntry, value, where)
    _check_kinds(reader, entry.kinds, where)
    return entry


def check_filtered(
    reader: Reader, filters: tuple[FilterEntry, ...], limits: tuple[RateEntry, ...], kinds: Mapping[str, str]
) -> None:
    """Every device that an entry names is an endpoint of the site. Collects the others."""
    _check_devices(reader, "filters", filters, kinds)
    _check_devices(reader, "rate_limits", limits, kinds)


def _check_devices(
    reader: Reader, where: str, entries: Sequence[FilterEntry | RateEntry], kinds: Mapping[str, str]
) -> None:
    for number, entry in enumerate(entries, 1):
        for device in entry.devices:
            if device not in kinds:
                reader.note(
                    f"{where}[{number}].devices", f"names {device!r}, which the site does not have",
                    "correct it, or add the endpoint", "站点中没有这台终端",
                )  # fmt: skip


def filters_of(entries: tuple[FilterEntry, ...], device: str, kind: str) -> dict[str, FilterEntry]:
    """Channel -> its filter, for one endpoint."""
    return {
        channel: entry
        for entry in entries
        if _fits(entry, device, kind)
        for channel in entry.channels
        if channel in KINDS.get(kind, {})
    }


def rate_limit_of(entries: tuple[RateEntry, ...], device: str, kind: str) -> RateEntry | None:
    """The limit of one endpoint, None where it has none."""
    return next((entry for entry in reversed(entries) if _fits(entry, device, kind)), None)


def units_of(entries: Mapping[str, FilterEntry]) -> dict[str, Conversion]:
    """Channel -> conversion, where an endpoint speaks another unit."""
    found = {channel: _conversion(entry, channel) for channel, entry in entries.items()}
    return {channel: known for channel, known in found.items() if known is not None}


def _conversion(entry: FilterEntry, channel: str) -> Conversion | None:
    return None if entry.unit is None else conversion(entry.unit, unit_of(channel))


def _fits(entry: FilterEntry | RateEntry, device: str, kind: str) -> bool:
    return (not entry.kinds or kind in entry.kinds) and (not entry.devices or device in entry.devices)
