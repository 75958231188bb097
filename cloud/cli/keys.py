"""Trust over the database of a centre that runs or not, and whatever is sealed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from cloud.notices.webhooks import desk as webhooks
from cloud.people import contacts
from cloud.plan import load_plan
from cloud.plans.desk import Plans
from cloud.settings import Settings
from cloud.sources import callers
from cloud.store.engine import open_store
from cloud.trust.desk import Trust
from cloud.trust.start import open_trust
from runtime.clock import Clock

SEALED = (contacts.reseal, callers.reseal, webhooks.reseal)  # beside what trust itself seals


@contextmanager
def keyring(settings: Settings, clock: Clock) -> Iterator[Trust]:
    """For the command line. Raises PlanError, VaultError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    plan = load_plan(settings.config_dir)
    with closing(open_store(settings.database)) as store:
        Plans(store, plan, clock).refresh()
        yield open_trust(settings, store, lambda: plan.roster, clock, lambda: plan.areas)
