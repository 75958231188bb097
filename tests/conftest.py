"""What every test may use, and the strictness of CI: there, a skipped test is a failed test."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from scripts.system_parts import PARTS, describe, missing_parts
from simulators.brokers import free_port as find_free_port
from tests.broker import Mosquitto
from tests.influx import Influx
from tests.influx import running as influx_running
from tests.influx2 import at_hand as influx_at_hand
from tests.order import dealt
from tests.postgres import Postgres, running

pytest_plugins = ("tests.databases",)
ON_CI = os.environ.get("CI") == "true"
REPOSITORY = Path(__file__).resolve().parent.parent
SLOW = (REPOSITORY / "tests" / "system", REPOSITORY / "tests" / "kit")  # they wait for processes and boards
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
MISSING = missing_parts()
# a busy machine is slow, which is no fault of what is tested
settings.register_profile("house", deadline=None)
settings.load_profile("house")
# fixture name -> part it needs
FIXTURES_OF_PARTS = {name: name for name in ("mosquitto", "chromium", "postgres", "influx")}


def _needs(item: pytest.Item, mark: str) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    wanted = any(FIXTURES_OF_PARTS.get(name) == mark for name in fixtures)
    return wanted or item.get_closest_marker(mark) is not None


def pytest_configure(config: pytest.Config) -> None:
    """The parts' markers come from the table, so that a new part needs one entry only."""
    for part in PARTS:
        config.addinivalue_line("markers", f"{part.mark}: needs {part.built or part.package}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests whose part is missing are skipped with its name (and so fail on CI)."""
    for item in items:
        for part in MISSING:
            if _needs(item, part.mark):
                item.add_marker(pytest.mark.skip(reason=f"needs {part.built or part.package}"))
    if WORKERS > 1:
        items[:] = dealt(items, SLOW, WORKERS)


def _fail_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if ON_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped on CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI a skipped test fails."""
    report = yield
    _fail_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """On CI a module that skips itself fails."""
    report = yield
    _fail_skipped(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what did not run and why, where people look last."""
    if MISSING:
        terminalreporter.write_line(describe(MISSING))


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """What a test set up for logs, perhaps on a stream that is captured, is not there for the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def free_port() -> int:
    """A loopback port that is free now."""
    return find_free_port()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real broker of one test, with a store of its own; it may be killed and started again."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server of this test process; it is started where the first test asks for it."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def influx() -> Iterator[Influx]:
    """A real InfluxDB server of this test process; it is started where the first test asks for it."""
    with influx_running(influx_at_hand()) as server:
        yield server


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the working tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recorded fires beside the repository; the only input of the tests that is not in it."""
    folder = REPOSITORY.parent / "shared" / "data" / "nist_smoke_alarms"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data/nist_smoke_alarms is missing: replays of recorded fires are not tested")
    return folder
