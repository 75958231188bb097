"""Draws the board once for all who see the same, and sends each page only the rows that it has not drawn yet."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from markupsafe import Markup

from cloud.console.board.floods import Entry, Flood, nodes_of

CARDS_KEPT = 4000  # of a thousand incidents in two languages
STATES_KEPT = 256  # pictures that pages may have; one that has an older one gets everything
BODIES_KEPT = 64  # answers: pages in step ask for the same

T = TypeVar("T")


class Kept(Generic[T]):
    """What was made lately, bounded. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """As it was made the first time."""
        found = self.find(key)
        if found is None:
            found = make()
            with self._lock:
                self._found[key] = found
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
        return found

    def find(self, key: Hashable) -> T | None:
        """None for what nobody made, or long ago."""
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
            return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One row of the board, not drawn yet. Equal cards look the same but for running times, which a page counts on."""

    entry: Entry
    outside: bool  # the filter does not name it
    opened: bool  # a flood whose members are listed
    lang: str
    day: str  # times of another day are written with it
    here: tuple[str, ...]  # names of those who look at it

    @property
    def id(self) -> str:
        """Of its element."""
        return f"f-{self.entry.key}" if isinstance(self.entry, Flood) else f"i-{self.entry.row.id}"


Draw = Callable[[Card], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A picture that was sent: its name, and what of each card."""

    token: str
    cards: Mapping[str, int]


class Drawing:
    """Remembers what was drawn and what was sent."""

    def __init__(self) -> None:
        self._run = os.urandom(4).hex()  # another process knows nothing of our names
        self._lock = threading.Lock()
        self._numbers = 0
        self._cards: Kept[str] = Kept(CARDS_KEPT)
        self._states: Kept[State] = Kept(STATES_KEPT)
        self._sent: Kept[State] = Kept(STATES_KEPT)
        self.bodies: Kept[str] = Kept(BODIES_KEPT)

    def state(self, cards: tuple[Card, ...], around: Hashable) -> State:
        """The name of a picture: the same for the same cards in the same order with the same around them."""
        prints = {card.id: hash(card) for card in cards}
        state = self._states.get((hash(tuple(prints.items())), hash(around)), lambda: self._named(prints))
        return self._sent.get(state.token, lambda: state)

    def sent(self, token: str) -> State | None:
        """What a page says it has; None where we know nothing of it any more."""
        return self._sent.find(token)

    def draw(self, card: Card, had: State | None, draw: Draw) -> Markup:
        """The row, or only its place where the page has it as it is."""
        key = hash(card)
        if had is not None and had.cards.get(card.id) == key:
            return Markup('<article id="{}" data-same></article>').format(card.id)
        return Markup(self._cards.get((card.id, key), lambda: draw(card)))  # noqa: S704 - drawn by a template that escapes

    def _named(self, prints: dict[str, int]) -> State:
        with self._lock:
            self._numbers += 1
            return State(token=f"{self._run}-{self._numbers}", cards=prints)


def rows_of(entries: tuple[Entry, ...]) -> int:
    """How many incidents they are, members of a common cause not counted again."""
    return sum(len(nodes_of(entry)) for entry in entries)
