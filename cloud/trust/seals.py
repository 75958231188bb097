"""What whoever keeps personal fields or secrets needs of the vault."""

from __future__ import annotations

from typing import Protocol


class Seals(Protocol):
    """Texts at rest, unreadable without the keys: cloud.trust.vault."""

    def seal(self, text: str, what: str) -> str:
        """The text, unreadable; `what` binds it to its place."""

    def open(self, sealed: str, what: str) -> str:
        """The text again."""
