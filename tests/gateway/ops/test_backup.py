"""Backup beside a gateway that works hard, and the way back: proved, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.ops.archive import BackupError
from gateway.ops.backup import Made, back_up, newest_backup
from gateway.ops.restore import restore
from gateway.store.outbox import debt
from gateway.store.schema import DATABASE, open_database
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import Process, outbox, write_site
from tests.own_broker import admit, site_home

NOW_MS = Clock().now_ms()


def backed_up(data: Path, folder: Path, at_ms: int = NOW_MS, *, history: bool = False, kept: int = 7) -> Made:
    """One backup."""
    return back_up(data, folder, at_ms, site_file=data.parent / "site.toml", history=history, kept=kept)


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """Not yet started."""
    process = Process(write_site(tmp_path, mosquitto.port), tmp_path / "data", history_batch_ms=50)
    yield process
    process.kill()


@pytest.mark.mosquitto
async def test_a_backup_beside_a_working_gateway_is_whole_and_brings_it_back(
    gateway: Process, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """Commits go on while it is made; what was owed then is owed again, and the centre gets it."""
    await asyncio.to_thread(gateway.start)
    async with endpoint(mosquitto.port) as fire:
        fire.sample(0, NOW_MS, temp=20.0)
        await fire.deliver()  # it listens now
        for seq in range(1, 60):
            fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05, temp=20.0)
        await until(lambda: len(fire.owed) < 30)
        made = await asyncio.to_thread(backed_up, gateway.data, tmp_path / "safe")
        await until(lambda: not fire.owed)
    await until(lambda: any(event.data.get("kind") == "fire" for event in outbox(gateway.data)))
    assert made.path.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="stop it first"):
        await asyncio.to_thread(restore, made.path, gateway.data)
    gateway.kill()
    aside = await asyncio.to_thread(restore, made.path, gateway.data)
    assert aside is not None
    assert (aside / DATABASE).exists()
    owed = {event.id for event in outbox(gateway.data)}
    assert owed
    await asyncio.to_thread(gateway.start)
    async with cloud(mosquitto.port) as centre:
        await until(lambda: owed <= {event.id for event in centre.events})


def _folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    open_database(data / DATABASE)[0].close()
    with closing(sqlite3.connect(data / DATABASE)) as db:
        db.execute("INSERT INTO counters VALUES ('before', 1)")
        db.commit()
    (data / "identity" / "keys").mkdir(parents=True)
    (data / "identity" / "keys" / "ca.key").write_text("secret")
    (data / f"{DATABASE}.torn-1").write_text("torn")
    with closing(sqlite3.connect(data / "telemetry.sqlite")) as db:
        db.execute("CREATE TABLE blocks (n)")
    return data


def test_what_is_in_it_and_what_is_not(tmp_path: Path) -> None:
    """Keys yes; torn files, history and other backups no; history where it is asked for."""
    data = _folder(tmp_path)
    (tmp_path / "site.toml").write_text("# site")
    made = backed_up(data, data / "backups")
    with tarfile.open(made.path) as tar:
        names = set(tar.getnames())
        assert all(member.mode & 0o077 == 0 for member in tar)
    assert names == {"manifest.json", "site.toml", f"data/{DATABASE}", "data/identity/keys/ca.key"}
    with tarfile.open(backed_up(data, data / "backups", NOW_MS + 1000, history=True).path) as tar:
        assert "data/telemetry.sqlite" in tar.getnames()


def test_a_restore_moves_aside_and_keeps_newer_history(tmp_path: Path) -> None:
    """The old folder can be had back; the store of samples stays where it is."""
    data = _folder(tmp_path)
    made = backed_up(data, tmp_path / "safe")
    (data / "identity" / "keys" / "ca.key").write_text("another")
    aside = restore(made.path, data, tmp_path / "new-site.toml")

    assert (data / "identity" / "keys" / "ca.key").read_text() == "secret"
    assert aside == data / "before-restore-1"
    assert (aside / "identity" / "keys" / "ca.key").read_text() == "another"
    assert (data / "telemetry.sqlite").exists()
    assert not list(data.glob(".restore-*"))


def test_what_was_moved_aside_does_not_fill_the_disk(tmp_path: Path) -> None:
    """The last three stay, under numbers that go on."""
    data = _folder(tmp_path)
    made = backed_up(data, tmp_path / "safe")
    for _ in range(5):
        aside = restore(made.path, data, tmp_path / "new-site.toml")

    assert aside == data / "before-restore-5"
    assert {path.name[-1] for path in data.glob("before-restore-*")} == {"3", "4", "5"}


def test_a_box_of_its_own_begins_from_a_backup(tmp_path: Path) -> None:
    """The folder need not be there."""
    (tmp_path / "site.toml").write_text("# site")
    made = backed_up(_folder(tmp_path), tmp_path / "safe")
    fresh = tmp_path / "new" / "data"

    assert restore(made.path, fresh, tmp_path / "new" / "site.toml") is None
    assert (tmp_path / "new" / "site.toml").read_text() == "# site"
    assert (tmp_path / "new" / "site.toml").stat().st_mode & 0o777 == 0o640
    with closing(sqlite3.connect(fresh / DATABASE)) as db:
        assert debt(db).pending == 0


@pytest.mark.parametrize("damage", ["short", "bits", "foreign", "missing"])
def test_a_damaged_backup_changes_nothing(tmp_path: Path, damage: str) -> None:
    """Everything is proved before anything is touched."""
    data = _folder(tmp_path)
    path = backed_up(data, tmp_path / "safe").path
    whole = path.read_bytes()
    if damage == "short":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "bits":
        path.write_bytes(whole[:200] + bytes(byte ^ 0x55 for byte in whole[200:260]) + whole[260:])
    elif damage == "foreign":
        path.write_bytes(b"no archive")
    else:
        path.unlink()
    before = {found: found.stat().st_mtime_ns for found in data.rglob("*") if found.is_file()}
    with pytest.raises(BackupError, match="cannot be restored"):
        restore(path, data)

    assert {found: found.stat().st_mtime_ns for found in data.rglob("*") if found.is_file()} == before


def test_a_file_that_changes_or_goes_while_it_is_made_does_not_spoil_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of logins is written anew at any time: what is in the archive is what its digest says."""
    from gateway.ops import archive, backup

    data, digest = _folder(tmp_path), archive.sha256_of
    (data / "identity" / "gone").write_text("x")

    def meanwhile(path: Path) -> str:
        found = digest(path)
        (data / "identity" / "keys" / "ca.key").write_text("longer than before")
        (data / "identity" / "gone").unlink(missing_ok=True)
        return found

    sources = list(backup._sources(data, history=False))
    monkeypatch.setattr(backup, "_sources", lambda *_args, **_named: iter(sources))
    monkeypatch.setattr(backup, "sha256_of", meanwhile)
    made = backed_up(data, tmp_path / "safe")
    monkeypatch.undo()
    restore(made.path, data)
    assert (data / DATABASE).exists()


def test_a_stick_that_knows_no_owners_takes_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT refuses to give a file to somebody."""

    def refuse(*_args: object, **_named: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    data = _folder(tmp_path)
    monkeypatch.setattr(os, "chown", refuse)
    assert backed_up(data, tmp_path / "stick").path.exists()


def test_an_archive_cannot_write_outside(tmp_path: Path) -> None:
    """A name that climbs out of the folder is refused."""
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as tar:
        (tmp_path / "x").write_text("x")
        tar.add(tmp_path / "x", "../../outside")
    with pytest.raises(BackupError):
        restore(evil, tmp_path / "data")

    assert not (tmp_path / "outside").exists()


def test_a_newer_versions_backup_is_refused_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older gateway would not know what it lacks."""
    from gateway.ops import backup

    data = _folder(tmp_path)
    monkeypatch.setattr(backup, "SCHEMAS", {9999: ""})
    made = backed_up(data, tmp_path / "safe")
    monkeypatch.undo()
    with pytest.raises(BackupError, match="upgrade first"):
        restore(made.path, data)


def test_old_backups_go(tmp_path: Path) -> None:
    """As many as told are kept, the newest."""
    data = _folder(tmp_path)
    for number in range(4):
        newest = backed_up(data, tmp_path / "safe", NOW_MS + number * 1000, kept=2).path
    assert len(list((tmp_path / "safe").iterdir())) == 2
    assert newest_backup(tmp_path / "safe") == newest


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    """A full or read-only target leaves no half file."""
    data = _folder(tmp_path)
    with pytest.raises(BackupError, match="was not made"):
        backed_up(data, Path("/proc/self/fd"))
    with pytest.raises(BackupError, match="holds no database"):
        backed_up(tmp_path / "elsewhere", tmp_path)
    assert os.listdir(tmp_path / "data")  # noqa: PTH208 - only that it is there


def test_who_was_revoked_since_the_backup_stays_out(tmp_path: Path) -> None:
    """And mosquitto, another user, finds its files as it needs them."""
    data = _folder(tmp_path)
    home = site_home(data)
    admit(home, "fire-a")
    admit(home, "fire-b")
    made = backed_up(data, tmp_path / "safe")
    home.change(lambda roll: roll.revoke("fire-a", NOW_MS, "li", "lost"))
    restore(made.path, data)
    assert ["fire-b", "gw-chunfeng"] == [login.name for login in home.roll().active()]
    assert home.is_published()
    assert 0o2750 == home.broker.stat().st_mode & 0o7777
