"""Codes in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloud.words import en_codes, en_flow, zh_codes, zh_flow

CODES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType(zh_codes.CODES | zh_flow.CODES),
        "en": MappingProxyType(en_codes.CODES | en_flow.CODES),
    }
)


def code(lang: str, group: str, name: str) -> str:
    """The word for a code; the bare code where a newer part of the system speaks one that we do not know."""
    return CODES[lang].get(f"{group}.{name}", name)


def headline(lang: str, kind: str, severity: str) -> str:
    """What an incident is, in one word: 确认火警, 终端离线."""
    return code(lang, "fire", severity) if kind == "fire" else code(lang, "kind", kind)
