"""Bundles lie where the gateway serves them from, and never fill its disk."""

from __future__ import annotations

from pathlib import Path

from gateway.store.bundles import FOLDER, KEPT, shelve


def test_the_last_ones_stay(tmp_path: Path) -> None:
    """The oldest order goes first; one that is ordered again is new."""
    bundle = tmp_path / "bundle.gwb"
    digests = []
    for number in range(KEPT):
        bundle.write_bytes(bytes([number]))
        digests.append(shelve(bundle, tmp_path)["sha256"])
    bundle.write_bytes(bytes([0]))
    shelve(bundle, tmp_path)
    bundle.write_bytes(b"newest")
    newest = shelve(bundle, tmp_path)["sha256"]

    stored = {path.name for path in (tmp_path / FOLDER).iterdir()}
    assert stored == {newest, digests[0], *digests[2:]}
