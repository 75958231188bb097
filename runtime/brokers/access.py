"""Access lists of mosquitto: who may say and hear what. They follow from protocol.filters and the roles of logins.

mosquitto grants any subscription and filters what is delivered; what is published elsewhere is dropped without a word.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocol import filters
from runtime.brokers.logins import Login, Role

# homeassistant.components.mqtt: prefix of discovery, and the topic on which a dashboard says that it was started
DISCOVERY = "homeassistant"
SHOWN = "gridwhistle"  # root of what a gateway shows to dashboards
_HEARD_BY = {Role.TECHNICIAN: ("ack", "status"), Role.VIEWER: ("readings", "status")}


def for_site(site: str, logins: Iterable[Login]) -> str:
    """Of a site's broker. %u is the login, so an endpoint has only what bears its own name."""
    lines = ["# An endpoint says and hears only what is its own; %u is the login."]
    lines += [f"pattern write gw/1/{site}/%u/{kind}" for kind in filters.FROM_ENDPOINT]
    lines += [f"pattern read gw/1/{site}/%u/{kind}" for kind in filters.TO_ENDPOINT]
    for login in logins:
        if login.role is Role.GATEWAY:
            lines += ["", f"user {login.name}"]
            lines += [f"topic read {filters.every_device(site, kind)}" for kind in filters.FROM_ENDPOINT]
            lines += [f"topic write {filters.every_device(site, kind)}" for kind in filters.TO_ENDPOINT]
            lines += [f"topic write {DISCOVERY}/#", f"topic read {DISCOVERY}/status", f"topic write {SHOWN}/{site}/#"]
        elif login.role in _HEARD_BY:
            lines += ["", f"user {login.name}"]
            lines += [f"topic read {filters.every_device(site, kind)}" for kind in _HEARD_BY[login.role]]
            if login.role is Role.VIEWER:
                lines += [
                    f"topic read {DISCOVERY}/#",
                    f"topic write {DISCOVERY}/status",
                    f"topic read {SHOWN}/{site}/#",
                ]
    return "\n".join(lines) + "\n"


def for_centre(logins: Iterable[Login]) -> str:
    """Of the centre's broker. A gateway also hears its own status: another one of its name would say it, too."""
    lines = ["# A gateway says and hears only what is its own, in its own site."]
    for login in logins:
        if login.role is Role.GATEWAY:
            own = f"gw/1/{login.site}/{login.name}"
            lines += ["", f"user {login.name}"]
            lines += [f"topic write {own}/{kind}" for kind in filters.FROM_GATEWAY]
            lines += [f"topic read {own}/{kind}" for kind in (*filters.TO_GATEWAY, "status")]
        elif login.role is Role.SERVICE:
            lines += ["", f"user {login.name}"]
            lines += [f"topic read {filters.every_site(kind)}" for kind in filters.FROM_GATEWAY]
            lines += [f"topic write {filters.every_site(kind)}" for kind in filters.TO_GATEWAY]
    return "\n".join(lines) + "\n"
