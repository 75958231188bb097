"""What a person does about identities, called by the command line: says each step, gives an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.control import NotRunning, Refused
from gateway.control import ask as ask_gateway
from gateway.identity import inventory, site_text
from gateway.identity.home import Identity
from gateway.identity.inventory import Inventory
from runtime.brokers import letter
from runtime.brokers.configuration import Setup
from runtime.brokers.desk import DONE, PARTLY, BrokerDesk
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import SITE
from runtime.brokers.logins import Login, Role, Roll
from runtime.brokers.passwords import hashed, new_password
from runtime.brokers.probe import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(BrokerDesk):
    """One gateway's identity and somebody in front of it. `home` is that of the site's broker."""

    identity: Identity

    def set_up(self, site_file: Path, **given: object) -> int:
        """Make authority, certificate, logins and configuration of the site's broker. Raises SiteError too."""
        head = site_text.head(site_file)
        known = self.home.setup() if self.home.exists else None
        if known is not None and (known.site, known.owner) != (head.site, head.gateway):
            raise IdentityError(
                f"这里已有 {known.site} 的 {known.owner} 的身份",
                f"{self.home.path} belongs to {known.owner} of {known.site}; give another data folder",
            )
        setup = self.make(Setup(role=SITE, owner=head.gateway, site=head.site, names=()), **given)
        self.say(f"✓ {self.home.ca}  ← 写板子的清单 plan.toml 用它 the kit's plan.toml needs it: broker.ca_file")
        self.say(f'  站点文件 site file: [site_broker] host = "127.0.0.1", port = {setup.local_port}')
        return self.apply()

    def enrol(self, folder: Path, site_file: Path, readmit: frozenset[str] = frozenset()) -> int:
        """Let the endpoints of an inventory in, and put who is new into the site file. Raises SiteError too."""
        found = inventory.read(folder)
        self._check_site(site_file)
        known = site_text.head(site_file).devices
        missing = {device: text for device, text in found.blocks.items() if device not in known}
        if missing:
            site_text.with_endpoints(site_file, missing)  # what would be wrong there is told before anything is done
        refused = self.home.change(lambda roll: self._enrol_all(roll, found, readmit))
        for name, why in refused.items():
            self.say(f"✗ {name}: {why}")
        code = self._add_to_site(site_file, {d: t for d, t in missing.items() if d not in refused})
        return max(self.apply(), code, PARTLY if refused else DONE)

    def show(self, site_file: Path, *, as_json: bool) -> int:
        """Who may log in and who may not. Raises SiteError too."""
        return self.list_logins(site_text.head(site_file).devices, as_json=as_json)

    def add_viewer(self, name: str) -> int:
        """A login for a dashboard of the site; its password is shown once."""
        password = new_password()
        login = Login(name=name, role=Role.VIEWER, hash=hashed(password))
        self.home.change(lambda roll: roll.enrol(login, self.now_ms, self.by))
        self.say(f"✓ {name}: {password}  （只显示这一次 shown this once）")
        return self.apply()

    def join(self, path: Path, site_file: Path) -> int:
        """Take up the centre's letter and try it. Raises SiteError too."""
        try:
            given = letter.decode(path.read_bytes())
        except OSError as error:
            raise IdentityError(f"{path} 无法读取", f"{path} cannot be read ({error.strerror})") from None
        head = site_text.head(site_file)
        if (given.site, given.login) != (head.site, head.gateway):
            raise IdentityError(
                f"这封信是给 {given.site} 的 {given.login} 的",
                f"the letter is for {given.login} of {given.site}, this is {head.gateway} of {head.site}",
            )
        self.identity.keep(given)
        self.say(f'✓ 站点文件 site file: [cloud_broker] host = "{given.host}", port = {given.port}')
        ca_file = self.home.path / "centre-ca.pem"
        answer = ask((given.host, given.port), ca_file, given.login, given.password)
        if answer.trouble:
            self.say(f"✗ 中心 the centre: {answer.trouble} {answer.detail}")
            return PARTLY
        self.say("✓ 中心接受了登录 the centre takes the login。请重启网关 restart the gateway")
        return DONE

    def _check_site(self, site_file: Path) -> None:
        setup, head = self.home.setup(), site_text.head(site_file)
        if setup.site != head.site:
            raise IdentityError(
                f"站点文件是 {head.site}，这里是 {setup.site}",
                f"the site file is of {head.site}, this identity of {setup.site}; give the right one",
            )

    def _enrol_all(self, roll: Roll, found: Inventory, readmit: frozenset[str]) -> dict[str, str]:
        refused = {}
        for login in found.logins:
            try:
                news = roll.enrol(login, self.now_ms, self.by, readmit=login.name in readmit)
            except IdentityError as error:
                refused[login.name] = str(error)
            else:
                self.say(f"✓ {login.name} " + ("已登记 enrolled" if news else "没有变化 unchanged"))
        return refused

    def _add_to_site(self, site_file: Path, blocks: dict[str, str]) -> int:
        if not blocks:
            return DONE
        try:
            site_text.replace(site_file, site_text.with_endpoints(site_file, blocks))
        except OSError as error:
            self.say(f"✗ 站点文件写不进去，请自己加上 add this to {site_file} ({error.strerror}):")
            self.say("\n".join(blocks.values()))
            return PARTLY
        self.say(f"✓ {site_file}: +{len(blocks)}")
        return self._reload()

    def _reload(self) -> int:
        """A running gateway takes the site file over at once."""
        try:
            ask_gateway(self.home.path.parent, "reload")
        except NotRunning:
            self.say("· 网关没有运行，启动时采用 the gateway does not run; it takes this up when it starts")
        except Refused as error:
            self.say(f"✗ 运行中的网关没有采用 the running gateway did not take it up: {error}")
            return PARTLY
        else:
            self.say("✓ 运行中的网关已采用 the running gateway has taken it up")
        return DONE
