"""The doctor finds what is really wrong: real processes, brokers, certificates and files."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.ops import judge, runs
from gateway.ops.doctor import box, links, stored
from gateway.ops.doctor.command import examine
from gateway.ops.findings import Finding, Level
from gateway.ops.standing import Standing
from gateway.site_file.site import load
from gateway.store.schema import DATABASE, open_database
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.peers import endpoint
from tests.gateway.site import REPOSITORY, Process, write_site

NOW_MS = Clock().now_ms()
DAY_MS = 86_400_000


def codes(findings: list[Finding], level: Level | None = None) -> set[str]:
    """Their codes, perhaps of one level only."""
    return {finding.code for finding in findings if level is None or finding.level is level}


def examined(site: Path, data: Path, **env: str) -> list[Finding]:
    """A round of the doctor."""
    return examine(site, {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(data), **env}, Clock().now_ms())


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway for two endpoints, not yet started."""
    process = Process(write_site(tmp_path, mosquitto.port, ("fire-a", "fire-b")), tmp_path / "data")
    yield process
    process.kill()


@pytest.mark.mosquitto
async def test_beside_a_running_gateway(gateway: Process, tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Nothing is wrong but what is: one endpoint said nothing yet, there is no backup. Then the broker dies."""
    await asyncio.to_thread(gateway.start)
    async with endpoint(mosquitto.port) as fire:
        fire.sample(1, Clock().now_ms(), temp=20.0)
        await fire.deliver()
        found = await asyncio.to_thread(examined, tmp_path / "site.toml", gateway.data)
    assert codes(found, Level.BAD) == set()
    assert codes(found, Level.WARNING) - {"clock_free"} == {"endpoints_unknown", "backup_none"}
    assert {"running", "broker_good", "database_good", "certificates_none"} <= codes(found)
    mosquitto.kill()
    found = await asyncio.to_thread(examined, tmp_path / "site.toml", gateway.data)
    assert "link_up" not in codes(found)
    assert [finding.topic for finding in found if finding.code == "broker_refused"] == ["site_broker", "cloud_broker"]


@pytest.mark.mosquitto
async def test_a_gateway_that_is_connected_is_not_thrown_out(
    tmp_path: Path, mosquitto: Mosquitto, free_port: int
) -> None:
    """The centre's broker takes one connection of a login: the doctor asks the gateway instead."""
    site = write_site(tmp_path, mosquitto.port)
    process = Process(site, tmp_path / "data", http_port=free_port)
    try:
        await asyncio.to_thread(process.start)
        port = {"GRIDWHISTLE_GATEWAY_HTTP_PORT": str(free_port)}
        found: list[Finding] = []
        async with asyncio.timeout(20):
            while "link_up" not in codes(found):
                found = await asyncio.to_thread(lambda: examined(site, process.data, **port))
    finally:
        process.kill()
    told = {finding.topic: finding.code for finding in found}
    assert (told["site_broker"], told["cloud_broker"], told["process"]) == ("broker_good", "link_up", "running")


def test_a_panel_is_one_of_the_site(tmp_path: Path) -> None:
    """It has no channels, and is told among the others."""
    path = write_site(tmp_path, 1883)
    section = '[[adapters]]\nkind = "gb26875"\nhost = "127.0.0.1"\ntcp_port = 5200\n[[adapters.panels]]\n'
    panel = 'device = "panel-a"\nplace = "1号楼消控室"\ngrid = "1"\naddress = 889\n'
    path.write_text(f"{path.read_text()}\n{section}{panel}")
    open_database(tmp_path / DATABASE)[0].close()
    found = stored.contents(tmp_path, load(path), NOW_MS, running=True)

    (unknown,) = [finding for finding in found if finding.code == "endpoints_unknown"]
    assert unknown.facts["names"] == ("fire-a (Room fire-a)", "panel-a (1号楼消控室)")


def test_in_clear_over_a_network(tmp_path: Path, free_port: int) -> None:
    """Told at once, also where nobody answers there; on the box itself it is nobody's business."""
    path = write_site(tmp_path, free_port)
    head, tail = path.read_text().split("[cloud_broker]")
    path.write_text(f"{head}[cloud_broker]{tail.replace('127.0.0.1', '192.0.2.invalid')}")
    found = links.brokers(load(path), tmp_path / "data", NOW_MS)

    (clear,) = [finding for finding in found if finding.topic == "certificates"]
    assert (clear.code, clear.facts) == ("broker_clear", {"address": f"192.0.2.invalid:{free_port}"})


def test_where_nothing_is_right(tmp_path: Path) -> None:
    """No site file, a misspelt setting, no folder, no gateway: each is said, nothing raises."""
    found = examined(tmp_path / "none.toml", tmp_path / "none", GRIDWHISTLE_GATEWAY_WINDOWS="1")

    assert {"site_file_unreadable", "settings_bad", "disk_missing", "not_running"} == codes(found, Level.BAD)


def test_the_command_speaks_both_languages_and_ends_by_the_worst(tmp_path: Path) -> None:
    """A person reads, a script takes the exit status or the JSON."""
    env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(tmp_path), "COLUMNS": "100", "LANG": "en_GB.UTF-8"}
    command = [sys.executable, "-m", "gridwhistle", "gateway", "doctor", "--site", str(tmp_path / "none.toml")]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    english, chinese, machine = run(), run("--lang", "zh"), run("--json")
    assert (english.returncode, chinese.returncode, machine.returncode) == (2, 2, 2)
    assert "means" in english.stdout
    assert "意味着" in chinese.stdout
    told = json.loads(machine.stdout)
    assert told["level"] == "bad"
    assert all(found["zh"]["what"] and found["en"]["what"] for found in told["findings"])


@pytest.mark.parametrize(
    ("now_ms", "synchronised", "code"),
    [(0, True, "clock_unset"), (NOW_MS, True, "clock_good"), (NOW_MS, False, "clock_free")],
    ids=["unset", "good", "free"],  # the time itself would name the test differently in every process
)
def test_clock(now_ms: int, synchronised: bool, code: str) -> None:
    """Never set is worse than drifting."""
    assert box.clock(now_ms, synchronised=synchronised).code == code
    assert box.is_synchronised() in (True, False)


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that turned read-only: /proc is one for everybody, root too."""
    folder = Path("/proc/self/fd")

    assert "disk_unwritable" in codes(box.disk(folder))


def test_a_broken_a_newer_and_a_torn_database(tmp_path: Path) -> None:
    """Each gets its own words."""
    path = tmp_path / DATABASE
    db, _ = open_database(path)
    db.execute("PRAGMA user_version = 9999")
    db.close()
    assert "database_newer" in codes(stored.database(tmp_path))
    path.write_bytes(b"\x55" * 8192)
    (tmp_path / f"{DATABASE}.torn-1").touch()

    assert {"database_damaged", "database_torn"} == codes(stored.database(tmp_path))
    assert stored.contents(tmp_path, None, NOW_MS, running=False) == []


def test_many_starts_after_no_proper_end(tmp_path: Path) -> None:
    """Five in a day, two of them killed; the present one has no end yet and counts as none."""
    db, _ = open_database(tmp_path / DATABASE)
    for boot in range(1, 6):
        runs.note_alive(db, boot, "1", NOW_MS - 1000 * (6 - boot), NOW_MS)
        if boot in (1, 2):
            runs.note_end(db, boot, runs.CLEAN)
    found = {finding.code: finding for finding in stored.contents(tmp_path, None, NOW_MS, running=True)}
    db.close()

    assert (found["starts_many"].facts["count"], found["starts_many"].facts["unclean"]) == (5, 2)


def test_backups_old_and_new(tmp_path: Path) -> None:
    """The newest by name counts, its age by its time."""
    old = tmp_path / "gridwhistle-backup-20260101T000000Z.tar.gz"
    old.touch()
    os.utime(old, (time.time(), time.time() - 40 * 86_400))
    assert box.backups(tmp_path, NOW_MS).code == "backup_old"
    (tmp_path / "gridwhistle-backup-20260201T000000Z.tar.gz").touch()
    assert box.backups(tmp_path, NOW_MS).code == "backup_good"


def certificate(days: float) -> bytes:
    """A self-signed one that ends in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=400),
        not_valid_after=now + timedelta(days=days),
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("days", "code"), [(200, "certificate_good"), (10, "certificate_soon"), (-1, "certificate_over")]
)
def test_certificates(days: float, code: str) -> None:
    """How long one is still good."""
    made = certificate(days)

    assert links.certificate("ca.pem", lambda: made, NOW_MS).code == code


def test_a_certificate_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, or something else."""
    for read in ((tmp_path / "none.pem").read_bytes, lambda: b"no certificate"):
        assert links.certificate("ca.pem", read, NOW_MS).code == "certificate_unreadable"


@pytest.mark.mosquitto
async def test_a_broker_that_refuses_is_told_from_one_that_is_away(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Name, port and login: three remedies."""
    from gateway.site_file.site import Broker, load

    site = load(write_site(tmp_path, mosquitto.port))
    strict = Strict(tmp_path)
    strict.start()
    try:
        asked = await links.ask(site, "site", Broker(host="127.0.0.1", port=strict.port, username="x", password="y"))
    finally:
        strict.stop()
    assert asked.finding.code == "broker_login"
    nowhere = await links.ask(site, "cloud", Broker(host="no-such-host.invalid", port=1883))
    assert nowhere.finding.code == "broker_name"


class Strict(Mosquitto):
    """A broker that lets nobody in."""

    def configuration(self) -> str:
        """No anonymous login, and nobody has one."""
        return super().configuration().replace("allow_anonymous true", "allow_anonymous false")


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A folder in its place."""
    (tmp_path / DATABASE).mkdir()

    assert codes(stored.database(tmp_path)) == {"database_failing"}
    with pytest.raises(sqlite3.OperationalError):
        stored._open(tmp_path / DATABASE)


def test_a_release_on_trial_and_one_that_failed(tmp_path: Path) -> None:
    """As the scripts of the package note them; a trial is told before an older failure."""
    assert judge.release("1.0", Standing.of(None)).code == "release_good"
    (tmp_path / "rolled-back").write_text("version=2.0\nprevious=1.0-1\nwhy=3 starts\n")
    assert judge.release("1.0", Standing.of(tmp_path)).facts == {"version": "2.0", "previous": "1.0-1"}
    (tmp_path / "trial").write_text("version=3.0\nprevious=1.0-1\nstarts=1\n")
    assert judge.release("3.0", Standing.of(tmp_path)).code == "on_trial"
