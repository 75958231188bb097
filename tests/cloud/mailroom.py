"""The notices of a test centre: real rows and a real notifier, with channels that the test can break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.changes import Changed
from cloud.notices.channel import Letter, NotDelivered
from cloud.notices.notifier import Notifier
from cloud.notices.post import Post
from cloud.notices.ways import Ways, ways_from_table
from cloud.store.models import Notice
from tests.cloud.conftest import Centre

MAIL = "json://127.0.0.1/{mail}"
EVERYBODY: dict[str, Any] = {"channels": {"mail": {"url": MAIL}}, "rules": [{"channels": ["console", "mail"]}]}


@dataclass
class Box:
    """A channel of ours: keeps what was sent; `bad` says why it cannot."""

    sent: list[Letter] = field(default_factory=list)
    bad: dict[str, NotDelivered] = field(default_factory=dict)  # mail address -> what it raises; "" for all

    def send(self, letter: Letter) -> None:
        """Keep it, or fail."""
        error = self.bad.get(letter.contacts["mail"]) or self.bad.get("")
        if error:
            raise error
        self.sent.append(letter)

    def to(self, person: str) -> list[str]:
        """Titles that somebody got."""
        return [letter.title for letter in self.sent if letter.contacts["mail"] == address(person)]


def address(person: str) -> str:
    """Of somebody in the sample roster."""
    return f"{person}@example.cn"


def contacts(_session: Session, person: str) -> Mapping[str, str]:
    """Everybody has mail."""
    return {"mail": address(person)}


class Mailroom:
    """One worker. `round` is what it does when it wakes up."""

    def __init__(self, centre: Centre, table: dict[str, Any] | None = None) -> None:
        self.centre = centre
        self.ways: Ways = ways_from_table(EVERYBODY if table is None else table)
        plan = centre.desk.plan
        self.boxes = {way.name: Box() for way in self.ways.outside}
        self.posts = {
            name: Post(name, centre.store, centre.clock, plan, self.ways, contacts, lambda: 0.5) for name in self.boxes
        }
        self.told: list[Changed] = []
        self.notifier = Notifier(centre.store, centre.clock, plan, self.ways, self.posts, self.boxes, self.told.append)

    @property
    def mail(self) -> Box:
        """The channel of EVERYBODY."""
        return self.boxes["mail"]

    def round(self, incidents: frozenset[str] = frozenset()) -> int:
        """Look, and send what is due until nothing is; how many messages that were."""
        self.notifier.shifts.look()
        while self.notifier.look(incidents):
            pass
        count = 0
        for name, post in self.posts.items():
            while jobs := post.claim():
                for job in jobs:
                    self.notifier.deliver(name, job)
                count += len(jobs)
        return count

    def rows(self, channel: str = "mail") -> list[Notice]:
        """All notices of a channel."""
        with self.centre.store.read() as session:
            return list(session.scalars(select(Notice).where(Notice.channel == channel).order_by(Notice.id)))

    def states(self, channel: str = "mail") -> Counter[str]:
        """How many notices are in which state."""
        return Counter(row.state for row in self.rows(channel))
