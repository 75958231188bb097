"""A test message to somebody by one of his channels: does it reach him before something happens?"""

from __future__ import annotations

import time
from collections.abc import Callable

from cloud.notices.by_apprise import ByApprise
from cloud.notices.channel import Channel, Letter
from cloud.notices.people import Contacts, UnknownChannel
from cloud.notices.ways import Outside, Ways
from cloud.store.engine import Store
from cloud.trust.limits import Buckets, Rate

TRIES = Rate(per_s=1 / 60, burst=5)  # default, per person: a test costs an SMS
TITLE = "吹哨 gridwhistle"
BODY = "测试消息，请忽略；由 {by} 发出。\nA test by {by}, please ignore it."


class Trials:
    """Use case; `known` opens contacts, which are shown to nobody."""

    def __init__(
        self, store: Store, ways: Callable[[], Ways], known: Contacts,
        make: Callable[[Outside], Channel] = ByApprise, now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._store = store
        self._ways = ways
        self._known = known
        self._make = make
        self._rate = Buckets(TRIES, now_s)

    def send(self, person: str, channel: str, by: str) -> None:
        """Send one now. Raises UnknownChannel, TooMany, NotDelivered with the reason."""
        way = next((way for way in self._ways().outside if way.name == channel), None)
        if way is None:
            raise UnknownChannel(f"channels: no {channel} here that takes a test")
        self._rate.take(person)
        with self._store.read() as session:
            contacts = self._known(session, person)
        self._make(way).send(Letter(title=TITLE, body=BODY.format(by=by), contacts=contacts))
