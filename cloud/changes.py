"""What a transaction changed, as the desk tells it to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a transaction changed; told to listeners after the commit."""

    incidents: frozenset[str] = frozenset()
    gateways: bool = False
    watched: frozenset[str] = frozenset()  # incidents at whose page somebody came, left or writes; nothing else changed


Listener = Callable[[Changed], None]
