"""All words of the console, per language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloud.console.texts import en, en_codes, en_rules, en_sources, zh, zh_codes, zh_rules, zh_sources

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType(zh.SENTENCES | zh_codes.CODES | zh_rules.RULES | zh_sources.SOURCES),
        "en": MappingProxyType(en.SENTENCES | en_codes.CODES | en_rules.RULES | en_sources.SOURCES),
    }
)
HTML_LANG = {"zh": "zh-CN", "en": "en"}
DEFAULT = "zh"
