"""Rows of gateways and their endpoints, of what they said last, read with care."""

from __future__ import annotations

from cloud.board.shelf_rows import shelf_rows
from cloud.board.views import EndpointRow, GatewayRow
from cloud.store.models import Endpoint, Gateway


def _sum(value: object) -> int:
    """A count, or a table of counts, as a gateway says it; 0 for anything else."""
    if isinstance(value, dict):
        return sum(_sum(count) for count in value.values())
    return value if isinstance(value, int) else 0


def gateway_row(gateway: Gateway, endpoints: list[Endpoint]) -> GatewayRow:
    """Its row; endpoints of a gateway that is not heard are unknown."""
    heard = gateway.state == "online"
    outbox = gateway.status.get("outbox")
    return GatewayRow(
        gateway=gateway.id,
        site=gateway.site,
        state=gateway.state,
        last_seen_ms=gateway.last_seen_ms,
        outbox_pending=gateway.outbox_pending,
        quarantine=gateway.quarantine,
        dropped=_sum(outbox.get("dropped")) if isinstance(outbox, dict) else 0,
        databases_torn=_sum(gateway.status.get("databases_torn")),
        failures=_sum(gateway.status.get("failures")),
        shelved=shelf_rows(gateway.status.get("shelved"), {endpoint.device: endpoint.place for endpoint in endpoints}),
        endpoints=tuple(
            EndpointRow(
                device=endpoint.device,
                kind=endpoint.kind,
                place=endpoint.place,
                grid=endpoint.grid,
                state=endpoint.state if heard else "unknown",
                last_seen_ms=endpoint.last_seen_ms,
                channels=dict(endpoint.channels),
            )
            for endpoint in endpoints
        ),
    )
