"""Trust over the database of a centre that runs or not, and whatever is sealed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cloud.cli.centre import centre_of
from cloud.notices.webhooks import desk as webhooks
from cloud.people import contacts
from cloud.settings import Settings
from cloud.sources import callers
from cloud.trust.desk import Trust
from cloud.trust.start import open_trust
from runtime.clock import Clock

SEALED = (contacts.reseal, callers.reseal, webhooks.reseal)  # beside what trust itself seals


@contextmanager
def keyring(settings: Settings, clock: Clock) -> Iterator[Trust]:
    """For the command line. Raises PlanError, VaultError."""
    with centre_of(settings, clock) as centre:
        centre.plans.refresh()
        plan = centre.plan
        yield open_trust(settings, centre.store, lambda: plan.roster, clock, centre.plans.stored)
