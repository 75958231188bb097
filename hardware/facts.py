"""The base of everything that is read from TOML."""

from __future__ import annotations

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything read from TOML: immutable, and a misspelt field is an error."""


class Words(Fact, frozen=True, kw_only=True):
    """One text in both languages."""

    zh: str
    en: str
