"""All words of the console, per language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloud.console.texts import (
    en,
    en_areas,
    en_codes,
    en_flow,
    en_login,
    en_notices,
    en_people,
    en_rules,
    en_sources,
    zh,
    zh_areas,
    zh_codes,
    zh_flow,
    zh_login,
    zh_notices,
    zh_people,
    zh_rules,
    zh_sources,
)

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType(
            zh.SENTENCES
            | zh_areas.AREAS
            | zh_codes.CODES
            | zh_rules.RULES
            | zh_sources.SOURCES
            | zh_login.LOGIN
            | zh_notices.NOTICES
            | zh_people.PEOPLE
            | zh_flow.CODES
            | zh_flow.SENTENCES
        ),
        "en": MappingProxyType(
            en.SENTENCES
            | en_areas.AREAS
            | en_codes.CODES
            | en_rules.RULES
            | en_sources.SOURCES
            | en_login.LOGIN
            | en_notices.NOTICES
            | en_people.PEOPLE
            | en_flow.CODES
            | en_flow.SENTENCES
        ),
    }
)
HTML_LANG = {"zh": "zh-CN", "en": "en"}
DEFAULT = "zh"
