"""Who may log in at a broker, as a table of states, and the file that remembers it.

A revoked login is never forgotten: an old inventory or a second look at the same stick must not let it in again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from protocol import topics
from protocol.errors import TopicError
from runtime.brokers.errors import IdentityError
from runtime.brokers.passwords import is_hash

HISTORY_MAX = 20  # entries kept per login; a board that is enrolled anew more often is a riddle anyway


class Role(StrEnum):
    """What a login is for; the access list follows from it."""

    ENDPOINT = "endpoint"  # a board: its own topics
    GATEWAY = "gateway"  # of a site: all its topics at the site's broker, its own at the centre's
    TECHNICIAN = "technician"  # the kit: hears acknowledgements and availability
    VIEWER = "viewer"  # a dashboard of the site: hears readings and availability
    SERVICE = "service"  # the service of the centre


class State(StrEnum):
    """Of one login."""

    ABSENT = "absent"
    ACTIVE = "active"
    REVOKED = "revoked"


class Act(StrEnum):
    """What somebody does with a login."""

    ENROL_SAME = "enrol_same"  # with the password that it has
    ENROL_DEAD = "enrol_dead"  # with a password that was revoked: nowhere in the table
    ENROL_NEW = "enrol_new"  # with another password
    READMIT = "readmit"  # with another password, and the person named this login
    REVOKE = "revoke"


# what is not here is refused and changes nothing
MOVES: dict[tuple[State, Act], State] = {
    (State.ABSENT, Act.ENROL_NEW): State.ACTIVE,
    (State.ABSENT, Act.READMIT): State.ACTIVE,
    (State.ACTIVE, Act.ENROL_SAME): State.ACTIVE,
    (State.ACTIVE, Act.ENROL_NEW): State.ACTIVE,
    (State.ACTIVE, Act.READMIT): State.ACTIVE,
    (State.ACTIVE, Act.REVOKE): State.REVOKED,
    (State.REVOKED, Act.READMIT): State.ACTIVE,
    (State.REVOKED, Act.REVOKE): State.REVOKED,
}
_DEAD = (
    "这个口令已吊销，不再有效；请给板子换新口令重新写入",
    "this password is revoked and will never be valid again; provision the board with a new one",
)
_REFUSALS = {
    (State.ABSENT, Act.REVOKE): ("没有这个登录名", "there is no such login"),
    (State.REVOKED, Act.ENROL_NEW): (
        "已吊销；确认它该回来，请加 --readmit",
        "is revoked; where it shall come back, name it with --readmit",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a login's history. `by`: the person, as the operating system knows him."""

    at_ms: int
    act: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One login. `hash` is mosquitto's; `site`: of a gateway at the centre; `dead_hashes` are of revoked passwords."""

    name: str
    role: Role
    hash: str
    state: State = State.ACTIVE
    site: str = ""
    kind: str = ""
    place: str = ""
    history: tuple[Entry, ...] = ()
    dead_hashes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        if not is_hash(self.hash):
            raise IdentityError(
                f"{self.name} 的口令散列无法识别",
                f"the hash of {self.name} is not mosquitto's $7$; make the inventory anew",
            )


@dataclass(slots=True)
class Roll:
    """Every login that ever was, by name."""

    logins: dict[str, Login] = field(default_factory=dict)

    def active(self) -> list[Login]:
        """Who may come in, in the order of names."""
        return [login for _, login in sorted(self.logins.items()) if login.state is State.ACTIVE]

    def revoked(self) -> frozenset[str]:
        """Who may not any more."""
        return frozenset(name for name, login in self.logins.items() if login.state is State.REVOKED)

    def enrol(self, login: Login, at_ms: int, by: str, *, readmit: bool = False) -> bool:
        """Let a login in; True where this changed something. Raises IdentityError for what the table does not allow."""
        known = self.logins.get(login.name)
        if known is not None and known.role is not login.role:
            raise IdentityError(
                f"{login.name} 已是另一种登录（{known.role}）",
                f"{login.name} is the login of a {known.role} already; choose another name",
            )
        act = Act.ENROL_NEW if known is None else _enrol_act(known, login, readmit)
        state = self._move(login.name, act)
        if act is Act.ENROL_SAME and known is not None and _describes(known) == _describes(login):
            return False
        past = known.history if known is not None else ()
        dead = known.dead_hashes if known is not None else ()
        history = (*past, Entry(at_ms=at_ms, act=str(act), by=by))[-HISTORY_MAX:]
        self.logins[login.name] = replace(login, state=state, history=history, dead_hashes=dead)
        return True

    def revoke(self, name: str, at_ms: int, by: str, reason: str) -> bool:
        """Shut a login out for good; True where it was let in until now. Raises IdentityError for an unknown name."""
        state = self._move(name, Act.REVOKE)
        known = self.logins[name]
        if known.state is state:
            return False
        entry = Entry(at_ms=at_ms, act=str(Act.REVOKE), by=by, reason=reason)
        history = (*known.history, entry)[-HISTORY_MAX:]
        dead = (*known.dead_hashes, known.hash)[-HISTORY_MAX:]
        self.logins[name] = replace(known, state=state, history=history, dead_hashes=dead)
        return True

    def _move(self, name: str, act: Act) -> State:
        known = self.logins.get(name)
        state = State.ABSENT if known is None else known.state
        if (state, act) not in MOVES:
            zh, en = _REFUSALS.get((state, act), _DEAD)
            raise IdentityError(f"{name} {zh}", f"{name}: {en}")
        return MOVES[state, act]


def _enrol_act(known: Login, login: Login, readmit: bool) -> Act:
    if login.hash in known.dead_hashes:
        return Act.ENROL_DEAD
    if login.hash == known.hash:
        return Act.ENROL_SAME
    return Act.READMIT if readmit else Act.ENROL_NEW


def _describes(login: Login) -> tuple[str, str, str]:
    return login.site, login.kind, login.place


def newest(one: Roll, other: Roll) -> Roll:
    """Of every login what was done with it last, by either: an older roll that comes back lets nobody back in."""
    merged = dict(one.logins)
    for name, login in other.logins.items():
        known = merged.get(name, login)
        last = max((known, login), key=_last)
        dead = tuple(dict.fromkeys((*known.dead_hashes, *login.dead_hashes)))[-HISTORY_MAX:]
        merged[name] = replace(last, dead_hashes=dead)
    return Roll(merged)


def _last(login: Login) -> tuple[int, bool]:
    at_ms = login.history[-1].at_ms if login.history else 0
    return at_ms, login.state is State.REVOKED


def check_name(name: str) -> None:
    """Raises IdentityError where a name could not be a level of a topic."""
    try:
        topics.build(name, name, "status")
    except TopicError as error:
        raise IdentityError(f"名称 {name!r} 不可用", str(error)) from None


def encode(roll: Roll) -> bytes:
    """The file of a roll."""
    return msgspec.json.format(msgspec.json.encode([login for _, login in sorted(roll.logins.items())]), indent=1)


def decode(content: bytes) -> Roll:
    """The roll of a file. Raises IdentityError."""
    try:
        logins = msgspec.json.decode(content, type=list[Login])
    except msgspec.MsgspecError as error:
        raise IdentityError(
            f"登录名单已损坏（{error}），请从备份恢复",
            f"the list of logins is damaged ({error}); restore it from a backup",
        ) from None
    return Roll({login.name: login for login in logins})
