"""Random secrets that are shown once; only their hashes are kept. They have 256 bits, so no slow hash is needed."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits for a cookie, a link or a token."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What the store keeps of it."""
    return hashlib.sha256(secret.encode()).hexdigest()
