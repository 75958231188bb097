"""What goes to an endpoint once a transaction is committed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message on the site's broker."""

    device: str
    kind: str
    payload: bytes
