"""A section as far as somebody sees it: people, and their shifts, of his areas alone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloud.plan.sections import Document

Sees = Callable[[str], bool]  # of the code of an area; without one it is the whole district


def seen(section: str, document: Document, codes: Mapping[str, str], sees: Sees) -> Document:
    """The document without what concerns people of other areas; `codes`: area id -> code."""
    if section != "people":
        return document
    people = [row for row in document.get("people") or () if sees(codes.get(str(row.get("area")), ""))]
    mine = {row.get("id") for row in people}
    shifts = [row for row in document.get("duty") or () if row.get("person") in mine]
    return {**document, "people": people, **({"duty": shifts} if "duty" in document else {})}
