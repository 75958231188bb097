"""Time-ordered ids (UUID version 7, RFC 9562) for incidents and messages."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable


def uuid7(at_ms: int, random_bits: Callable[[int], int] = secrets.randbits) -> str:
    """A UUID whose first 48 bits are `at_ms`, so that ids sort by the time they were made."""
    value = (at_ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | random_bits(12) << 64 | 0b10 << 62 | random_bits(62)
    return str(uuid.UUID(int=value))
