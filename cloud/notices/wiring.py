"""Makes the notifier of a process: the channels of notices.toml, each with its post."""

from __future__ import annotations

import random

from cloud.notices.by_apprise import ByApprise
from cloud.notices.channel import Channel
from cloud.notices.notifier import Notifier, Tell
from cloud.notices.people import Contacts
from cloud.notices.post import Post
from cloud.notices.ways import Ways
from cloud.plan import Plan
from cloud.store.engine import Store
from runtime.clock import Clock


def make_notifier(store: Store, clock: Clock, plan: Plan, ways: Ways, contacts: Contacts, tell: Tell) -> Notifier:
    """Needs a running event loop. Raises SettingsError for a channel that apprise does not understand."""
    channels: dict[str, Channel] = {way.name: ByApprise(way) for way in ways.outside}
    draw = random.Random().random  # noqa: S311 - spreads attempts over time, no secret
    posts = {way.name: Post(way.name, store, clock, plan, ways, contacts, draw, way.timeout_s) for way in ways.outside}
    return Notifier(store, clock, plan, ways, posts, channels, tell)
