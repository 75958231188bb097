"""A worker's find on its way to the centre: the codes of the terminal with the words that its settings give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDED = (("place", "places"), ("kind", "kinds"))


def worded(report: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The report with `place_text` and `kind_text`, where the terminal chose from a list that the site file gave it."""
    if report["what"] != "found":
        return report
    words = {}
    for field, name in _WORDED:
        text = _text(settings.get(name), report.get(field))
        if text:
            words[f"{field}_text"] = text
    return report | words


def _text(choices: object, code: object) -> str:
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, list) and len(choice) == 2 and choice[0] == code:
            return str(choice[1])
    return ""
