"""What a refused log-in is called, and with which status."""

from __future__ import annotations

from cloud.console.words import Words
from cloud.trust.errors import LoginRefused, TooMany, WeakPassword


def wording(words: Words, error: Exception, step: str) -> str:
    """What was wrong and what to do next."""
    if isinstance(error, TooMany):
        return words.t("login.often", s=error.retry_s)
    if isinstance(error, WeakPassword):
        return words.t(f"login.weak.{error.code}")
    return words.t(f"login.wrong.{step}")


def status_of(error: Exception | None) -> int:
    """Of the answer; None: nothing was wrong."""
    if isinstance(error, TooMany):
        return 429
    if isinstance(error, WeakPassword):
        return 422
    return 401 if isinstance(error, LoginRefused) else 200 if error is None else 422
