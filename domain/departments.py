"""The departments (委办局) that must turn up when the grid blows the whistle, and the matters of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class DepartmentError(ValueError):
    """The departments are not usable; the text names the one and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """One department. `area`: where it is responsible, with everything below; `matters`: codes of matters or kinds."""

    id: str
    name: str
    area: str
    matters: tuple[str, ...] = ()
    name_en: str = ""


class Departments:
    """All of them, checked once."""

    def __init__(self, departments: Iterable[Department] = ()) -> None:
        self._by_id: dict[str, Department] = {}
        taken: dict[tuple[str, str], str] = {}
        for one in departments:
            if one.id in self._by_id:
                raise DepartmentError(f"two departments have the id {one.id}")
            self._by_id[one.id] = one
            for matter in one.matters:
                other = taken.setdefault((one.area, matter), one.id)
                if other != one.id:
                    raise DepartmentError(
                        f"{one.area}: matter {matter} belongs to {other} and to {one.id}; keep one as the lead"
                    )

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Departments:
        """From a document with `[[departments]]`. Raises DepartmentError."""
        found = []
        for row in table.get("departments", ()):
            try:
                found.append(Department(**{**row, "matters": tuple(row.get("matters", ()))}))
            except TypeError as error:
                raise DepartmentError(
                    f"department {row.get('id', '?')}: {error}; needs id, name, area, matters = [codes]"
                ) from None
        return cls(found)

    @property
    def all(self) -> tuple[Department, ...]:
        """All of them."""
        return tuple(self._by_id.values())

    def of(self, department_id: str) -> Department | None:
        """One of them."""
        return self._by_id.get(department_id)

    def knows(self, department_id: str) -> bool:
        """True for one of them."""
        return department_id in self._by_id

    def name_of(self, department_id: str) -> str:
        """Its name; the id itself where nobody knows it."""
        found = self._by_id.get(department_id)
        return found.name if found else department_id

    def for_matter(self, codes: Iterable[str], area_ids: Iterable[str]) -> Department | None:
        """Who is responsible: the first code that somebody has (matter before kind), the nearest area first."""
        areas = tuple(area_ids)
        for code in codes:
            for area in areas:
                for one in self._by_id.values():
                    if one.area == area and code in one.matters:
                        return one
        return None
