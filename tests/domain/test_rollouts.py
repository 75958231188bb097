"""Updates in waves: every pair of the tables, and what holds whatever the endpoints do."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rollouts.plan import ACTS, NO_MEMORY, Act, Policy, State, Step, Unit, count, failed, moved, step, waves
from domain.rollouts.progress import FAILED, MOVES, OVER, UNDER_WAY, Progress, Word, move

POLICY = Policy(canaries=1, widen_percent=30, parallel=2, soak_ms=600_000)
NAMES = [f"fire-{number:02}" for number in range(20)]


@pytest.mark.parametrize(("at", "word"), list(itertools.product(Progress, Word)))
def test_every_pair(at: Progress, word: Word) -> None:
    """What is over stays over unless tried again; only the endpoint's own word makes it good; the rest is refused."""
    to = move(at, word)
    assert to is MOVES.get((at, word))
    if to is Progress.GOOD:
        assert word is Word.GOOD
        assert at in (*UNDER_WAY, Progress.LOST)
    if at in (Progress.GOOD, Progress.CURRENT, Progress.UNSUITABLE):
        assert to is None
    if to is Progress.ORDERED:
        assert at is Progress.WAITING
    if at in FAILED and at is not Progress.LOST:
        assert to in (None, Progress.WAITING)


@pytest.mark.parametrize(("state", "act"), list(itertools.product(State, Act)))
def test_every_act(state: State, act: Act) -> None:
    """A rollout that is over cannot be moved; only a paused one is resumed."""
    to = ACTS.get((state, act))
    if state in (State.DONE, State.ABORTED):
        assert to is None
    if act is Act.RESUME:
        assert to is (State.RUNNING if state is State.PAUSED else None)


def test_canaries_are_awake_and_apart() -> None:
    """Two of twenty, spread over those that are awake; the others in waves of six."""
    units = waves(NAMES, Policy(canaries=2, widen_percent=30), NAMES[10:])
    assert [unit.device for unit in units if unit.wave == 0] == ["fire-10", "fire-15"]
    assert [sum(unit.wave == wave for unit in units) for wave in range(5)] == [2, 6, 6, 6, 0]
    assert [unit.device for unit in waves(NAMES, POLICY, ()) if unit.wave == 0] == ["fire-00"], "all asleep: any"


@given(st.integers(1, 200), st.integers(1, 300), st.integers(1, 100))
def test_everybody_is_in_one_wave(number: int, canaries: int, percent: int) -> None:
    """None is lost or twice, whatever the sizes."""
    devices = [str(n) for n in range(number)]
    units = waves(devices, Policy(canaries=canaries, widen_percent=percent), devices)
    assert sorted(unit.device for unit in units) == sorted(devices)
    assert {unit.wave for unit in units} == set(range(max(unit.wave for unit in units) + 1))


@pytest.mark.parametrize("name", ["canaries", "widen_percent", "parallel", "attempts", "lost_after_ms"])
def test_a_policy_is_checked(name: str) -> None:
    """The field is named."""
    with pytest.raises(ValueError, match=name):
        Policy(**{name: 0})


class Site:
    """Endpoints that answer as they are told to, on a clock of their own."""

    def __init__(self, policy: Policy = POLICY, number: int = 10) -> None:
        self.policy = policy
        self.now_ms = 0
        self.asleep: set[str] = set()
        self.state = State.RUNNING
        self.forgiven = 0
        self.most_at_once = 0
        self.restarted: list[str] = []
        self.opened_at: dict[int, int] = {}
        units = waves(NAMES[:number], policy, NAMES[:number])
        self.units = {unit.device: unit for unit in units}

    def say(self, device: str, *words: Word, error: str = "") -> None:
        """An endpoint answers."""
        for word in words:
            to = move(self.units[device].progress, word)
            assert to is not None, (self.units[device], word)
            self.units[device] = moved(self.units[device], to, self.now_ms, error)

    def look(self, after_ms: int = 2_000) -> Step:
        """One step of the gateway."""
        self.now_ms += after_ms
        found = step(
            tuple(self.units.values()),
            self.policy,
            self.now_ms,
            forgiven=self.forgiven,
            ready=lambda device: device not in self.asleep,
        )
        self.restarted += found.restart_first
        for words, devices in (
            (Word.SILENCE, found.lost),
            (Word.RETRY, found.retry),
            (Word.ORDER, found.order),
            (Word.OPEN, [u.device for u in self.units.values() if u.wave == found.open_wave]),
        ):
            for device in devices:
                self.say(device, words, error=self.units[device].error if words is Word.RETRY else "")
        if found.open_wave is not None:
            self.opened_at[found.open_wave] = self.now_ms
        if found.pause:
            self.state = State.PAUSED
        if found.finish:
            self.state = State.DONE
        self.most_at_once = max(self.most_at_once, sum(u.progress in UNDER_WAY for u in self.units.values()))
        return found

    def under_way(self) -> list[str]:
        """Who is being updated."""
        return [unit.device for unit in self.units.values() if unit.progress in UNDER_WAY]

    def run(self, rounds: int, answer: Word = Word.GOOD) -> None:
        """Everybody who is told answers at once."""
        for _ in range(rounds):
            if self.state is not State.RUNNING:
                return
            self.look(60_000)
            for device in self.under_way():
                self.say(device, answer)


def test_one_canary_then_the_others() -> None:
    """The second wave waits for the canary's trial and ten quiet minutes more."""
    site = Site()
    site.look()
    site.look()
    assert site.under_way() == ["fire-00"]
    site.say("fire-00", Word.FETCH, Word.RESTART)
    for _ in range(100):
        site.look(10_000)
    assert site.under_way() == ["fire-00"]
    site.say("fire-00", Word.GOOD)
    good_ms = site.now_ms
    site.run(60)
    assert site.state is State.DONE
    assert site.opened_at[1] - good_ms >= 600_000
    assert count(site.units.values()) == {Progress.GOOD: 10}
    assert site.most_at_once == 2


@pytest.mark.parametrize("word", [Word.REFUSE, Word.ROLL_BACK])
def test_a_failed_canary_stops_it(word: Word) -> None:
    """Nobody else is touched until a person resumes it; then it goes on with the others."""
    site = Site()
    site.look()
    site.look()
    site.say("fire-00", word, error="坏了 / broken")
    assert "fire-00: 坏了 / broken" in site.look().pause
    assert count(site.units.values())[Progress.QUEUED] == 9
    site.state, site.forgiven = State.RUNNING, 1
    site.run(60)
    assert count(site.units.values()) == {Progress.GOOD: 9, FAILED[0] if word is Word.REFUSE else FAILED[1]: 1}


def test_who_sleeps_holds_up_nobody_and_is_not_forgotten() -> None:
    """Its turn stays open; when it wakes after all others are done it is updated, and only then it is over."""
    site = Site()
    site.asleep = {"fire-03", "fire-07"}
    site.run(80)
    assert site.state is State.RUNNING
    assert count(site.units.values()) == {Progress.GOOD: 8, Progress.WAITING: 2}
    site.asleep = set()
    site.run(5)
    assert site.state is State.DONE
    assert count(site.units.values()) == {Progress.GOOD: 10}


def test_a_sleeping_canary_proves_nothing() -> None:
    """The next wave waits for it."""
    site = Site()
    site.asleep = {"fire-00"}
    site.run(100)
    assert site.opened_at.keys() == {0}


def test_a_canary_that_dies_after_its_trial_holds_the_others() -> None:
    """A leak takes ten minutes, a trial one. Back again, and for long enough, it is no reason any more."""
    site = Site()
    site.look()
    site.look()
    site.say("fire-00", Word.GOOD)
    site.asleep = {"fire-00"}
    for _ in range(30):
        site.look(60_000)
    assert (site.opened_at.keys(), site.state) == ({0}, State.RUNNING)
    site.asleep = set()
    site.run(60)
    assert site.state is State.DONE


@pytest.mark.parametrize("gone", [("fire-00",), ("fire-05",), ("fire-00", "fire-05"), ("fire-00", "fire-01")])
def test_each_canary_has_to_be_there_whenever_a_wave_opens(gone: tuple[str, ...]) -> None:
    """Also later, with others well: it runs the program longest, so a slow leak shows in it first."""
    site = Site(Policy(canaries=2, widen_percent=30, parallel=10, soak_ms=60_000))
    while 1 not in site.opened_at or site.under_way() or Progress.WAITING in count(site.units.values()):
        site.look()
        for device in site.under_way():
            site.say(device, Word.GOOD)
    site.asleep = set(gone)
    for _ in range(30):
        site.look(60_000)
    assert site.opened_at.keys() == {0, 1}
    site.asleep = set()
    site.look(60_000)
    assert site.opened_at.keys() == {0, 1, 2}


def test_no_memory_is_answered_by_a_restart() -> None:
    """The board starts again, has a minute, and is asked once more; three times at most."""
    site = Site(number=1)
    site.look()
    site.look()
    for attempt in (1, 2):
        site.say("fire-00", Word.REFUSE, error="内存不足 / " + NO_MEMORY)
        site.look()
        assert site.restarted == ["fire-00"] * attempt
        assert not site.look(30_000).order
        assert site.look(30_000).order == ("fire-00",)
    site.say("fire-00", Word.REFUSE, error="内存不足 / " + NO_MEMORY)
    assert site.look().pause


def test_silence_is_asked_again_and_then_told() -> None:
    """Twenty minutes without a word, three times; an answer that comes late still counts."""
    site = Site(number=1)
    for _ in range(3):
        while not site.look(60_000).lost:
            assert site.state is State.RUNNING
    site.look()
    assert site.state is State.PAUSED
    assert failed(site.units.values(), POLICY)[0].progress is Progress.LOST
    site.say("fire-00", Word.GOOD)
    assert count(site.units.values()) == {Progress.GOOD: 1}


SAID = (Word.FETCH, Word.RESTART, Word.GOOD, Word.GOOD, Word.REFUSE, Word.ROLL_BACK)


def _check_step(site: Site, before: dict[str, Unit], found: Step) -> None:
    if found.open_wave:
        assert any(unit.progress in OVER for unit in before.values() if unit.wave < found.open_wave)
        assert not any(unit.progress in UNDER_WAY for unit in before.values())
    if found.order:
        assert len(failed(before.values(), site.policy)) <= site.policy.max_failed


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(0, 3))
def test_whatever_they_do(seed: int, number: int, max_failed: int) -> None:
    """Never more at once than allowed, never a wave before its time, no failure beyond the limit goes on unseen."""
    rng = random.Random(seed)
    site = Site(Policy(canaries=2, parallel=3, soak_ms=60_000, max_failed=max_failed), number)
    for _ in range(400):
        if site.state is State.RUNNING:
            before = dict(site.units)
            _check_step(site, before, site.look(30_000))
            site.asleep = {name for name in site.units if rng.random() < 0.2}
            for device in site.under_way():
                if rng.random() < 0.5:
                    site.say(device, rng.choice(SAID))
    assert site.most_at_once <= 3
    if site.state is State.DONE:
        assert all(unit.progress in OVER for unit in site.units.values())
    if site.state is State.PAUSED:
        assert len(failed(site.units.values(), site.policy)) > max_failed
