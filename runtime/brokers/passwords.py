"""Random passwords and mosquitto's own form of their hashes.

$7$ is PBKDF2-HMAC-SHA512 with the number of rounds, salt and hash in base64 (mosquitto 2, mosquitto_passwd,
lib/password_mosq.c).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

# mosquitto's own default. Our passwords have 192 random bits: nobody guesses those, however few rounds there are; and
# at every change of a login mosquitto computes the hash of everybody who is connected, and serves nobody meanwhile.
ROUNDS = 101
SALT_BYTES = 12  # mosquitto 2.0 accepts no other length
SECRET_BYTES = 24  # 192 bits; 32 characters of base64 fit any client


def new_password() -> str:
    """A random password."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(password: str, salt: bytes | None = None, rounds: int = ROUNDS) -> str:
    """The second field of a line of mosquitto's password file."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def is_hash(text: str) -> bool:
    """True where mosquitto could check a password against it."""
    parts = text.split("$")
    if len(parts) != 5 or parts[:2] != ["", "7"] or not parts[2].isdigit() or int(parts[2]) < 1:
        return False
    try:
        salt, digest = base64.b64decode(parts[3], validate=True), base64.b64decode(parts[4], validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(salt) == SALT_BYTES and len(digest) == hashlib.sha512().digest_size


def matches(password: str, text: str) -> bool:
    """Whether a hash is the one of a password."""
    if not is_hash(text):
        return False
    _, _, rounds, salt, _ = text.split("$")
    return hmac.compare_digest(text, hashed(password, base64.b64decode(salt), int(rounds)))
