"""All words of the console, per language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cloud.console.texts import (
    en,
    en_admin,
    en_areas,
    en_assess,
    en_board,
    en_equipment,
    en_flow,
    en_frame,
    en_history,
    en_incident,
    en_login,
    en_map,
    en_notices,
    en_people,
    en_photos,
    en_planning,
    en_review,
    en_review_alarms,
    en_rules,
    en_sources,
    zh,
    zh_admin,
    zh_areas,
    zh_assess,
    zh_board,
    zh_equipment,
    zh_flow,
    zh_frame,
    zh_history,
    zh_incident,
    zh_login,
    zh_map,
    zh_notices,
    zh_people,
    zh_photos,
    zh_planning,
    zh_review,
    zh_review_alarms,
    zh_rules,
    zh_sources,
)
from cloud.words.codes import CODES

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType(
            dict(CODES["zh"])
            | zh.SENTENCES
            | zh_admin.ADMIN
            | zh_areas.AREAS
            | zh_assess.ASSESS
            | zh_board.BOARD
            | zh_equipment.EQUIPMENT
            | zh_flow.SENTENCES
            | zh_frame.FRAME
            | zh_history.HISTORY
            | zh_incident.INCIDENT
            | zh_login.LOGIN
            | zh_map.MAP
            | zh_notices.NOTICES
            | zh_people.PEOPLE
            | zh_photos.PHOTOS
            | zh_planning.PLANNING
            | zh_review.REVIEW
            | zh_review_alarms.REVIEW_ALARMS
            | zh_rules.RULES
            | zh_sources.SOURCES
        ),
        "en": MappingProxyType(
            dict(CODES["en"])
            | en.SENTENCES
            | en_admin.ADMIN
            | en_areas.AREAS
            | en_assess.ASSESS
            | en_board.BOARD
            | en_equipment.EQUIPMENT
            | en_flow.SENTENCES
            | en_frame.FRAME
            | en_history.HISTORY
            | en_incident.INCIDENT
            | en_login.LOGIN
            | en_map.MAP
            | en_notices.NOTICES
            | en_people.PEOPLE
            | en_photos.PHOTOS
            | en_planning.PLANNING
            | en_review.REVIEW
            | en_review_alarms.REVIEW_ALARMS
            | en_rules.RULES
            | en_sources.SOURCES
        ),
    }
)
HTML_LANG = {"zh": "zh-CN", "en": "en"}
DEFAULT = "zh"
