"""What people and programs are shown of a plan."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cloud.plans.differences import SHOWN_MAX, Difference
from cloud.plans.writing import Trial
from domain.coverage import Finding
from domain.facilities import Building, Facility
from domain.grids import Area, AreaTree


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """What a document does, or would do."""

    section: str
    number: int  # the version it follows
    changes: tuple[Difference, ...]  # the first of them
    changes_count: int
    findings: tuple[Finding, ...]
    findings_texts: tuple[str, ...]
    needs_acceptance: bool  # overlaps or gaps: mend them, or accept them by name


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaView:
    """One area, with what hangs on it."""

    id: str
    parent: str | None
    level: str
    name: str
    code: str
    kind: str
    households: int | None
    has_boundary: bool
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitiesView:
    """What stands in an area, and below it."""

    buildings: tuple[Building, ...]
    facilities: tuple[Facility, ...]


def trial_view(trial: Trial) -> TrialView:
    """Without the document, which the caller has."""
    return TrialView(
        section=trial.section,
        number=trial.number,
        changes=trial.changes[:SHOWN_MAX],
        changes_count=len(trial.changes),
        findings=trial.findings,
        findings_texts=trial.texts,
        needs_acceptance=any(finding.open for finding in trial.findings),
    )


def area_views(tree: AreaTree) -> tuple[AreaView, ...]:
    """The tree as rows, parents as ids."""
    sites: dict[str, list[str]] = {}
    for site, area in tree.sites.items():
        sites.setdefault(area, []).append(site)
    return tuple(area_view(tree, area, sites.get(area.id, [])) for area in tree.areas)


def area_view(tree: AreaTree, area: Area, sites: list[str] | None = None) -> AreaView:
    """One area."""
    at = sites if sites is not None else [site for site, home in tree.sites.items() if home == area.id]
    values: dict[str, Any] = asdict(area)
    return AreaView(**values, has_boundary=area.id in tree.shapes, sites=tuple(at))
