"""The centre's database as commands open it: as the service does, which may run meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from cloud.cli.here import settings_here
from cloud.plan import Plan, load_plan
from cloud.plans.desk import Plans
from cloud.settings import Settings
from cloud.store.engine import Store, open_store
from runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """What commands work on. The plan is what the files say until `plans` reads what is stored."""

    settings: Settings
    store: Store
    plan: Plan
    plans: Plans
    clock: Clock


@contextmanager
def centre_of(settings: Settings, clock: Clock) -> Iterator[Centre]:
    """A running service takes what is stored here within seconds. Raises PlanError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    plan = load_plan(settings.config_dir)
    with closing(open_store(settings.database)) as store:
        plans = Plans(store, plan, clock, settings.plan_versions_max)
        yield Centre(settings=settings, store=store, plan=plan, plans=plans, clock=clock)


@contextmanager
def centre_here() -> Iterator[Centre]:
    """The one that the environment names. Raises PlanError, SettingsError."""
    with centre_of(settings_here(), Clock.from_env()) as centre:
        yield centre
