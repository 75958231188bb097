"""Works off what people are owed. Each channel has its own queue and its own threads: none holds another up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import structlog

from cloud.changes import Changed
from cloud.notices import handheld
from cloud.notices.channel import Channel, NotDelivered
from cloud.notices.people import Recipients
from cloud.notices.post import AT_ONCE, Job, Post, Written
from cloud.notices.shifts import ShiftWatch
from cloud.notices.spread import BATCH, spread, withdraw_settled
from cloud.notices.ways import Ways
from cloud.plan import Plan
from cloud.store.engine import Store
from runtime.clock import Clock

log = structlog.get_logger()
LOOK_S = 2.0  # notices of other workers, and those whose time has come
TOUCHED_AT_ONCE = 500  # incidents
ALL_MS = 60_000  # now and then every notice is looked at: what another worker did may not have been heard of

Tell = Callable[[Changed], None]


class Notifier:
    """At least once: the state is written after the delivery. `posts` and `channels` have the same names."""

    def __init__(
        self, store: Store, clock: Clock, plan: Plan, ways: Ways, posts: Mapping[str, Post],
        channels: Mapping[str, Channel], tell: Tell,
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._policy = ways.policy
        self._recipients = Recipients(plan, ways)
        self.shifts = ShiftWatch(store, clock, plan, self._recipients, tell)
        self._posts = posts
        self._channels = channels
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._wake = {name: asyncio.Event() for name in ("", *channels)}
        self._touched: frozenset[str] = frozenset()
        self._all_ms = 0
        self.counters: Counter[str] = Counter()

    def changed(self, change: Changed) -> None:
        """A listener of the desk: somebody may be owed something, or nothing any more."""
        if change.incidents and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._touch, change.incidents)

    def _touch(self, incidents: frozenset[str]) -> None:
        self._touched |= incidents
        self._wake[""].set()

    async def run(self) -> None:
        """Deliver and wait, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep())
            for name in self._channels:
                tasks.create_task(self._serve(name))

    async def _keep(self) -> None:
        while True:
            touched, self._touched = self._touched, frozenset()
            more = await asyncio.to_thread(self.look, touched)
            for name, wake in self._wake.items():
                if name:
                    wake.set()
            if not more:
                await self._sleep("")

    def look(self, touched: frozenset[str] = frozenset()) -> bool:
        """Withdraw what is settled, owe new notices to their channels, watch the handhelds; True: there is more."""
        now_ms = self._clock.now_ms()
        if abs(now_ms - self._all_ms) >= ALL_MS:
            self._all_ms = now_ms
            self._withdraw(None, now_ms)
        else:
            for some in _some(sorted(touched)):
                self._withdraw(some, now_ms)
        with self._store.write(["notices:"]) as session:
            count, called = spread(session, self._recipients, now_ms)
        with self._store.write(["notices:handheld"]) as session:
            late = handheld.watch(session, self._recipients, self._policy, now_ms)
        self.counters.update({"owed": count, "handheld_changed": late})
        if called:
            self._tell(Changed(incidents=called))
        return count == BATCH

    def _withdraw(self, incidents: Collection[str] | None, now_ms: int) -> None:
        after: int | None = 0
        while after is not None:
            with self._store.write(["notices:"]) as session:
                count, after = withdraw_settled(session, now_ms, incidents, after)
            self.counters["withdrawn"] += count

    async def _serve(self, name: str) -> None:
        threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"notices-{name}")
        try:
            while True:
                jobs = await self._loop.run_in_executor(threads, self._posts[name].claim)
                sending = (self._loop.run_in_executor(threads, partial(self.deliver, name, job)) for job in jobs)
                await asyncio.gather(*sending)
                if not jobs:
                    await self._sleep(name)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # what is claimed and not sent goes after the restart

    def deliver(self, name: str, job: Job) -> None:
        """One message: written now, sent, and what came of it noted."""
        post = self._posts[name]
        written, error = Written(letter=None, ids=job.ids, settled=()), None
        try:
            written = post.write(job)
            if written.letter is not None:
                self._channels[name].send(written.letter)
        except NotDelivered as failed:
            error = failed
            log.warning("notice_not_delivered", channel=name, person=job.person, why=str(failed))
        if written.ids:
            self.counters[f"{name}.{'failed' if error else 'sent'}"] += 1
        self._tell(Changed(incidents=post.settle(written, error)))

    async def _sleep(self, name: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.02, LOOK_S / self._clock.speed)):
                await self._wake[name].wait()
        self._wake[name].clear()


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), TOUCHED_AT_ONCE):
        yield names[start : start + TOUCHED_AT_ONCE]
