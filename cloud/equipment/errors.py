"""What can be wrong with what somebody wants of equipment; each text says what and what to do, in both languages."""

from __future__ import annotations


class EquipmentError(ValueError):
    """It cannot be done."""


class UnknownThing(EquipmentError):
    """No gateway has told of it, or it is not for this person."""


class TooLate(EquipmentError):
    """There is nothing left to take back."""
