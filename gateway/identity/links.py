"""The gateway's two connections: where, as whom, and what it listens to."""

from __future__ import annotations

import ipaddress

import structlog

from gateway.home_assistant import discovery
from gateway.identity.home import Identity
from gateway.site_file.site import Broker, Site
from protocol import filters, topics
from runtime.brokers.errors import IdentityError
from runtime.mqtt import Link

log = structlog.get_logger()


def site_link(site: Site, identity: Identity) -> Link:
    """To the endpoints' broker, hearing all that endpoints say."""
    heard = tuple(filters.every_device(site.site, kind) for kind in filters.FROM_ENDPOINT)
    broker, shown = site_broker(site, identity), site.home_assistant
    if not shown.enabled:
        return link_to(broker, f"{site.gateway}-site", heard)
    will = (discovery.availability_topic(site.site), discovery.OFFLINE.encode())  # a dashboard must not trust the dead
    return link_to(broker, f"{site.gateway}-site", (*heard, discovery.birth_topic(shown)), *will)


def cloud_link(site: Site, identity: Identity, will: tuple[str, bytes]) -> Link:
    """To the centre's broker, with the last will. It also hears its own status: nobody else may say that."""
    kinds = (*filters.TO_GATEWAY, "status")
    subscriptions = tuple(topics.build(site.site, site.gateway, kind) for kind in kinds)
    return link_to(cloud_broker(site, identity), f"{site.gateway}-cloud", subscriptions, *will)


def site_broker(site: Site, identity: Identity) -> Broker:
    """With the login that `broker-setup` made, where the site file has none."""
    try:
        return identity.site_broker(site.site_broker)
    except IdentityError as error:  # refused by the broker it cannot do harm, and the rest goes on working
        log.warning("identity_damaged", why=str(error))
        return site.site_broker


def cloud_broker(site: Site, identity: Identity) -> Broker:
    """With the login of the centre's letter, where the site file has none."""
    try:
        return identity.cloud_broker(site.cloud_broker)
    except IdentityError as error:
        log.warning("identity_damaged", why=str(error))
        return site.cloud_broker


def in_clear(where: Broker | Link) -> bool:
    """True where whoever is on the way can read and change everything: without TLS, and not on this box."""
    return where.ca_file is None and not _is_here(where.host)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def link_to(
    broker: Broker, client_id: str, subscriptions: tuple[str, ...], will_topic: str | None = None, will: bytes = b""
) -> Link:
    """A connection to a broker, in the words of the site file."""
    return Link(
        host=broker.host,
        port=broker.port,
        client_id=client_id,
        subscriptions=subscriptions,
        will_topic=will_topic,
        will_payload=will,
        username=broker.username,
        password=broker.password,
        ca_file=broker.ca_file,
        cert_file=broker.cert_file,
        key_file=broker.key_file,
    )
