"""A backup of identities that is put back lets nobody back in, and is as mosquitto needs it."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runtime.brokers import logins
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import BrokerHome
from runtime.brokers.logins import Login, Role, Roll
from runtime.brokers.passwords import hashed
from tests.own_broker import NOW_MS, admit, site_home

PASSWORDS = [hashed(str(number)) for number in range(3)]


def _acted(words: list[str]) -> Roll:
    """A roll after acts at times 1, 2, 3 …"""
    roll = Roll()
    for at_ms, word in enumerate(words, 1):
        act, _, number = word.partition(" ")
        try:
            if act == "revoke":
                roll.revoke("fire-a", at_ms, "li", "lost")
            else:
                roll.enrol(
                    Login(name="fire-a", role=Role.ENDPOINT, hash=PASSWORDS[int(number)]), at_ms, "li", readmit=True
                )
        except IdentityError:
            continue
    return roll


@given(
    st.lists(st.sampled_from(["enrol 0", "enrol 1", "enrol 2", "revoke"]), max_size=8).flatmap(
        lambda words: st.tuples(st.just(words), st.integers(0, len(words)))
    )
)
def test_an_older_roll_that_comes_back_changes_nothing(case: tuple[list[str], int]) -> None:
    """A backup of any moment, put back: everybody is in or out as he was last."""
    words, moment = case
    now, then = _acted(words), _acted(words[:moment])
    for merged in (logins.newest(then, now), logins.newest(now, then)):
        assert [(one.name, one.hash, one.state) for one in merged.logins.values()] == [
            (one.name, one.hash, one.state) for one in now.logins.values()
        ]
        assert {d for one in now.logins.values() for d in one.dead_hashes} == {
            d for one in merged.logins.values() for d in one.dead_hashes
        }


def test_mended_after_a_restore_to_another_place(tmp_path: Path) -> None:
    """Modes, groups and paths are right again; whoever was revoked since the backup stays out."""
    home = site_home(tmp_path)
    admit(home, "fire-a")
    admit(home, "fire-b")
    elsewhere = tmp_path / "elsewhere" / "identity"
    shutil.copytree(home.path, elsewhere)
    home.change(lambda roll: roll.revoke("fire-a", NOW_MS + 1, "li", "lost"))
    for path in elsewhere.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (elsewhere / "broker" / "server.pem").unlink()

    restored = BrokerHome(elsewhere)
    restored.mend(home.logins_file.read_bytes())
    assert ["fire-b", "gw-chunfeng"] == [login.name for login in restored.roll().active()]
    assert str(elsewhere / "state") == restored.setup().state_dir
    assert str(tmp_path / "identity") not in (elsewhere / "broker" / "mosquitto.conf").read_text()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (elsewhere, *elsewhere.iterdir())}
    assert (0o711, 0o2750, 0o2770) == (modes["identity"], modes["broker"], modes["state"])
    assert 0o640 == stat.S_IMODE((elsewhere / "broker" / "server.key").stat().st_mode)
    assert restored.is_published()
    assert restored.renew(NOW_MS)
