"""The folder of a broker's identity: its authority, its certificate, its logins, and the files mosquitto reads.

ca.pem ca.key setup.json logins.json own.password probe.password lock
broker/  mosquitto.conf passwd acl server.pem server.key     (readable by mosquitto's group)
state/   mosquitto's sessions, where nothing else is set
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec

from runtime.brokers import access, certificates, configuration, files, logins
from runtime.brokers.certificates import Facts, Pair
from runtime.brokers.configuration import Setup
from runtime.brokers.errors import IdentityError
from runtime.brokers.logins import Login, Role, Roll, State
from runtime.brokers.passwords import hashed, matches, new_password

T = TypeVar("T")
PROBE = "~probe"  # no device can have this name; it may say and hear nothing that anybody listens to
SITE, CENTRE = "site", "centre"
# others must be able to walk through to broker/, and to read nothing on the way
_HOME_MODE, _BROKER_MODE, _STATE_MODE = 0o711, 0o2750, 0o2770


class BrokerHome:
    """One broker's identity on disk. Every change holds the lock, so the gateway and a person may work at once."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.broker = self.path / "broker"
        self.ca = self.path / "ca.pem"
        self.certificate = self.broker / "server.pem"
        self.logins_file = self.path / "logins.json"

    @property
    def exists(self) -> bool:
        """Whether somebody has set this broker up."""
        return (self.path / "setup.json").exists()

    def setup(self) -> Setup:
        """What was decided when it was set up. Raises IdentityError."""
        try:
            return self._with_paths(msgspec.json.decode(self._read("setup.json"), type=Setup))
        except msgspec.MsgspecError as error:
            raise IdentityError(
                f"setup.json 已损坏（{error}），请重新运行 broker-setup",
                f"setup.json is damaged ({error}); run broker-setup again",
            ) from None

    def set_up(self, setup: Setup, now_ms: int, by: str) -> None:
        """Make what is missing, keep what is there, and write mosquitto's files. Safe to repeat."""
        files.make_folder(self.path, _HOME_MODE)
        self._make_folders(setup)
        with files.locked(self.path / "lock"):
            if not self.ca.exists():
                authority = certificates.make_authority(setup.site or setup.owner, now_ms)
                files.write(self.path / "ca.key", authority.key)
                files.write(self.ca, authority.certificate, files.PUBLIC)
            kept = self._without_paths(setup)
            files.write(self.path / "setup.json", msgspec.json.format(msgspec.json.encode(kept)))
            roll = self._load()
            self._enrol_ourselves(setup, roll, now_ms, by)
            self._renew(setup, now_ms)
            self._publish(self.setup(), roll)

    def mend(self, newer_logins: bytes = b"") -> None:
        """After the folder came back from a backup: modes and groups, and whoever was shut out since stays out.

        `newer_logins`: the list that was here before, empty where there was none. Raises IdentityError.
        """
        setup = self.setup()
        files.make_folder(self.path, _HOME_MODE)
        self._make_folders(setup)
        with files.locked(self.path / "lock"):
            for path in (self.certificate, self.broker / "server.key"):
                if path.exists():  # what is missing is made anew, soon
                    files.write(path, path.read_bytes(), files.FOR_BROKER)
            files.write(self.ca, self._read("ca.pem"), files.PUBLIC)
            roll = self._load()
            with suppress(IdentityError):  # a damaged list is a reason to restore, and says nothing
                roll = logins.newest(roll, logins.decode(newer_logins or b"[]"))
            self._publish(setup, roll)

    def own_password(self) -> str:
        """The password of our own process at this broker."""
        return self._read("own.password").decode()

    def probe_password(self) -> str:
        """The password that only a broker knows which has read its newest files."""
        return self._read("probe.password").decode()

    def roll(self) -> Roll:
        """Everybody who may or might log in. Raises IdentityError."""
        return self._load()

    def change(self, act: Callable[[Roll], T]) -> T:
        """Change the roll and write mosquitto's files, or raise and change nothing."""
        with files.locked(self.path / "lock"):
            roll = self._load()
            result = act(roll)
            self._publish(self.setup(), roll)
        return result

    def renew(self, now_ms: int, *, force: bool = False) -> bool:
        """Issue the broker's certificate anew where its end comes near or its names are others; True where it did."""
        with files.locked(self.path / "lock"):
            setup = self.setup()
            if not self._renew(setup, now_ms, force=force):
                return False
            self._publish(setup, self._load())
        return True

    def server_facts(self) -> Facts:
        """Of the certificate that the broker should show. Raises IdentityError."""
        return certificates.facts(self._read("broker/server.pem"))

    def authority_facts(self) -> Facts:
        """Of our authority. Raises IdentityError."""
        return certificates.facts(self._read("ca.pem"))

    def is_published(self) -> bool:
        """Whether mosquitto's files say what the roll says."""
        with files.locked(self.path / "lock"):
            active = self._load().active()
            try:
                *lines, last = self._read("broker/passwd").decode().splitlines() or [""]
                probe = self.probe_password()
                written = {name: self._read(f"broker/{name}").decode() for name in ("mosquitto.conf", "acl")}
            except IdentityError:
                return False
            name, _, known = last.partition(":")
            ours = name == PROBE and matches(probe, known) and lines == _password_lines(active)
            return ours and written == self._texts(self.setup(), active)

    def publish(self) -> None:
        """Write mosquitto's files anew."""
        self.change(lambda _roll: None)

    def _renew(self, setup: Setup, now_ms: int, *, force: bool = False) -> bool:
        if not force and not self._is_due(setup, now_ms):
            return False
        authority = Pair(certificate=self._read("ca.pem"), key=self._read("ca.key"))
        if not certificates.belongs(authority):
            raise IdentityError(
                "ca.key 与 ca.pem 不配对，请从备份恢复", "ca.key is not the key of ca.pem; restore both"
            )
        pair = certificates.issue(authority, setup.certificate_names(), now_ms)
        files.write(self.broker / "server.key", pair.key, files.FOR_BROKER)
        files.write(self.certificate, pair.certificate, files.FOR_BROKER)
        return True

    def _is_due(self, setup: Setup, now_ms: int) -> bool:
        key = self.broker / "server.key"
        if not self.certificate.exists() or not key.exists():
            return True
        pair = Pair(certificate=self.certificate.read_bytes(), key=key.read_bytes())
        try:
            found = certificates.facts(pair.certificate)
            whole = certificates.belongs(pair) and certificates.is_signed_by(pair.certificate, self._read("ca.pem"))
        except IdentityError:
            return True  # a damaged one is made anew, that is what it is for
        soon = found.days_left(now_ms) < certificates.RENEW_BEFORE_DAYS
        return soon or not whole or set(found.names) != set(setup.certificate_names())

    def _enrol_ourselves(self, setup: Setup, roll: Roll, now_ms: int, by: str) -> None:
        password = self._own_password()
        known = roll.logins.get(setup.owner)
        if known is None or known.state is not State.ACTIVE or not matches(password, known.hash):
            role = Role.GATEWAY if setup.role == SITE else Role.SERVICE
            own = Login(name=setup.owner, role=role, hash=hashed(password), site=setup.site)
            roll.enrol(own, now_ms, by, readmit=True)

    def _publish(self, setup: Setup, roll: Roll) -> None:
        """The roll, then what mosquitto reads; `is_published` finds a power cut in between."""
        probe = new_password()
        active = roll.active()
        files.write(self.logins_file, logins.encode(roll))
        lines = [*_password_lines(active), f"{PROBE}:{hashed(probe)}"]
        texts = self._texts(setup, active) | {"passwd": "\n".join(lines) + "\n"}
        for name, text in texts.items():
            files.write(self.broker / name, text.encode(), files.FOR_BROKER)
        files.write(self.path / "probe.password", probe.encode())

    def _texts(self, setup: Setup, active: list[Login]) -> dict[str, str]:
        listed = access.for_site(setup.site, active) if setup.role == SITE else access.for_centre(active)
        return {"mosquitto.conf": configuration.text(setup, str(self.broker)), "acl": listed}

    def _load(self) -> Roll:
        return logins.decode(self._read("logins.json")) if self.logins_file.exists() else Roll()

    def _own_password(self) -> str:
        if not (self.path / "own.password").exists():
            files.write(self.path / "own.password", new_password().encode())
        return self.own_password()

    def _with_paths(self, setup: Setup) -> Setup:
        state = setup.state_dir or str(self.path / "state")
        return replace(setup, state_dir=state, pid_file=setup.pid_file or f"{state}/mosquitto.pid")

    def _without_paths(self, setup: Setup) -> Setup:
        """Our own defaults are not kept: the folder may be restored to another place."""
        usual = self._with_paths(replace(setup, state_dir="", pid_file=""))
        state = "" if setup.state_dir == usual.state_dir else setup.state_dir
        return replace(setup, state_dir=state, pid_file="" if setup.pid_file == usual.pid_file else setup.pid_file)

    def _make_folders(self, setup: Setup) -> None:
        """What mosquitto must read, and where it writes, bears its group; new files there inherit it."""
        user = setup.run_as
        files.make_folder(self.broker, _BROKER_MODE)
        if not setup.state_dir or setup.state_dir == str(self.path / "state"):
            files.make_folder(self.path / "state", _STATE_MODE)
        try:
            group = pwd.getpwnam(user).pw_gid if user else os.getegid()
        except KeyError:
            raise IdentityError(
                f"没有用户 {user}：请先安装 mosquitto", f"there is no user {user}; install mosquitto first"
            ) from None
        for folder, mode in ((self.broker, _BROKER_MODE), (self.path / "state", _STATE_MODE)):
            if folder.is_dir() and folder.stat().st_gid != group:
                os.chown(folder, -1, group)
                folder.chmod(mode)  # chown takes the set-group-id bit off

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise IdentityError(
                f"{self.path / name} 无法读取（{error.strerror}）：请用服务用户运行，或先运行 broker-setup",
                f"{self.path / name} cannot be read ({error.strerror}): run this as the service's user, "
                "or set the broker up first",
            ) from None


def _password_lines(active: list[Login]) -> list[str]:
    return [f"{login.name}:{login.hash}" for login in active]
