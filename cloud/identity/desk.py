"""What a person at the centre does about gateways' logins: says each step, gives an exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from runtime.brokers import files, listing, reload
from runtime.brokers.configuration import Setup, merged
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import CENTRE, BrokerHome
from runtime.brokers.letter import FORM, Letter
from runtime.brokers.logins import Login, Role, Roll
from runtime.brokers.passwords import hashed, new_password

DONE, PARTLY, REFUSED = 0, 1, 2
SERVICE = "gridwhistle-cloud"
FOLDER = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The identity of the centre's broker and somebody in front of it."""

    home: BrokerHome
    now_ms: int
    say: Callable[[str], None]
    by: str

    def set_up(self, **given: object) -> int:
        """Make authority, certificate, logins and configuration of the centre's broker."""
        known = self.home.setup() if self.home.exists else None
        new = Setup(role=CENTRE, owner=SERVICE, site="", names=())
        self.home.set_up(merged(known, new, **given), self.now_ms, self.by)
        setup = self.home.setup()
        self.say(f"✓ {self.home.broker / 'mosquitto.conf'}")
        self.say(f"  证书名称 names in the certificate: {', '.join(self.home.server_facts().names)}")
        self.say(f"  GRIDWHISTLE_CLOUD_BROKER_HOST=127.0.0.1 GRIDWHISTLE_CLOUD_BROKER_PORT={setup.local_port}")
        return self._apply()

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
        return self._apply()

    def expel(self, gateway: str, reason: str) -> int:
        """Shut a gateway out for good; its connection ends at once."""
        if gateway == self.home.setup().owner:
            raise IdentityError("不能吊销中心自己", "the centre's own login cannot be revoked; stop it instead")
        if not reason.strip():
            raise IdentityError("请写明原因", "say why: --reason")
        news = self.home.change(lambda roll: roll.revoke(gateway, self.now_ms, self.by, reason.strip()))
        self.say(f"✓ {gateway} " + ("已吊销 revoked" if news else "早已吊销 was revoked before"))
        return self._apply()

    def show(self, *, as_json: bool) -> int:
        """Who may log in and who may not."""
        roll = self.home.roll()
        if as_json:
            self.say(listing.as_json(roll, frozenset()))
        else:
            listing.show(Console(), roll, frozenset())
        return DONE

    def _apply(self) -> int:
        done = reload.apply(self.home)
        self.say(reload.words(done))
        return DONE if done.trouble in ("", "away") else PARTLY
