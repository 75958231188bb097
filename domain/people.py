"""People of the grid teams and their roles. Phones and addresses are not here: they can be erased, a plan cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.shifts import Shift


class Role(StrEnum):
    """What somebody may do; where, the areas say."""

    OPERATOR = "operator"  # 值班员, of whatever tier the area is
    GRID_LEADER = "grid_leader"  # 网格长
    GRID_WORKER = "grid_worker"  # 网格员
    ASSISTANT = "assistant"  # 网格辅助员
    DEPARTMENT = "department"  # 部门人员
    SUPERVISOR = "supervisor"  # 督办
    ADMINISTRATOR = "administrator"  # 管理员
    AUDITOR = "auditor"  # 审计


# names of operators by their tier, as rosters and the console say them
NAMES = {f"{level}_operator": Role.OPERATOR for level in ("grid", "community", "street", "district")}
PAGED = frozenset({Role.OPERATOR, Role.GRID_LEADER, Role.GRID_WORKER, Role.ASSISTANT})  # called for their area
STAND_BY = frozenset({Role.SUPERVISOR})  # called where the area has nobody of these
CONTACTS = ("mobile", "phone", "mail", "wecom", "dingtalk", "feishu")  # personal: sealed, erasable, reads are logged


def role_of(name: str) -> Role:
    """The role behind a name of it. Raises ValueError."""
    return NAMES.get(name) or Role(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the grid team. `role` is a code that the console words, `area` the first of the areas."""

    id: str
    name: str
    role: str
    area: str
    duty: tuple[Shift, ...] = ()  # every day; other days stand in the duty roster
    also: tuple[str, ...] = ()  # more areas of the same kind of work: 兼管多格
    more_roles: tuple[str, ...] = ()
    department: str | None = None
    device: str | None = None  # handheld
    language: str | None = None  # zh, en; None: as the centre
    active: bool = True  # False: has left, is kept for the log

    def check(self) -> None:
        """Raises ValueError for what the centre cannot work with; a site's own file may name other roles."""
        for name in (self.role, *self.more_roles):
            try:
                role_of(name)
            except ValueError:
                raise ValueError(f"role {name!r} is unknown; roles: {', '.join(Role)}") from None
        if Role.DEPARTMENT in self.roles and not self.department:
            raise ValueError("role department needs department: whose person it is")
        if self.language not in (None, "zh", "en"):
            raise ValueError(f"language {self.language!r} is unknown; zh or en")

    @property
    def roles(self) -> frozenset[Role]:
        """Everything this person may do; a role that only a site knows is its worker's."""
        known = {str(role) for role in Role} | set(NAMES)
        names = (self.role, *self.more_roles)
        return frozenset(role_of(name) if name in known else Role.GRID_WORKER for name in names)

    @property
    def areas(self) -> tuple[str, ...]:
        """Every area of this person."""
        return (self.area, *self.also)

    def of(self, area_id: str) -> bool:
        """True for an area of this person."""
        return area_id == self.area or area_id in self.also


def by_role(people: Iterable[Person], roles: frozenset[Role]) -> tuple[Person, ...]:
    """Those who have one of the roles and have not left."""
    return tuple(person for person in people if person.active and person.roles & roles)
