"""Gateways and endpoints beside the board: how many are well, and by name only those that are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.board.views import EndpointRow, GatewayRow

TROUBLES_MAX = 12  # per list; the pages of the equipment have all


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A gateway with something to say, and those of its endpoints that are not well."""

    gateway: GatewayRow
    endpoints: tuple[EndpointRow, ...]
    more: int  # endpoints not well and not listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What stands beside the board."""

    gateways: tuple[tuple[str, int], ...]  # (state, how many), the worst first
    endpoints: tuple[tuple[str, int], ...]
    troubles: tuple[Trouble, ...]
    more: int


STATES = ("offline", "unknown", "online")


def side_of(gateways: Iterable[GatewayRow]) -> Side:
    """Summed up."""
    rows = tuple(gateways)
    troubles = [trouble for row in rows if (trouble := _trouble(row)) is not None]
    troubles.sort(key=lambda one: (STATES.index(one.gateway.state), not one.gateway.shelved, -len(one.endpoints)))
    return Side(
        gateways=_counted(row.state for row in rows),
        endpoints=_counted(endpoint.state for row in rows for endpoint in row.endpoints),
        troubles=tuple(troubles[:TROUBLES_MAX]),
        more=len(troubles[TROUBLES_MAX:]),
    )


def _counted(states: Iterable[str]) -> tuple[tuple[str, int], ...]:
    found = Counter(states)
    return tuple((state, found[state]) for state in STATES if found[state])


def _trouble(row: GatewayRow) -> Trouble | None:
    """None for one of which there is nothing to say."""
    # behind a gateway that is away every endpoint is unknown: the gateway says it for them
    bad = [] if row.state != "online" else [one for one in row.endpoints if not _well(one)]
    said = (row.quarantine, row.dropped, row.databases_torn, row.failures, row.shelved)
    if row.state == "online" and not bad and not any(said):
        return None
    return Trouble(gateway=row, endpoints=tuple(bad[:TROUBLES_MAX]), more=len(bad[TROUBLES_MAX:]))


def _well(endpoint: EndpointRow) -> bool:
    return endpoint.state == "online" and all(health == "good" for health in endpoint.channels.values())
