"""A new key for personal fields, and everything that is sealed under it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.store.models_trust import Account
from cloud.trust.audit import Deed
from cloud.trust.desk import Trust
from cloud.trust.second import field_of
from cloud.trust.vault import Vault, rotate

Reseal = Callable[[Session, Vault], int]  # puts every field of one kind under the newest key; how many


def rotate_all(trust: Trust, path: Path, sealed: Iterable[Reseal], *, by: str) -> int:
    """How many fields were sealed anew: our own and those of `sealed`. Raises VaultError.

    The older keys stay in the file: backups need them.
    """
    vault = rotate(path)
    with trust.store.write() as session:
        count = sum(reseal(session, vault) for reseal in sealed)
        for account in session.scalars(select(Account).where(Account.totp.is_not(None)).with_for_update()):
            account.totp = vault.reseal(account.totp or "", field_of(account.id))
            count += 1
        trust.trail.note(session, Deed(actor=by, action="keys_rotate", detail={"key": vault.newest, "fields": count}))
    return count
