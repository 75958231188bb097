"""What a person at the centre does about gateways' logins: says each step, gives an exit code."""

from __future__ import annotations

from pathlib import Path

from runtime.brokers import files
from runtime.brokers.configuration import Setup
from runtime.brokers.desk import BrokerDesk
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import CENTRE
from runtime.brokers.letter import FORM, Letter
from runtime.brokers.logins import Login, Role, Roll
from runtime.brokers.passwords import hashed, new_password

SERVICE = "gridwhistle-cloud"
FOLDER = "identity"


class Desk(BrokerDesk):
    """The identity of the centre's broker and somebody in front of it."""

    __slots__ = ()

    def set_up(self, **given: object) -> int:
        """Make authority, certificate, logins and configuration of the centre's broker."""
        setup = self.make(Setup(role=CENTRE, owner=SERVICE, site="", names=()), **given)
        self.say(f"  GRIDWHISTLE_CLOUD_BROKER_HOST=127.0.0.1 GRIDWHISTLE_CLOUD_BROKER_PORT={setup.local_port}")
        return self.apply()

    def admit(self, gateway: str, site: str, path: Path, *, again: bool) -> int:
        """A login for a gateway, as a letter to it; `again` replaces the one it had, or lets a revoked one return."""
        setup = self.home.setup()
        if not setup.names:
            raise IdentityError(
                "还不知道网关怎样连到这里，请先 broker-setup --name 地址",
                "nobody knows how gateways reach this broker: run broker-setup with --name first",
            )
        if gateway in self.home.roll().logins and not again:
            raise IdentityError(
                f"{gateway} 已有登录；要换新的请加 --again",
                f"{gateway} has a login, and a letter is made once: --again makes another, the old one ends",
            )
        if path.exists():
            raise IdentityError(f"{path} 已存在", f"{path} is there already; give another name")
        password = new_password()
        login = Login(name=gateway, role=Role.GATEWAY, hash=hashed(password), site=site)
        letter = Letter(
            form=FORM,
            site=site,
            login=gateway,
            password=password,
            host=setup.names[0],
            port=setup.port,
            ca=self.home.ca.read_text(encoding="ascii"),
        )

        def enrol(roll: Roll) -> None:
            roll.enrol(login, self.now_ms, self.by, readmit=again)
            files.write(path, letter.encoded())  # or nothing is changed: nobody could use a login without its letter

        self.home.change(enrol)
        self.say(f"✓ {path}  ← 机密；网关 gateway join 后请删除 secret; delete it once the gateway has joined")
        return self.apply()
