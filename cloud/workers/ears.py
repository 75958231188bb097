"""The intake behind its connections to the broker: one for whistles, one for readings, as many as the roles ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from cloud.desk import Desk
from cloud.history.port import Series
from cloud.intake.intake import BULK, URGENT, Intake
from cloud.settings import Settings
from cloud.workers.roles import GROUP, Role, Worker
from protocol import filters
from runtime.mqtt import IN_FLIGHT as IN_FLIGHT_EACH
from runtime.mqtt import Connection, Link, connected

# A street without power is thousands of messages, and somebody in a lift is the last of them: all are seen, and he is
# stored first. What is delivered again waits once. In memory: usually some 50 MB; messages of the largest size 2.6 GB.
IN_FLIGHT = 10_000
CLIENT_ID = "gridwhistle-cloud"  # fixed: the broker keeps what came while we were away


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """The broker queues each session by itself, so readings never stand before a whistle."""

    intake: Intake
    links: tuple[Connection, ...]  # the first is the one to speak through; none for a worker of the console

    @property
    def link(self) -> Connection | None:
        """To hear whistles by, where that is our work, and to publish."""
        return self.links[0] if self.links else None

    def all_up(self) -> bool:
        """True while everything can be heard."""
        return all(link.is_up for link in self.links)


def links_of(settings: Settings, worker: Worker) -> list[Link]:
    """The sessions that this worker needs."""
    own = f"{CLIENT_ID}-{worker.name}" if worker.shares else CLIENT_ID
    links = []
    if worker.does(Role.INTAKE):
        # a session that is kept would go on collecting its share while its worker is dead; what nobody took is sent
        # again by its gateway, which owes it until the acknowledgement of the centre
        group = GROUP if worker.shares else None
        many = IN_FLIGHT_EACH if worker.shares else IN_FLIGHT  # what one of several does not take, another does
        links.append(_link(settings, own, URGENT, group=group, clean=worker.shares, in_flight=many))
    elif worker.does(Role.DISPATCH):
        links.append(_link(settings, own, (), clean=True))  # lists to gateways go out here
    if worker.does(Role.HISTORY):
        links.append(_link(settings, f"{CLIENT_ID}-history", BULK))
    return links


def _link(
    settings: Settings,
    client_id: str,
    kinds: tuple[str, ...],
    *,
    group: str | None = None,
    clean: bool = False,
    in_flight: int = IN_FLIGHT_EACH,
) -> Link:
    return Link(
        host=settings.broker_host,
        port=settings.broker_port,
        client_id=client_id,
        subscriptions=tuple(filters.every_site(kind) for kind in kinds),
        username=settings.broker_username,
        password=settings.broker_password,
        ca_file=settings.broker_ca_file,
        group=group,
        clean=clean,
        in_flight=in_flight,
    )


@asynccontextmanager
async def hearing(settings: Settings, desk: Desk, series: Series, worker: Worker) -> AsyncIterator[Ears]:
    """The intake and its connections, which heal themselves."""
    intake = Intake(desk, series)
    async with AsyncExitStack() as stack:
        links = [await stack.enter_async_context(connected(link, intake.handle)) for link in links_of(settings, worker)]
        if links:
            intake.publish = links[0].publish
        yield Ears(intake=intake, links=tuple(links))
