"""Personal fields at rest: unreadable without the key file, bound to their place, under keys that rotate."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.trust.vault import KEY_BYTES, Vault, VaultError, open_vault, rotate

VAULT = Vault({"1": b"k" * KEY_BYTES}, b"a" * KEY_BYTES)


@given(text=st.text(max_size=200))
def test_what_is_sealed_opens_again_at_its_place_only(text: str) -> None:
    """Twice the same text looks different, and shows nothing of itself."""
    sealed = VAULT.seal(text, "contact:lin-zhixia:mobile")
    assert VAULT.open(sealed, "contact:lin-zhixia:mobile") == text
    assert sealed != VAULT.seal(text, "contact:lin-zhixia:mobile")
    with pytest.raises(VaultError, match="contact:he-anping:mobile was changed"):
        VAULT.open(sealed, "contact:he-anping:mobile")


@pytest.mark.parametrize("broken", ["", "13800000000", "sealed:1:AAAA", "sealed:7:AAAAAAAAAAAAAAAAAAAAAAAA", "a:b:c:d"])
def test_what_is_no_seal_is_refused(broken: str) -> None:
    """With what to do."""
    with pytest.raises(VaultError, match=r"enter it anew|backup"):
        VAULT.open(broken, "x")


def test_keys_are_made_once_private_and_rotate(tmp_path: Path) -> None:
    """A rotation changes the key that seals; what the old one sealed stays readable and can be sealed anew."""
    path = tmp_path / "data" / "keys.json"
    first = open_vault(path)
    assert (path.stat().st_mode & 0o777, open_vault(path)) == (0o600, first)
    sealed = first.seal("13800000000", "x")
    second = rotate(path)
    assert (second.open(sealed, "x"), second.is_new(sealed), second.audit_key) == (
        "13800000000",
        False,
        first.audit_key,
    )
    anew = second.reseal(sealed, "x")
    assert second.is_new(anew)
    assert open_vault(path).open(anew, "x") == "13800000000"


def test_a_service_that_runs_meets_the_new_key(tmp_path: Path) -> None:
    """Keys rotate beside it: it reads the file again, seals by the new key from then on, and asks once for no other."""
    path = tmp_path / "keys.json"
    running = open_vault(path)
    newer = rotate(path)
    assert running.open(newer.seal("13800000000", "x"), "x") == "13800000000"
    assert running.is_new(running.seal("y", "x"))
    assert running.newest == newer.newest
    for _ in range(2):
        with pytest.raises(VaultError, match="put back the key file"):
            running.open(newer.seal("z", "x").replace(":2:", ":9:"), "x")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"keys": {}, "audit": ""}', '{"keys": {"1": "AAAA"}, "audit": ""}']
)
def test_a_damaged_key_file_is_never_replaced(tmp_path: Path, content: str) -> None:
    """New keys in its place would make every sealed field unreadable for ever."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(VaultError, match="do not delete it"):
        open_vault(path)
    assert path.read_text() == content
