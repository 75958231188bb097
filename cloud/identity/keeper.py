"""The running centre's share: its own login, and a certificate that never ends. Gateways tell where that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from cloud.identity.desk import FOLDER
from cloud.settings import Settings
from runtime.brokers import reload
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import BrokerHome
from runtime.clock import CLOCK_SET_MS

log = structlog.get_logger()
EVERY_S = 3600.0


def home_of(settings: Settings) -> BrokerHome:
    """Where the identity of the centre's broker lies."""
    return BrokerHome(settings.data_dir / FOLDER)


def with_login(settings: Settings) -> Settings:
    """With the login that `broker-setup` made, where the settings have none."""
    home = home_of(settings)
    if settings.broker_username is not None or not home.exists:
        return settings
    try:
        owner, password = home.setup().owner, home.own_password()
    except IdentityError as error:  # without a login the broker refuses us, and /readyz says so
        log.warning("identity_damaged", why=str(error))
        return settings
    ca_file = settings.broker_ca_file or str(home.ca)
    return replace(settings, broker_username=owner, broker_password=password, broker_ca_file=ca_file)


async def keep(home: BrokerHome, now_ms: Callable[[], int]) -> None:
    """Renew the broker's certificate in time, and see that the broker works by its newest files; for ever."""
    while True:
        if home.exists:
            await asyncio.to_thread(look_after, home, now_ms())
        await asyncio.sleep(EVERY_S)


def look_after(home: BrokerHome, now_ms: int) -> str:
    """One look; the code of what is wrong, empty where all is well."""
    if now_ms < CLOCK_SET_MS:
        return ""
    try:
        if home.renew(now_ms):
            log.info("certificate_renewed", names=home.server_facts().names)
        trouble = reload.follow(home).trouble
    except (IdentityError, OSError) as error:
        log.warning("identity_damaged", why=str(error))
        return "identity_damaged"
    if trouble:
        log.warning("broker_does_not_follow", trouble=trouble)
    return trouble
