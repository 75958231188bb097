"""What a field can be chosen from: codes with their words, and things of the plan as the drafts have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cloud.console.words import Words
from cloud.plan.sections import Documents
from domain.escalation import RESPONSIBLE
from domain.facilities import FACILITY_KINDS
from domain.grid_codes import EXCLUSIVE, ORDINARY, SCHEMES
from domain.grids import DATUMS
from domain.incidents import Kind, Severity
from domain.matters import NOT_BY_PEOPLE
from domain.people import NAMES, Role
from domain.roster import Handheld

CODES: Mapping[str, tuple[str, tuple[str, ...]]] = {  # source -> group of words, codes
    "kinds": ("kind", tuple(Kind)),
    "kinds_of_people": ("kind", tuple(kind for kind in Kind if kind not in NOT_BY_PEOPLE)),
    "severities": ("severity", tuple(Severity)),
    "roles": ("role", (*Role, *(name for name in NAMES if name != "grid_operator"))),
    "grid_kinds": ("plan.grid", (ORDINARY, EXCLUSIVE)),
    "facility_kinds": ("facility", tuple(FACILITY_KINDS)),
    "datums": ("plan.datum", DATUMS),
    "schemes": ("plan.scheme", SCHEMES),
    "languages": ("plan.language", ("zh", "en")),
    "obeyed": ("plan.obeyed", tuple(Handheld)),
    "nationals": ("plan.national", ("cn", "none")),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice."""

    value: str
    label: str
    group: str = ""


class Choices:
    """The choices of one page: documents of all sections, of which some are drafts."""

    def __init__(self, documents: Documents, words: Words) -> None:
        self._documents = documents
        self._words = words
        self._known: dict[str, tuple[Option, ...]] = {}

    def of(self, source: str) -> tuple[Option, ...]:
        """Every option of a source."""
        if source not in self._known:
            group, codes = CODES.get(source, ("", ()))
            make: Callable[[], Iterable[Option]] | None = getattr(self, f"_{source}", None)
            coded = (Option(code, self._words.code(group, code)) for code in codes)
            self._known[source] = tuple(make() if make else coded)
        return self._known[source]

    def names(self, source: str) -> Mapping[str, str]:
        """value -> what people call it."""
        return {option.value: option.label for option in self.of(source)}

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels of the tree, lowest first."""
        return tuple(str(level) for level in self._documents["areas"].get("levels") or ())

    def _rows(self, section: str, part: str) -> list[dict[str, Any]]:
        return [row for row in self._documents[section].get(part) or () if isinstance(row, dict)]

    def _levels(self) -> Iterable[Option]:
        return [Option(level, self._words.code("tier", level)) for level in self.levels]

    def _areas(self) -> Iterable[Option]:
        rows = self._rows("areas", "areas")
        names = {row.get("id"): row.get("name") for row in rows}
        order = {level: -place for place, level in enumerate(self.levels)}
        for row in sorted(rows, key=lambda row: (order.get(str(row.get("level")), 1), str(row.get("code")))):
            above = names.get(row.get("parent"))
            name = str(row.get("name", row.get("id")))
            label = name
            if above and row.get("level") == (self.levels or ("",))[0]:
                label += self._words.t("in.brackets", text=above)
            yield Option(str(row.get("id")), label, self._words.code("tier", str(row.get("level"))))

    def _people(self) -> Iterable[Option]:
        areas = self.names("areas")
        for row in self._rows("people", "people"):
            label = f"{row.get('name')} · {self._words.code('role', str(row.get('role')))}"
            yield Option(str(row.get("id")), label, areas.get(str(row.get("area")), ""))

    def _departments(self) -> Iterable[Option]:
        english = self._words.lang != "zh"
        for row in self._rows("departments", "departments"):
            name = (row.get("name_en") if english else None) or row.get("name")
            yield Option(str(row.get("id")), str(name))

    def _departments_or_matter(self) -> Iterable[Option]:
        return [Option(RESPONSIBLE, self._words.t("plan.responsible")), *self.of("departments")]

    def _buildings(self) -> Iterable[Option]:
        areas = self.names("areas")
        for row in self._rows("facilities", "buildings"):
            yield Option(str(row.get("id")), str(row.get("name")), areas.get(str(row.get("area")), ""))

    def _chains(self) -> Iterable[Option]:
        for row in self._rows("dispatch", "chains"):
            code = str(row.get("id"))
            yield Option(code, self._words.code("chain", code))

    def _matters(self) -> Iterable[Option]:
        lang = "zh" if self._words.lang == "zh" else "en"
        for row in self._rows("matters", "matters"):
            code = str(row.get("code"))
            yield Option(code, str(row.get(lang) or code))

    def _matters_and_kinds(self) -> Iterable[Option]:
        matters, kinds = self._words.t("plan.matters"), self._words.t("plan.kinds")
        found = [Option(one.value, one.label, matters) for one in self.of("matters")]
        taken = {one.value for one in found}
        return [*found, *(Option(o.value, o.label, kinds) for o in self.of("kinds") if o.value not in taken)]

    def _targets(self) -> Iterable[Option]:
        """Whom a step of a chain can notify; a single person stands beside it."""
        t = self._words.t
        yield from (Option(f"tier:{one.value}", one.label, t("plan.to.tier")) for one in self.of("levels"))
        yield Option("all", t("plan.to.all"), t("plan.to.more"))
        yield Option("person:", t("plan.to.person"), t("plan.to.more"))
        departments = self.of("departments_or_matter")
        yield from (Option(f"department:{one.value}", one.label, t("plan.to.department")) for one in departments)
        for role in Role:
            for level in self.of("levels"):
                label = t("plan.to.role_at", role=self._words.code("role", role), tier=level.label)
                yield Option(f"role:{role}@{level.value}", label, t("plan.to.role"))
