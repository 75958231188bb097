"""The real Debian package in a root of its own: install, upgrade on trial, come back, remove, purge."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.ops import standing, trial
from gateway.store.schema import DATABASE
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.deploy.box import Box, Packages, rewrite
from tests.gateway.peers import endpoint, until
from tests.gateway.site import outbox, wait_for, write_site

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb"),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packages]:
    """A builder of packages; what it makes is removed at the end, it is large."""
    folder = tmp_path_factory.mktemp("packages")
    yield Packages(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def first(packages: Packages) -> Path:
    """The package of the first version."""
    return packages.make("1.0")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, first: Path) -> Iterator[Path]:
    """The root of a box with the first version; dpkg never writes into a file that is there."""
    made = Box.bare(tmp_path_factory.mktemp("installed") / "root")
    made.dpkg("--install", str(first))
    yield made.root
    shutil.rmtree(made.root)


@pytest.fixture
def box(tmp_path: Path, installed: Path) -> Iterator[Box]:
    """A box with the first version, not yet started."""
    shutil.copytree(installed, tmp_path / "box", symlinks=True, copy_function=os.link)
    made = Box(tmp_path / "box")
    yield made
    made.stop()
    shutil.rmtree(made.root)


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Path:
    """A site file on a real broker."""
    return write_site(tmp_path, mosquitto.port)


def break_it(lib: Path) -> None:
    """A release that does not even start."""
    rewrite(lib / "gateway" / "app.py", "raise ImportError('a part is missing')\n")


def deafen(lib: Path) -> None:
    """A release that starts, commits, feeds its watchdog and never hears an endpoint: its port is one too high."""
    path = lib / "runtime" / "mqtt.py"
    rewrite(path, path.read_text().replace("link.host, link.port,", "link.host, link.port + 1,"))
    assert "link.port + 1" in path.read_text()


def said(box: Box, word: str) -> str:
    """Which release said so last; empty where none has since the installation."""
    path = box.data / word
    return path.read_text() if path.is_file() else ""


def test_what_the_whole_package_puts_where(tmp_path: Path, packages: Packages, site: Path) -> None:
    """Nothing is writable for others, the scripts run, and a gateway starts from nothing but what is inside."""
    box = Box.bare(tmp_path / "whole")
    box.dpkg("--install", str(packages.make("1.0", whole=True)))
    listed = box.dpkg("--listfiles", "gridwhistle-gateway").split()
    for name in (
        "/lib/systemd/system/gridwhistle-gateway.service",
        "/lib/systemd/system/gridwhistle-broker@.service",
        "/usr/bin/gridwhistle",
        "/etc/gridwhistle/gateway.env",
    ):
        assert name in listed
        assert (box.root / name[1:]).is_file()
    for path in (box.root / "opt").rglob("*"):
        assert path.is_symlink() or not path.lstat().st_mode & stat.S_IWOTH, path
    assert not (box.notes / standing.TRIAL).exists()  # there is nothing to go back to
    assert box.start(site)["ready"]
    box.stop()
    shutil.rmtree(box.root)


def test_systemd_understands_the_unit(box: Box) -> None:
    """It misses nothing but what stands under the root of another machine."""
    if shutil.which("systemd-analyze") is None:
        return  # a machine without systemd cannot tell
    unit = box.root / "lib/systemd/system/gridwhistle-gateway.service"
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert [line for line in done.stderr.splitlines() if "gridwhistle" in line and "not executable" not in line] == []


async def test_an_upgrade_goes_on_with_the_data_and_stays_once_it_was_well(
    box: Box, site: Path, packages: Packages, mosquitto: Mosquitto
) -> None:
    """The old release runs until the restart; a sample of before is owed after; the trial ends by good work."""
    assert (await asyncio.to_thread(box.start, site))["boot"] == 1
    async with endpoint(mosquitto.port) as fire:
        fire.sample(1, Clock().now_ms(), temp=20.0)
        await fire.deliver()
        await asyncio.to_thread(box.dpkg, "--install", str(packages.make("2.0")))
        noted = standing.read(box.notes, standing.TRIAL)
        assert noted == standing.Trial(version="2.0", previous="1.0-1", release="2.0-1")
        fire.sample(2, Clock().now_ms(), temp=20.0)  # the running one has all of its files still
        await fire.deliver()
        await asyncio.to_thread(box.stop)
        assert (await asyncio.to_thread(box.start, site))["boot"] == 2
        await until(lambda: said(box, trial.HEALTHY) == "2.0-1", 60)
    await asyncio.to_thread(box.stop)
    box.choose()
    assert not (box.notes / standing.TRIAL).exists()
    assert box.release == "2.0-1"


def test_a_release_that_does_not_start_goes_back_after_three_starts(box: Box, site: Path, packages: Packages) -> None:
    """Nobody is there: systemd starts it again and again, and the fourth start is the old one, with its data."""
    assert box.start(site)["boot"] == 1
    box.stop()
    box.dpkg("--install", str(packages.make("3.0", break_it)))
    for _ in range(3):
        assert box.start(site) == {}
        assert box.ended() != 0
    assert box.start(site)["boot"] == 2
    assert box.release == "1.0-1"
    assert standing.read(box.notes, standing.ROLLED_BACK) == standing.Trial(version="3.0", previous="1.0-1")
    wait_for(lambda: [event.data["kind"] for event in outbox(box.data) if "kind" in event.data] == ["update_failed"])
    assert not (box.notes / standing.TRIAL).exists()


def test_a_release_that_never_gets_well_says_so_and_goes_back_at_once(box: Box, site: Path, packages: Packages) -> None:
    """It runs and commits, but hears nobody: worse than the old one, and no crash would tell."""
    box.dpkg("--install", str(packages.make("4.0", deafen)))
    assert box.start(site, trial_limit_ms=1500)["ready"]
    assert box.ended() == 0
    assert (box.data / trial.UNHEALTHY).read_text() == "4.0-1"
    assert box.start(site)["ready"]
    assert box.release == "1.0-1"
    wait_for(lambda: said(box, trial.HEALTHY) == "1.0-1")


def test_a_mended_release_after_one_that_failed(box: Box, site: Path, packages: Packages) -> None:
    """The way forward is another installation; only the release before it is kept."""
    box.dpkg("--install", str(packages.make("5.0", break_it)))
    (box.notes / "trial").write_text((box.notes / "trial").read_text().replace("starts=0", "starts=3"))
    box.choose()
    assert box.release == "1.0-1"
    box.dpkg("--install", str(packages.make("5.1")))
    assert box.release == "5.1-1"
    assert sorted(path.name for path in (box.root / "opt/gridwhistle/releases").iterdir()) == ["1.0-1", "5.1-1"]
    assert not (box.notes / standing.ROLLED_BACK).exists()
    assert box.start(site)["ready"]


def test_one_on_trial_is_nothing_to_come_back_to(box: Box, packages: Packages) -> None:
    """A second update before the first was well: what comes back is the last that worked, and it is still there."""
    unproved = packages.make("7.0", break_it)
    box.dpkg("--install", str(unproved))
    box.dpkg("--install", str(packages.make("7.1", break_it)))
    assert standing.read(box.notes, standing.TRIAL) == standing.Trial(version="7.1", previous="1.0-1", release="7.1-1")
    (box.notes / "trial").write_text((box.notes / "trial").read_text().replace("starts=0", "starts=3"))
    box.choose()
    assert box.release == "1.0-1"
    assert (box.root / "opt/gridwhistle/current/bin/gridwhistle").is_file()


def test_one_that_was_well_is_what_comes_back_even_before_its_next_start(box: Box, packages: Packages) -> None:
    """Its word counts, and is forgotten with the installation of the next: names come back."""
    box.data.mkdir(parents=True)
    box.dpkg("--install", str(packages.make("8.0", break_it)))
    (box.data / trial.HEALTHY).write_text("8.0-1")
    box.dpkg("--install", str(packages.make("8.1", break_it)))
    noted = standing.read(box.notes, standing.TRIAL)
    assert noted is not None
    assert (noted.previous, (box.data / trial.HEALTHY).exists()) == ("8.0-1", False)


@pytest.mark.parametrize(
    "note", ["", "version=9.0\nrelease=1.0-1\nprevious=\nstarts=3\n", "previous=gone-1\nstarts=3\n"]
)
def test_a_note_that_a_power_cut_left_torn_stops_nothing(box: Box, note: str) -> None:
    """Whatever stands there, the release that is there starts."""
    box.notes.mkdir(parents=True, exist_ok=True)
    (box.notes / "trial").write_text(note)
    for _ in range(5):
        box.choose()
    assert box.release == "1.0-1"
    assert not (box.notes / "trial").exists()


def test_a_word_of_another_release_counts_for_nothing(box: Box, packages: Packages) -> None:
    """`healthy` of before an installation, and text that is no name, end no trial."""
    box.data.mkdir(parents=True)
    (box.data / trial.HEALTHY).write_text("1.0-1")
    box.dpkg("--install", str(packages.make("6.0")))
    for word in ("1.0-1", "", "6.0-1; reboot", "x" * 10_000):
        (box.data / trial.HEALTHY).write_text(word)
        (box.notes / "trial").write_text("version=6.0\nrelease=6.0-1\nprevious=1.0-1\nstarts=0\n")
        box.choose()
        assert (box.notes / standing.TRIAL).exists(), word
    assert box.release == "6.0-1"


def test_the_same_version_again_is_another_release(box: Box, first: Path) -> None:
    """A repair by reinstalling goes on trial too, and the files of the first stay until it is well."""
    box.dpkg("--install", str(first))

    assert box.release == "1.0-2"
    assert standing.read(box.notes, standing.TRIAL) == standing.Trial(version="1.0", previous="1.0-1", release="1.0-2")


def test_removing_keeps_the_data_and_purging_does_not(box: Box, site: Path) -> None:
    """As Debian does."""
    box.start(site)
    box.stop()
    box.dpkg("--remove", "gridwhistle-gateway")
    assert not (box.root / "opt/gridwhistle").exists()
    assert (box.data / DATABASE).exists()
    assert (box.root / "etc/gridwhistle/gateway.env").exists()
    of_the_centre = [box.root / "opt/gridwhistle/.venv", box.root / "var/lib/gridwhistle/cloud"]
    for folder in of_the_centre:
        folder.mkdir(parents=True)
    box.dpkg("--purge", "gridwhistle-gateway")
    assert not box.data.exists()
    assert all(folder.exists() for folder in of_the_centre)
    assert not (box.root / "etc/gridwhistle/gateway.env").exists()
