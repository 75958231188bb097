"""Tables of trust: accounts, sessions, tokens, the audit log. No password, token or code can be read back from them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class Account(Base):
    """Somebody who may log in. Rights come from the person of the same id and from `grants`."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    password: Mapped[str | None] = mapped_column(String(256))  # argon2id; None: none set, only a link lets in
    must_change: Mapped[bool]  # the password was made by somebody else
    grants: Mapped[list[Any]]  # [[role, area or null], ...]
    made_at_ms: Mapped[int]
    disabled_at_ms: Mapped[int | None]
    logged_in_at_ms: Mapped[int | None]  # the last time
    totp: Mapped[str | None] = mapped_column(Text)  # sealed secret of the second factor
    totp_step: Mapped[int]  # of the last code that was taken: none works twice
    recovery: Mapped[list[Any]]  # hashes of the recovery codes that are left


class LoginSession(Base):
    """One browser that logged in; `id` is the hash of what its cookie says."""

    __tablename__ = "login_sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    made_at_ms: Mapped[int]
    seen_at_ms: Mapped[int]
    ends_at_ms: Mapped[int] = mapped_column(index=True)
    second: Mapped[bool]  # the second factor was given
    proved_at_ms: Mapped[int | None]  # password and second factor were given again
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))


class LoginLink(Base):
    """A link that logs in once."""

    __tablename__ = "login_links"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    ends_at_ms: Mapped[int]


class ApiToken(Base):
    """A program that may ask; only the hash of its token is kept."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    shown: Mapped[str] = mapped_column(String(16))  # the beginning, to tell it from others
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    grants: Mapped[list[Any]]
    scopes: Mapped[list[Any]]  # actions; empty: all that the grants carry
    speaks_for_others: Mapped[bool]
    made_at_ms: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(64))
    ends_at_ms: Mapped[int | None]
    used_at_ms: Mapped[int | None]  # to the minute
    revoked_at_ms: Mapped[int | None]


class AuditEntry(Base):
    """What somebody did to the system or saw of a person; each entry is bound to the one before."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_actor", "actor", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_ms: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(16))  # done, refused
    address: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
    mac: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """Where the audit log begins and ends, one row, sealed as the entries are: a cut end shows too."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_seq: Mapped[int]
    before_mac: Mapped[str] = mapped_column(String(64))  # of the entry before the first one kept
    last_seq: Mapped[int]
    last_mac: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
