"""Which role may do what, as one table, and the only place that judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from cloud.trust.principals import Grant, Principal
from domain.grids import AreaTree
from domain.people import Role


class Action(StrEnum):
    """What a route does. Every route declares one."""

    BOARD_READ = "board_read"
    INCIDENT_READ = "incident_read"
    INCIDENT_MOVE = "incident_move"
    INCIDENT_CREATE = "incident_create"
    INCIDENT_MERGE = "incident_merge"
    INCIDENT_VOID = "incident_void"
    PHOTO_ADD = "photo_add"
    PHOTO_REMOVE = "photo_remove"  # that somebody else added
    REPORT_READ = "report_read"
    TRACK_READ = "track_read"
    PLAN_READ = "plan_read"
    PLAN_WRITE = "plan_write"
    PEOPLE_READ = "people_read"
    PEOPLE_PERSONAL = "people_personal"
    PEOPLE_WRITE = "people_write"
    ROSTER_WRITE = "roster_write"
    ACCOUNT_WRITE = "account_write"
    AUDIT_READ = "audit_read"
    METRICS_READ = "metrics_read"
    TOKEN_WRITE = "token_write"  # noqa: S105 - the name of a right
    HANDOVER_CREATE = "handover_create"
    GATEWAY_READ = "gateway_read"
    SHELF_WRITE = "shelf_write"
    MAINTENANCE_WRITE = "maintenance_write"
    QUARANTINE_READ = "quarantine_read"
    HISTORY_READ = "history_read"
    WEBHOOK_WRITE = "webhook_write"
    NOTICE_READ = "notice_read"
    REVIEW_READ = "review_read"
    ASSESS_READ = "assess_read"  # how other people do; everybody reads his own


A = Action
_LOOK = frozenset(
    {A.BOARD_READ, A.INCIDENT_READ, A.PLAN_READ, A.PEOPLE_READ, A.HISTORY_READ, A.GATEWAY_READ, A.NOTICE_READ}
)
_LEAD = _LOOK | {
    A.INCIDENT_MOVE, A.INCIDENT_CREATE, A.INCIDENT_MERGE, A.REPORT_READ, A.TRACK_READ, A.PEOPLE_PERSONAL,
    A.PHOTO_ADD, A.PHOTO_REMOVE, A.MAINTENANCE_WRITE, A.REVIEW_READ,
}  # fmt: skip

# Defaults of ours. Who keeps the system does not decide incidents; who audits changes nothing and sees no phone number.
RIGHTS: Mapping[Role, frozenset[Action]] = {
    Role.OPERATOR: _LEAD | {A.INCIDENT_VOID, A.HANDOVER_CREATE, A.QUARANTINE_READ, A.SHELF_WRITE},
    Role.GRID_LEADER: _LEAD | {A.ROSTER_WRITE, A.ASSESS_READ},
    Role.GRID_WORKER: _LOOK | {A.INCIDENT_MOVE, A.INCIDENT_CREATE, A.REPORT_READ, A.PHOTO_ADD, A.MAINTENANCE_WRITE},
    Role.ASSISTANT: _LOOK | {A.INCIDENT_CREATE, A.PHOTO_ADD},
    Role.DEPARTMENT: _LOOK | {A.INCIDENT_MOVE, A.PHOTO_ADD, A.MAINTENANCE_WRITE},
    Role.SUPERVISOR: _LEAD
    | {A.INCIDENT_VOID, A.ROSTER_WRITE, A.QUARANTINE_READ, A.SHELF_WRITE, A.ASSESS_READ},
    Role.ADMINISTRATOR: _LOOK
    | {
        A.PLAN_WRITE, A.PEOPLE_PERSONAL, A.PEOPLE_WRITE, A.ROSTER_WRITE, A.ACCOUNT_WRITE, A.TOKEN_WRITE,
        A.WEBHOOK_WRITE, A.AUDIT_READ, A.QUARANTINE_READ, A.REPORT_READ, A.METRICS_READ,
    },
    Role.AUDITOR: _LOOK
    | {A.AUDIT_READ, A.REPORT_READ, A.TRACK_READ, A.QUARANTINE_READ, A.REVIEW_READ, A.ASSESS_READ, A.METRICS_READ},
}  # fmt: skip

# what belongs to no area below the top: an administrator of one area must not make himself one of the whole district
CENTRE_WIDE = frozenset(
    {A.ACCOUNT_WRITE, A.TOKEN_WRITE, A.AUDIT_READ, A.WEBHOOK_WRITE, A.QUARANTINE_READ, A.METRICS_READ}
)

# moves that need more than INCIDENT_MOVE
MOVE_ACTIONS: Mapping[str, Action] = {
    "void": A.INCIDENT_VOID, "merge": A.INCIDENT_MERGE, "split": A.INCIDENT_MERGE, "link": A.INCIDENT_MERGE,
    "unlink": A.INCIDENT_MERGE,
}  # fmt: skip


class Forbidden(Exception):
    """Somebody known may not do this; the text says what is missing."""


class NotLoggedIn(Exception):
    """Nobody known asks, or a session has ended."""


class Guard:
    """Judges a principal; `areas` gives the tree as it is now."""

    def __init__(self, areas: Callable[[], AreaTree]) -> None:
        self._areas = areas

    def may(self, principal: Principal, action: Action, code: str | None = None, site: str = "") -> bool:
        """True where a grant of his carries the action, at the place where one is named (grid or area code, site)."""
        if principal.scopes is not None and action not in principal.scopes:
            return False
        if action in CENTRE_WIDE:
            code, site = "", ""  # the top, whatever place was named
        fitting = [grant for grant in principal.grants if action in RIGHTS[grant.role]]
        if any(grant.area is None for grant in fitting) or code is None:
            return bool(fitting)
        chain = {area.id for area in self._areas().locate(code, site)}
        return any(grant.area in chain for grant in fitting)

    def grant_beyond(self, principal: Principal, grants: Iterable[Grant], scopes: Iterable[str] | None) -> bool:
        """True for more than he has himself: a program that is narrowed to scopes gives no wider ones.

        `scopes` None: an account, which has none; such a program gives and resets none that keeps accounts or tokens.
        """
        if principal.scopes is None:
            return False
        if scopes is None:
            return any(RIGHTS[grant.role] & {A.ACCOUNT_WRITE, A.TOKEN_WRITE} for grant in grants)
        wanted = frozenset(scopes)
        return not wanted or not wanted <= principal.scopes

    def reaches(self, principal: Principal, action: Action, site: str) -> bool:
        """As `may`, and also for who works in a part of the site's area: its gateway carries his endpoints."""
        if self.may(principal, action, "", site):
            return True
        areas = self._areas()
        home = areas.site_area(site)
        below = (grant.area for grant in principal.grants if grant.area and action in RIGHTS[grant.role])
        return (
            home is not None
            and self.may(principal, action)
            and any(areas.has(area) and home in areas.chain(area) for area in below)
        )

    def check(self, principal: Principal, action: Action, code: str | None = None, site: str = "") -> None:
        """Raises Forbidden."""
        if not self.may(principal, action, code, site):
            where = f" at {code or site}" if code is not None and self.may(principal, action) else ""
            raise Forbidden(f"{principal.actor} may not {action}{where}; ask somebody who has that right in the area")


def action_of(move: str) -> Action:
    """The right that a move on an incident needs."""
    return MOVE_ACTIONS.get(move, A.INCIDENT_MOVE)
