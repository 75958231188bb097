"""What a person does about logins, at a site and at the centre alike: says each step, gives an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from runtime.brokers import listing, reload
from runtime.brokers.configuration import Setup, merged
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import BrokerHome

DONE, PARTLY, REFUSED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerDesk:
    """One broker's identity and somebody in front of it."""

    home: BrokerHome
    now_ms: int
    say: Callable[[str], None]
    by: str

    def make(self, new: Setup, **given: object) -> Setup:
        """Set the broker up, or change what is given; where everything is, is said."""
        known = self.home.setup() if self.home.exists else None
        self.home.set_up(merged(known, new, **given), self.now_ms, self.by)
        self.say(f"✓ {self.home.broker / 'mosquitto.conf'}")
        self.say(f"  证书名称 names in the certificate: {', '.join(self.home.server_facts().names)}")
        return self.home.setup()

    def shut_out(self, name: str, reason: str) -> int:
        """Shut a login out for good; its connection ends at once."""
        if name == self.home.setup().owner:
            raise IdentityError(
                f"{name} 是本机自己的登录，不能吊销",
                f"{name} is our own login; stop its service instead",
            )
        if not reason.strip():
            raise IdentityError("请写明原因", "say why: --reason")
        news = self.home.change(lambda roll: roll.revoke(name, self.now_ms, self.by, reason.strip()))
        self.say(f"✓ {name} " + ("已吊销 revoked" if news else "早已吊销 was revoked before"))
        return self.apply()

    def list_logins(self, devices: frozenset[str], *, as_json: bool) -> int:
        """Who may log in and who may not. `devices`: of the site file."""
        roll = self.home.roll()
        if as_json:
            self.say(listing.as_json(roll, devices))
        else:
            listing.show(Console(), roll, devices)
        return DONE

    def apply(self) -> int:
        """Let the broker follow, and say whether it did."""
        done = reload.apply(self.home)
        self.say(reload.words(done))
        return DONE if done.trouble in ("", "away") else PARTLY


def guarded(work: Callable[[], int], *told: type[Exception]) -> int:
    """The exit code of `work`; a failure that a person can correct is told, in both languages, and refused."""
    correctable: tuple[type[Exception], ...] = (IdentityError, *told)
    try:
        return work()
    except correctable as error:
        sys.stderr.write(f"未执行 / Not done: {error}\n")
    except PermissionError as error:
        sys.stderr.write(
            f"未执行 / Not done: {error.filename} 不可写，请用服务用户或 root 运行 / "
            f"{error.filename} cannot be written; run this as the service's user or as root\n"
        )
    return REFUSED
