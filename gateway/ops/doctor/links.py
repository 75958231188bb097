"""The two brokers, asked as the gateway asks them, and the certificates on the way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.identity.home import Identity
from gateway.identity.links import in_clear
from gateway.ops import judge
from gateway.ops.doctor.box import LOCAL
from gateway.ops.findings import Finding, bad, good, warning
from gateway.site_file.site import Broker, Site
from protocol import filters, topics
from runtime.brokers.certificates import facts
from runtime.brokers.errors import IdentityError
from runtime.mqtt import Link, connected

REACH_S = 4.0
LOGIN_S = 4.0
SOON_DAYS = 30.0  # as the gateway's own alarm: time for a person to come
CONSEQUENCES = {"site": ("SITE_AWAY", "START_SITE_BROKER"), "cloud": ("CLOUD_AWAY", "START_CLOUD_BROKER")}
TROUBLES = {"certificate": "broker_certificate", "login": "broker_login", "forbidden": "broker_subscription"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was found about a broker; `certificate` (DER) is the one it showed."""

    finding: Finding
    certificate: bytes = b""


def brokers(site: Site, data_dir: Path, now_ms: int, *, cloud_up: bool = False) -> list[Finding]:
    """Both brokers and every certificate of theirs and ours.

    `cloud_up`: the running gateway is connected there. Nobody else may log in then: the centre's broker takes one
    connection of a login, and would tell the centre that the gateway has died.
    """
    identity = Identity(data_dir)
    findings: list[Finding] = []
    certificates: list[Finding] = []
    for which, written, filled in (
        ("site", site.site_broker, identity.site_broker),
        ("cloud", site.cloud_broker, identity.cloud_broker),
    ):
        try:
            broker = filled(written)
        except (IdentityError, OSError) as error:
            findings.append(bad("certificates", "certificate_unreadable", name=which, why=str(error)))
            broker = written
        taken = which == "cloud" and cloud_up
        asked = Asked(finding=good("cloud_broker", "link_up")) if taken else asyncio.run(ask(site, which, broker))
        findings.append(asked.finding)
        if in_clear(broker):
            certificates.append(judge.clear(f"{broker.host}:{broker.port}"))
        certificates += _certificates(broker, asked.certificate, now_ms)
    return findings + (certificates or [good("certificates", "certificates_none")])


async def ask(site: Site, which: str, broker: Broker) -> Asked:
    """Name, port, certificate, login, subscription: the first that fails."""
    consequence, remedy = CONSEQUENCES[which]
    told = {"address": f"{broker.host}:{broker.port}", "consequence": consequence, "remedy": remedy}
    topic = f"{which}_broker"
    code = await asyncio.to_thread(_reach, broker)
    if code:
        return Asked(finding=bad(topic, code, **told))
    trouble, certificate = await _log_in(_link(site, which, broker))
    if not trouble:
        return Asked(finding=good(topic, "broker_good", **told), certificate=certificate)
    return Asked(finding=bad(topic, TROUBLES.get(trouble, "broker_silent"), why=trouble, **told))


def _reach(broker: Broker) -> str:
    try:
        socket.create_connection((broker.host, broker.port), REACH_S).close()
    except socket.gaierror:
        return "broker_name"
    except ConnectionRefusedError:
        return "broker_refused"
    except OSError:
        return "broker_silent"
    return ""


def _link(site: Site, which: str, broker: Broker) -> Link:
    heard = {"site": filters.every_device(site.site, "status"), "cloud": topics.build(site.site, site.gateway, "ack")}
    return Link(
        host=broker.host,
        port=broker.port,
        client_id=f"{site.gateway}-doctor",
        subscriptions=(heard[which],),
        username=broker.username,
        password=broker.password,
        ca_file=broker.ca_file,
        cert_file=broker.cert_file,
        key_file=broker.key_file,
        clean=True,
    )


async def _log_in(link: Link) -> tuple[str, bytes]:
    async def ignore(_topic: str, _payload: bytes) -> None:
        pass

    async with connected(link, ignore) as connection:
        try:
            async with asyncio.timeout(LOGIN_S):
                await connection.wait_up()
        except TimeoutError:
            return connection.trouble or "silent", b""
        return "", connection.peer_certificate


def _certificates(broker: Broker, shown: bytes, now_ms: int) -> Iterator[Finding]:
    for path in (broker.ca_file, broker.cert_file):
        if path is not None:
            yield certificate(Path(path).name, Path(path).read_bytes, now_ms)
    if shown:
        yield certificate(f"{broker.host}:{broker.port}", lambda: shown, now_ms)


def certificate(name: str, read: Callable[[], bytes], now_ms: int) -> Finding:
    """How long one is still good."""
    try:
        found = facts(read())
    except (IdentityError, OSError) as error:
        return bad("certificates", "certificate_unreadable", name=name, why=str(error))
    until = datetime.fromtimestamp(found.ends_ms / 1000, LOCAL).strftime("%Y-%m-%d")
    days = found.days_left(now_ms)
    if days <= 0:
        return bad("certificates", "certificate_over", name=name, until=until)
    if days < SOON_DAYS:
        return warning("certificates", "certificate_soon", name=name, until=until, days=int(days))
    return good("certificates", "certificate_good", name=name, until=until)
