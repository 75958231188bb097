"""What a channel to the outside is: it takes a text and says whether the next hand has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

REASON_MAX = 200  # a column of the store


class NotDelivered(Exception):
    """The channel could not deliver now; trying again may help. The text holds no address and no password."""


class Unreachable(NotDelivered):
    """This person cannot be reached by this channel, however often one tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one person, in words."""

    title: str
    body: str
    contacts: Mapping[str, str]


class Channel(Protocol):
    """A way to reach people outside."""

    def send(self, letter: Letter) -> None:
        """Hand it on, or raise NotDelivered. Bounded in time; called from threads, several at once."""
