"""A new key for personal fields, and everything that is sealed under it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from cloud.notices.webhooks import desk as webhooks
from cloud.people import contacts
from cloud.sources import callers
from cloud.store.models_trust import Account
from cloud.trust.audit import Deed
from cloud.trust.desk import Trust
from cloud.trust.second import field_of
from cloud.trust.vault import rotate


def rotate_all(trust: Trust, path: Path, *, by: str) -> int:
    """How many fields were sealed anew. The older keys stay in the file: backups need them. Raises VaultError."""
    vault = rotate(path)
    with trust.store.write() as session:
        count = contacts.reseal(session, vault) + callers.reseal(session, vault) + webhooks.reseal(session, vault)
        for account in session.scalars(select(Account).where(Account.totp.is_not(None)).with_for_update()):
            account.totp = vault.reseal(account.totp or "", field_of(account.id))
            count += 1
        trust.trail.note(session, Deed(actor=by, action="keys_rotate", detail={"key": vault.newest, "fields": count}))
    return count
