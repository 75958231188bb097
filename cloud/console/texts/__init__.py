"""All words of the console, per language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloud.console.texts import en, en_codes, en_rules, zh, zh_codes, zh_rules

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType(zh.SENTENCES | zh_codes.CODES | zh_rules.RULES),
        "en": MappingProxyType(en.SENTENCES | en_codes.CODES | en_rules.RULES),
    }
)
HTML_LANG = {"zh": "zh-CN", "en": "en"}
DEFAULT = "zh"
