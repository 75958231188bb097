"""The workers of a site as text for its site file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from cloud.people.views import SitePerson


def as_toml(rows: Iterable[SitePerson]) -> str:
    """[[people]] tables; a JSON string is a TOML string."""
    tables = []
    for row in rows:
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(row).items()}
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        tables.append("\n".join(["[[people]]", *lines, ""]))
    return "\n".join(tables)


def as_json_text(rows: Iterable[SitePerson]) -> str:
    """One JSON document."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n"
