"""What an export holds, checked on the way in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from cloud.history.asking import ZONE, check_names, check_span, zone_of
from cloud.history.port import Level

DEVICES_MAX = 200  # a community's endpoints
CHANNELS_MAX = 50


class Format(StrEnum):
    """Kinds of files."""

    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def media(self) -> str:
        """Media type."""
        return _MEDIA[self]


_MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Readings of channels of devices over `from_ms <= at_ms < to_ms`. Without channels: all that there are."""

    devices: tuple[str, ...]
    channels: tuple[str, ...]
    from_ms: int
    to_ms: int
    level: Level = Level.RAW
    format: Format = Format.CSV
    zone: str = ZONE  # of the column `at`
    lang: str = "zh"  # of the head of a CSV

    def __post_init__(self) -> None:
        check_names("device", self.devices, DEVICES_MAX, least=1)
        check_names("channel", self.channels, CHANNELS_MAX)
        check_span(self.from_ms, self.to_ms)
        zone_of(self.zone)

    def to_dict(self) -> dict[str, Any]:
        """For a row."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Self:
        """From a row."""
        kept = {name: told[name] for name in ("from_ms", "to_ms", "zone", "lang")}
        return cls(
            devices=tuple(told["devices"]), channels=tuple(told["channels"]), level=Level(told["level"]),
            format=Format(told["format"]), **kept,
        )  # fmt: skip

    def file_name(self, zone_text: str = "") -> str:
        """What a browser calls the file."""
        first = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in self.devices[0])[:40]
        more = f"_and_{len(self.devices) - 1}" if len(self.devices) > 1 else ""
        return f"gridwhistle_{first}{more}_{self.level}{zone_text}.{self.format}"
