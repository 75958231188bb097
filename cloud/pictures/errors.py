"""Why a photo is not taken in, or not there. Texts name the remedy; people read them in the console's words."""

from __future__ import annotations


class PhotoError(Exception):
    """A refusal; nothing was stored."""


class NotAPhoto(PhotoError):
    """No picture of a kind that is taken, or a damaged one."""


class PhotoTooLarge(PhotoError):
    """More bytes or more points than are decoded."""


class PhotosFull(PhotoError):
    """The incident has as many as one may have."""


class PhotosSpent(PhotoError):
    """So many were added to the incident and taken back within a day that no more marks of it are kept."""


class NoRoom(PhotoError):
    """All photos together fill what they may."""


class PhotosBusy(PhotoError):
    """Too many files wait for their turn; the same file again a little later is taken."""


class PhotosToday(PhotoError):
    """One person has added as many as one may within a day."""


class UnknownFind(PhotoError):
    """No report of that id at this incident."""


class WhyMissing(PhotoError):
    """Who takes a photo back says why."""


class UnknownPicture(LookupError):
    """No such picture of this incident."""
