"""What the use cases on people refuse; nothing has changed."""

from __future__ import annotations


class PeopleError(Exception):
    """Base of what is refused."""


class UnknownPerson(PeopleError):
    """Nobody has this id, or he has left."""


class UnknownEntry(PeopleError):
    """There is no such stand-in or hand-over."""


class NotYours(PeopleError):
    """Somebody else has to do this."""


class AlreadyDecided(PeopleError):
    """It was confirmed, refused or withdrawn before."""


class ListChanged(PeopleError):
    """The incidents of a hand-over are not those that the receiver has seen; `now` lists them."""

    def __init__(self, now: tuple[str, ...]) -> None:
        super().__init__("the list of incidents has changed since you opened it: look through it again, then confirm")
        self.now = now


class NoVault(PeopleError):
    """Personal fields can be neither read nor written, because there is no key."""
