"""All words of the console, per language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloud.console.texts import en, en_codes, zh, zh_codes

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType(zh.SENTENCES | zh_codes.CODES),
        "en": MappingProxyType(en.SENTENCES | en_codes.CODES),
    }
)
HTML_LANG = {"zh": "zh-CN", "en": "en"}
DEFAULT = "zh"
