"""A real centre in its own process and a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cloud.api.gate import COOKIE
from runtime.clock import Clock
from scripts.screenshots import ARGS, CHROMIUM, DESK
from simulators.brokers import free_port as find_free_port
from tests.cloud import facts
from tests.console.nursery import Newborn, nursery

LONG_GRID = "110105001001002"


class Centre:
    """The process of a centre; may be stopped and started again on the same port and data."""

    def __init__(self, data: Path, speed: float = 1.0, *, easy: bool = False) -> None:
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.clock = Clock.starting_now(speed) if speed != 1 else Clock()
        self._data = data
        self._more = ["--easy"] if easy else []
        self._process: Newborn | None = None

    def start(self) -> None:
        """Returns once it serves."""
        where = [f"--port={self.port}", f"--data={self._data}", *self._more]
        self._process = nursery().bear(where, self.clock.to_env() if self.clock.speed != 1 else {})
        assert self._next_line("http") == self.url

    def stop(self) -> None:
        """Ends it as a service manager would."""
        if self._process is None:
            return
        self._process.terminate()
        self._process = None

    def say(self, **fact: Any) -> None:
        """A fact of the gateway; returns when it is committed."""
        self._tell(fact)
        self._next_line("taken")

    def seed(self) -> dict[str, str]:
        """A day's worth of incidents; name -> id."""
        made: dict[str, str] = json.loads(self._ask({"seed": True}, "made").removeprefix("made "))
        return made

    def log_in(self, person: str, *roles: str) -> dict[str, str]:
        """The cookie of somebody who has logged in; `roles` for an account that nobody of the roster has."""
        cookie = self._ask({"login": person, "roles": roles}, "cookie").split()[1]
        return {"name": COOKIE, "value": cookie, "url": self.url}

    def make_account(self, account: str, *roles: str) -> str:
        """Its one-time password."""
        return self._ask({"account": account, "roles": roles}, "password").split()[1]

    def throw_out(self, account: str) -> None:
        """Every session of it ends."""
        self._ask({"throw_out": account}, "out")

    def _ask(self, question: dict[str, Any], start: str) -> str:
        """Its answer. The word that it is done is read as well, or the next fact would take it for its own."""
        self._tell(question)
        answer = self._next_line(start)
        self._next_line("taken")
        return answer

    def _tell(self, fact: dict[str, Any]) -> None:
        assert self._process is not None
        self._process.stdin.write(json.dumps(fact) + "\n")
        self._process.stdin.flush()

    def fire(self, number: int = 1, **changes: Any) -> str:
        """A fire that starts now; its incident id."""
        data = facts.incident(number, at_ms=self.clock.now_ms(), **changes)
        self.say(incident=data)
        return str(data["incident_id"])

    def cleared(self, number: int = 1, **changes: Any) -> None:
        """The same fire is over."""
        now_ms = self.clock.now_ms()
        self.say(
            incident=facts.incident(
                number, at_ms=now_ms, revision=2, condition="cleared", cleared_at_ms=now_ms, **changes
            )
        )

    def _next_line(self, start: str) -> str:
        assert self._process is not None
        for line in self._process.stdout:
            if line.startswith(start):
                return line.strip()
            assert not line.startswith("failed"), line
        raise AssertionError(f"the centre ended before it said {start}")


@pytest.fixture(scope="package", autouse=True)
def _no_more_centres() -> Iterator[None]:
    yield
    if nursery.cache_info().currsize:
        nursery().end()
        nursery.cache_clear()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """A running centre with one gateway online and nothing open."""
    process = Centre(tmp_path / "centre")
    process.start()
    process.say(status={})
    yield process
    process.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One headless browser for the tests of this folder; while it is open, no test of another may run an event loop."""
    expect.set_options(timeout=15_000)  # the machine of a whole run is busy: five seconds were too few now and then
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


class Seat:
    """One person at one browser."""

    def __init__(
        self, browser: Browser, centre: Centre, person: str | None, viewport: dict[str, int] | None = None
    ) -> None:
        self.url = centre.url
        self.context = browser.new_context(viewport=viewport or DESK, locale="zh-CN")  # type: ignore[arg-type]
        if person is not None:
            self.context.add_cookies([centre.log_in(person)])  # type: ignore[list-item]
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if "Content Security Policy" in message.text or (
            message.type == "error" and not message.text.startswith("htmx:")
        ):
            self.faults.append(message.text)

    def open(self, path: str = "/") -> Page:
        """Go there and wait until the page is live."""
        self.page.goto(self.url + path)
        self.page.locator("#live[data-state=on]").wait_for()
        return self.page


@pytest.fixture
def seats(chromium: Browser, centre: Centre) -> Iterator[Any]:
    """Makes people at browsers; at the end none of their pages may have had a script error."""
    made: list[Seat] = []

    def take(person: str | None = "zhou-mingyuan", viewport: dict[str, int] | None = None) -> Seat:
        made.append(Seat(chromium, centre, person, viewport))
        return made[-1]

    yield take
    faults = [fault for seat in made for fault in seat.faults if not fault.startswith("Failed to load resource")]
    for seat in made:
        seat.context.close()
    assert faults == []
