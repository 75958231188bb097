"""Tokens for programs: shown once, kept as hashes, narrowed to scopes, revocable."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from cloud.store.engine import Store
from cloud.store.models_trust import ApiToken
from cloud.trust import grants as grants_of
from cloud.trust.audit import Deed, Trail, because
from cloud.trust.errors import BadRequest, NameTaken, UnknownAccount
from cloud.trust.principals import Grant, Principal, as_texts
from cloud.trust.secret_words import digest, new_secret

PREFIX = "gw_"
SHOWN = 10  # characters: enough to tell tokens apart, 42 bits of 256
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,47}")
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """What a program may do. No scopes: all that its grants carry."""

    name: str
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...] = ()
    speaks_for_others: bool = False
    ends_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One token, without itself."""

    name: str
    shown: str
    grants: tuple[str, ...]
    scopes: tuple[str, ...]
    speaks_for_others: bool
    made_by: str
    made_at_ms: int
    ends_at_ms: int | None
    used_at_ms: int | None
    revoked_at_ms: int | None


class Tokens:
    """Use cases on tokens."""

    def __init__(self, store: Store, trail: Trail, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._trail = trail
        self._now_ms = now_ms
        self._used: dict[str, int] = {}  # name -> when this process last tried to write that it is used

    def make(self, new: NewToken, *, by: str, why: str = "") -> str:
        """The token, told this once. Raises BadRequest, NameTaken."""
        if not NAME.fullmatch(new.name):
            raise BadRequest(f"token {new.name!r}: use small letters, digits, dot, dash, at most 48")
        if not new.grants:
            raise BadRequest("a token needs at least one role, as role or role@area")
        grants_of.check_scopes(new.scopes)
        token = PREFIX + new_secret()
        row = ApiToken(
            name=new.name, shown=token[:SHOWN], hash=digest(token), grants=grants_of.to_rows(new.grants),
            scopes=list(new.scopes), speaks_for_others=new.speaks_for_others, made_at_ms=self._now_ms(), made_by=by,
            ends_at_ms=new.ends_at_ms, used_at_ms=None, revoked_at_ms=None,
        )  # fmt: skip
        told = {"grants": row.grants, "scopes": row.scopes, "speaks_for_others": row.speaks_for_others}
        told |= {"ends_at_ms": row.ends_at_ms} | because(why)
        try:
            with self._store.write() as session:
                session.add(row)
                session.flush()
                self._trail.note(session, Deed(actor=by, action="token_make", target=new.name, detail=told))
        except IntegrityError:
            raise NameTaken(f"a token {new.name} exists or existed; choose another name") from None
        return token

    def revoke(self, name: str, *, by: str, why: str = "") -> None:
        """It works no more, from now on. Raises UnknownAccount."""
        with self._store.write() as session:
            row = session.get(ApiToken, name, with_for_update=True)
            if row is None:
                raise UnknownAccount(f"no token {name}; see `gridwhistle cloud token list`")
            row.revoked_at_ms = row.revoked_at_ms or self._now_ms()
            self._trail.note(session, Deed(actor=by, action="token_revoke", target=name, detail=because(why)))

    def of(self, token: str) -> Principal | None:
        """Who a token is; None for one that is unknown, over or revoked."""
        now_ms = self._now_ms()
        with self._store.read() as session:
            row = session.scalars(select(ApiToken).where(ApiToken.hash == digest(token))).first()
        if row is None or row.revoked_at_ms is not None or (row.ends_at_ms is not None and row.ends_at_ms <= now_ms):
            return None
        self._touch(row, now_ms)
        return Principal(
            actor=f"token:{row.name}",
            grants=grants_of.from_rows(row.grants),
            scopes=frozenset(row.scopes) or None,
            speaks_for_others=row.speaks_for_others,
        )

    def rows(self) -> list[TokenRow]:
        """Every token there is or was, by name."""
        with self._store.read() as session:
            return [_row(row) for row in session.scalars(select(ApiToken).order_by(ApiToken.name))]

    def _touch(self, row: ApiToken, now_ms: int) -> None:
        """It is used; where the database cannot be written, that is not on record for this minute."""
        if now_ms - max(row.used_at_ms or 0, self._used.get(row.name, 0)) < MINUTE_MS:
            return
        used = update(ApiToken).where(ApiToken.name == row.name).values(used_at_ms=now_ms)
        self._store.attempt(lambda session: session.execute(used), [f"token:{row.name}"])
        self._used[row.name] = now_ms  # names are never given away again, so there are not many


def _row(row: ApiToken) -> TokenRow:
    return TokenRow(
        name=row.name, shown=row.shown, grants=as_texts(grants_of.from_rows(row.grants)), scopes=tuple(row.scopes),
        speaks_for_others=row.speaks_for_others, made_by=row.made_by, made_at_ms=row.made_at_ms,
        ends_at_ms=row.ends_at_ms, used_at_ms=row.used_at_ms, revoked_at_ms=row.revoked_at_ms,
    )  # fmt: skip
