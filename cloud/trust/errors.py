"""Refusals of trust. The class tells the caller what to do."""

from __future__ import annotations

REASON_MAX = 500  # characters of the reason of a deed: a few sentences; default of ours


class TrustError(Exception):
    """The family."""


class LoginRefused(TrustError):
    """Name, password or code is wrong, or the account is disabled: which of these is said to nobody."""


class ProofNeeded(TrustError):
    """Somebody who logged in a while ago shows first that it is still he."""


class TooMany(TrustError):
    """Asked too often; `retry_s` says when to come again."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(f"too many attempts; try again in {retry_s} s")
        self.retry_s = retry_s


class WeakPassword(TrustError):
    """A password that could be guessed; `code` says why, for the console's words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class UnknownAccount(TrustError):
    """No account, token or session of this name."""


class NameTaken(TrustError):
    """An account or token of this name exists; names are never used again, because logs carry them."""


class Changed(TrustError):
    """What somebody decides upon is not what he saw: another was faster."""


class LastKeeper(TrustError):
    """Nobody could keep accounts any more, or somebody would take this right from himself."""


class BadRequest(TrustError):
    """A name, role, area or scope that cannot be; the text says which and what would be right."""
