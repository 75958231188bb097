"""Makes the notifier of a process: the channels of notices.toml, each with its post."""

from __future__ import annotations

import random

from sqlalchemy.orm import Session

from cloud.notices.by_apprise import ByApprise
from cloud.notices.channel import Channel, NotDelivered
from cloud.notices.notifier import Notifier, Tell
from cloud.notices.people import Contacts
from cloud.notices.post import Post
from cloud.notices.ways import Ways
from cloud.notices.webhooks.carrier import Carrier
from cloud.notices.webhooks.desk import Webhooks
from cloud.notices.webhooks.feed import Feed
from cloud.notices.webhooks.reach import Reach
from cloud.people import contacts
from cloud.people.desk import People
from cloud.people.errors import NoVault
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.trust.vault import VaultError
from runtime.clock import Clock


def contacts_of(people: People) -> Contacts:
    """Phones and addresses as PEOPLE keeps them; a process without the key reaches only channels that need none."""

    def read(session: Session, person: str) -> dict[str, str]:
        try:
            return contacts.read(session, people.seals, person)
        except (NoVault, VaultError) as error:
            raise NotDelivered(f"contacts cannot be read: {error}") from None

    return read


def make_notifier(store: Store, clock: Clock, plan: Plan, ways: Ways, known: Contacts, tell: Tell) -> Notifier:
    """Needs a running event loop. Raises SettingsError for a channel that apprise does not understand."""
    channels: dict[str, Channel] = {way.name: ByApprise(way) for way in ways.outside}
    draw = random.Random().random  # noqa: S311 - spreads attempts over time, no secret
    posts = {way.name: Post(way.name, store, clock, plan, ways, known, draw, way.timeout_s) for way in ways.outside}
    return Notifier(store, clock, plan, ways, posts, channels, tell)


def make_carrier(webhooks: Webhooks, reach: Reach, store: Store, clock: Clock, plan: Plan, ways: Ways) -> Carrier:
    """What other systems hear. Needs a running event loop."""
    draw = random.Random().random  # noqa: S311 - as above
    webhooks.reach = reach
    return Carrier(Feed(store, clock, plan, ways.policy, webhooks.open_secret, draw), clock, reach)
