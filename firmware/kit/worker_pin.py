"""A worker's PIN as the settings of a terminal hold it: salt and check value, never the PIN itself."""

from __future__ import annotations

import json

from firmware.device.handheld_vault import check_value, stretch

ROUNDS = 2000  # of SHA-256; a third of a second on an ESP32-S3, estimated, not measured
SALT_BYTES = 16


class PinError(ValueError):
    """A PIN that cannot be typed on a terminal; the text says what to do."""


def settings_of(pin: str, salt: bytes, rounds: int = ROUNDS) -> dict[str, str | int]:
    """The setting `pin` of a handheld. Raises PinError."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise PinError("密码须为 4 到 8 位数字 / a PIN has 4 to 8 digits")
    check = check_value(stretch(pin, salt, rounds))
    return {"salt": salt.hex(), "hash": check, "rounds": rounds, "digits": len(pin)}


def line_of(pin: str, salt: bytes) -> str:
    """The entry for `settings` of the endpoint in the site file. Raises PinError."""
    fields = (f"{name} = {json.dumps(value)}" for name, value in settings_of(pin, salt).items())
    return "pin = { " + ", ".join(fields) + " }"
