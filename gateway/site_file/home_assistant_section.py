"""The section [home_assistant] of a site file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.site_file.reader import Reader

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistant:
    """How a site shows itself to Home Assistant; without the section it does not."""

    enabled: bool = True
    prefix: str = "homeassistant"  # Home Assistant's own default; the broker's access list has it, too
    language: str = "zh"
    every_s: float = 10.0  # at the latest; what is on or off, and alarms, at once

    def __post_init__(self) -> None:
        """Raises ValueError naming the field."""
        if not re.fullmatch(r"[\w/-]+", self.prefix, re.ASCII):
            raise ValueError("prefix must be a topic without wildcards")
        if self.language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}")
        if not 1 <= self.every_s <= 3600:
            raise ValueError("every_s must be 1 to 3600")

    @property
    def expire_s(self) -> int:
        """A value that is older than three missed messages is none."""
        return max(5, round(3 * self.every_s))


NOT_THERE = HomeAssistant(enabled=False)


def read_home_assistant(reader: Reader, value: object, where: str) -> HomeAssistant:
    """The section. Raises SiteError."""
    return reader.fill(HomeAssistant, value, where)
