"""How programs of ours get into a centre beside them: credentials made in its data folder, as by its command line."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from cloud.cli.keys import keyring
from cloud.settings import Settings
from cloud.trust.errors import NameTaken
from cloud.trust.principals import Grant
from cloud.trust.secret_words import new_secret
from cloud.trust.tokens import NewToken
from domain.people import Role
from runtime.clock import Clock

DAY_MS = 86_400_000
BY = "simulator"


def bearer(settings: Settings, clock: Clock) -> dict[str, str]:
    """Headers of a program that may do everything and names the people it acts for."""
    every = tuple(Grant(role=role) for role in Role)
    name = f"simulator-{new_secret()[:8]}".lower().replace("_", "-")
    with keyring(settings, clock) as trust:
        token = trust.tokens.make(NewToken(name=name, grants=every, speaks_for_others=True), by=BY)
    return {"Authorization": f"Bearer {token}"}


def login_url(settings: Settings, clock: Clock, url: str, person: str, back: str = "/") -> str:
    """A link that logs a person in once; the account is made where there is none."""
    with keyring(settings, clock) as trust:
        with suppress(NameTaken):
            trust.accounts.add(person, by=BY, links_only=True)
        secret = trust.accounts.link(person, by=BY, lasts_ms=DAY_MS)
    return f"{url}/login/once/{secret}?back={quote(back)}"
