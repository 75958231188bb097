"""The plan's commands at the centre's database, on record in its audit log. Parts are imported when called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

from cloud.cli.here import by_whom

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cloud.plans.desk import Plans
    from cloud.settings import Settings
    from cloud.store.engine import Store
    from runtime.clock import Clock

OF_PEOPLE = ("people", "departments")  # sections with a right of their own
Beside = Callable[["Session"], None] | None  # what belongs to the transaction that stores
Note = Callable[[Iterable[str], str], Beside]
MISTAKE, CONFLICT, FINDINGS = 2, 3, 4  # exit codes


def at_desk(work: Callable[[Plans], None]) -> None:
    """Without an entry in the audit log."""
    recorded(lambda plans, _note: work(plans))


def recorded(work: Callable[[Plans, Note], None]) -> None:
    """Opens the centre's database as the service does; a running service takes a new version within seconds.

    `work` gets what puts its sections into the audit log, for the transaction that stores them.
    """
    from cloud.cli.centre import centre_here
    from cloud.plan.errors import PlanError
    from cloud.plans.errors import FindingsOpen, PlanConflict, UnknownVersion
    from domain.geojson import GeoJsonError
    from runtime import logs
    from runtime.settings import SettingsError

    logs.set_up("error")
    try:
        with centre_here() as centre:
            _start(centre.plans, centre.settings)
            work(centre.plans, _on_record(centre.settings, centre.store, centre.clock))
    except FindingsOpen as error:
        stop(FINDINGS, "边界不吻合；修正后重试，或加 --accept-findings / boundaries do not fit", *error.findings)
    except PlanConflict as error:
        stop(CONFLICT, f"他人已先行修改 / {error}")
    except (PlanError, UnknownVersion, GeoJsonError, SettingsError, OSError) as error:
        stop(MISTAKE, f"无法完成 / not possible: {error}")


def _start(plans: Plans, settings: Settings) -> None:
    from cloud.plan.errors import PlanError

    try:
        plans.start(settings.config_dir)
    except PlanError as error:  # what is stored is to be mended by these very commands
        typer.echo(f"现有方案不可用，请修正 / what is stored cannot be used, mend it: {error}", err=True)


def _on_record(settings: Settings, store: Store, clock: Clock) -> Note:
    """What writes that sections were stored; nothing where there are no keys: there is no centre here yet."""
    from cloud.trust.audit import Deed
    from cloud.trust.start import open_trust
    from domain.roster import Roster

    if not settings.keys.exists():
        return lambda _sections, _why: None
    trail = open_trust(settings, store, lambda: Roster((), 0), clock).trail

    def note(sections: Iterable[str], why: str) -> Beside:
        deeds = [
            Deed(actor=by_whom(), action="people_write" if name in OF_PEOPLE else "plan_write", target=name,
                 detail={"why": why[:200]})
            for name in sections
        ]  # fmt: skip

        def beside(session: Session) -> None:
            for deed in deeds:
                trail.note(session, deed)

        return beside

    return note


def stop(code: int, *lines: str) -> None:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)
