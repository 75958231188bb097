"""A real mosquitto with the identity that our own tool makes: TLS, logins, access lists. May be killed and reloaded."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

from runtime.brokers.configuration import Setup
from runtime.brokers.home import CENTRE, SITE, BrokerHome
from runtime.brokers.logins import Login, Role
from runtime.brokers.passwords import hashed
from simulators.brokers import free_port
from tests.broker import Mosquitto

NOW_MS = 1_795_000_000_000
PASSWORD = "of-the-test"
LINES = "log_type all\nlog_timestamp true\n"


def setup_of(role: str, owner: str, site: str = "") -> Setup:
    """On loopback ports that are free now."""
    return Setup(
        role=role,
        owner=owner,
        site=site,
        names=("127.0.0.1",),
        port=free_port(),
        local_port=free_port(),
        bind="127.0.0.1",
        run_as=getpass.getuser(),
    )


class OwnBroker(Mosquitto):
    """Runs on exactly the file that our tool wrote."""

    def __init__(self, home: BrokerHome) -> None:
        folder = home.path / "run"
        folder.mkdir(exist_ok=True)
        super().__init__(folder, home.setup().port)
        self.home = home

    def configuration(self) -> str:
        """As it was written, and a log that says everything."""
        return (self.home.broker / "mosquitto.conf").read_text() + LINES

    def _listens(self) -> bool:
        with socket.socket() as probe:  # the local listener is opened last
            probe.settimeout(0.2)
            return super()._listens() and probe.connect_ex((self.host, self.home.setup().local_port)) == 0

    def _root_user(self) -> str:
        return ""  # the file names the user itself


def site_home(folder: Path, owner: str = "gw-chunfeng", site: str = "chunfeng", now_ms: int = NOW_MS) -> BrokerHome:
    """The identity of a site's broker."""
    home = BrokerHome(folder / "identity")
    home.set_up(setup_of(SITE, owner, site), now_ms, "test")
    return home


def centre_home(folder: Path) -> BrokerHome:
    """The identity of the centre's broker."""
    home = BrokerHome(folder / "identity")
    home.set_up(setup_of(CENTRE, "gridwhistle-cloud"), NOW_MS, "test")
    return home


def admit(home: BrokerHome, name: str, role: Role = Role.ENDPOINT, site: str = "", password: str = PASSWORD) -> None:
    """A login with a known password."""
    login = Login(name=name, role=role, hash=hashed(password), site=site)
    home.change(lambda roll: roll.enrol(login, NOW_MS, "test", readmit=True))
