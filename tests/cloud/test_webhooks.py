"""Webhooks: signed, in order, at least once, each at its own pace, and nothing lost while a receiver is down."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from ipaddress import ip_address

import pytest
from sqlalchemy import select

from cloud.notices.channel import NotDelivered
from cloud.notices.webhooks import carrier as carrier_module
from cloud.notices.webhooks.carrier import Carrier
from cloud.notices.webhooks.desk import WEBHOOKS_MAX, BadWebhook, UnknownWebhook, Webhooks, reseal
from cloud.notices.webhooks.feed import BATCH, Feed, Gone
from cloud.notices.webhooks.reach import Address, OutOfReach, reach_of
from cloud.store.models import IncidentLog
from cloud.store.models_notices import Webhook
from cloud.trust.vault import open_vault, rotate
from domain.incidents import Move
from domain.notices import NoticePolicy
from runtime.settings import SettingsError
from tests.cloud.conftest import Centre
from tests.cloud.receivers import HttpReceiver, http_receiver

HERE = reach_of("127.0.0.1/32")  # the receivers of these tests
Sent = list[tuple[str, dict[str, object]]]


class Other:
    """A receiver on the other side of the port: keeps what it got, or fails."""

    def __init__(self) -> None:
        self.got: Sent = []
        self.bad: NotDelivered | None = None

    def __call__(self, webhook: str, _url: str, _secret: str, body: bytes) -> None:
        """Take a parcel."""
        if self.bad:
            raise self.bad
        self.got += [(webhook, event) for event in json.loads(body)]

    def ids(self, webhook: str | None = None) -> list[int]:
        """Numbers of the events, as they came."""
        return [int(str(event["id"])) for name, event in self.got if webhook in (None, name)]


class Bench:
    """Webhooks of a centre."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        plan, clock = centre.desk.plan, centre.clock
        self.webhooks = Webhooks(centre.store, plan, clock)
        self.webhooks.seals = open_vault(centre.folder / "keys.json")
        self.webhooks.reach = HERE
        self.feed = Feed(centre.store, clock, plan, NoticePolicy(), self.webhooks.open_secret, lambda: 0.5)
        self.other = Other()

    def add(self, name: str = "command", area: str | None = None, kinds: tuple[str, ...] = ()) -> str:
        """A webhook; its id."""
        view, _ = self.webhooks.add(name, "https://command.example.cn/in?key=abc", area, kinds, "zhou-mingyuan")
        return view.id

    def carry(self) -> None:
        """Until nothing is left to do now."""
        self.centre.clock.go(6)  # numbers that are missing do not come any more
        for webhook in self.feed.due():
            while self.feed.step(webhook, self.other):
                pass

    def logged(self) -> list[int]:
        """Numbers of all entries."""
        with self.centre.store.read() as session:
            return list(session.scalars(select(IncidentLog.id).order_by(IncidentLog.id)))

    def row(self, webhook: str) -> Webhook:
        """As it is stored."""
        with self.centre.store.read() as session:
            return session.get_one(Webhook, webhook)


@pytest.fixture
def bench(centre: Centre) -> Bench:
    """On both databases."""
    return Bench(centre)


@pytest.fixture
def lite(sqlite_centre: Centre) -> Bench:
    """On SQLite."""
    return Bench(sqlite_centre)


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """A real one."""
    with http_receiver() as receiver:
        yield receiver


def test_everything_from_now_on_in_order_and_once(bench: Bench) -> None:
    bench.centre.take(1)
    before = bench.logged()
    bench.add()
    bench.centre.take(2, device="fire-b", kind="sensor_fault", severity="minor")
    bench.centre.take(1, revision=2, severity="critical")
    bench.carry()
    bench.carry()

    assert bench.other.ids() == [number for number in bench.logged() if number not in before]
    [view] = bench.webhooks.rows()
    assert (view.state, view.behind, view.url) == ("active", 0, "https://command.example.cn/in")


def test_an_event_says_what_happened_and_how_it_is_now(lite: Bench) -> None:
    lite.add()
    incident_id = lite.centre.take(1)
    lite.centre.move(incident_id, Move.ACCEPT)
    lite.carry()
    first, last = lite.other.got[0][1], lite.other.got[-1][1]

    assert first["type"] == "gridwhistle.desk.raised"
    assert first["subject"] == last["subject"] == incident_id
    assert last["type"] == "gridwhistle.desk.accept"
    data = json.loads(json.dumps(first))["data"]
    assert data["incident"]["stage"] == "accepted", "the present state, also with an old entry"
    assert data["incident"]["holder"] == "zhou-mingyuan"


def test_what_was_made_while_it_was_down_comes_later(bench: Bench) -> None:
    webhook = bench.add()
    bench.other.bad = NotDelivered("no connection")
    bench.centre.take(1)
    waits = []
    for _ in range(3):
        bench.carry()
        row = bench.row(webhook)
        assert (row.state, row.reason) == ("failing", "no connection")
        waits.append(row.due_ms - bench.centre.clock.now_ms())
        bench.centre.clock.at[0] = row.due_ms
    bench.centre.take(2, device="fire-b")
    bench.other.bad = None
    bench.carry()

    assert waits == [5000, 10_000, 20_000]
    assert bench.other.ids() == bench.logged()
    assert bench.row(webhook).state == "active"


def test_one_that_fails_holds_no_other_up(lite: Bench) -> None:
    good, bad = lite.add("good"), lite.add("bad")
    lite.centre.take(1)
    lite.centre.clock.go(6)

    def moody(webhook: str, url: str, secret: str, body: bytes) -> None:
        if webhook == bad:
            raise NotDelivered("down")
        lite.other(webhook, url, secret, body)

    for webhook in lite.feed.due():
        while lite.feed.step(webhook, moody):
            pass

    assert lite.other.ids(good) == lite.logged()
    assert {view.name: view.state for view in lite.webhooks.rows()} == {"good": "active", "bad": "failing"}


def test_area_and_kinds_choose(lite: Bench) -> None:
    here, fires = lite.add("here", area="heping"), lite.add("fires", kinds=("fire",))
    lite.centre.take(1)
    lite.centre.take(2, device="fire-b", kind="sensor_fault", severity="minor")
    lite.centre.take(3, device="fire-h", grid="110105001002001", site="heping", kind="power", severity="minor")
    lite.carry()

    def kinds(webhook: str) -> set[object]:
        return {json.loads(json.dumps(e))["data"]["incident"]["kind"] for name, e in lite.other.got if name == webhook}

    assert kinds(here) == {"power"}
    assert kinds(fires) == {"fire"}
    assert all(view.behind == 0 for view in lite.webhooks.rows())


def test_a_receiver_that_is_gone_is_left_alone_until_a_person_says_so(lite: Bench) -> None:
    webhook = lite.add()
    lite.other.bad = Gone("the receiver says that it is gone (410)")
    lite.centre.take(1)
    lite.carry()
    assert lite.row(webhook).state == "stopped"
    assert lite.feed.due() == []
    lite.other.bad = None
    lite.webhooks.resume(webhook, skip=False)
    lite.carry()

    assert lite.other.ids() == lite.logged()


def test_three_days_of_failures_stop_it_and_it_may_skip(lite: Bench) -> None:
    webhook = lite.add()
    lite.other.bad = NotDelivered("down")
    lite.centre.take(1)
    lite.carry()
    lite.centre.clock.go(3 * 86_400)
    lite.carry()
    assert lite.row(webhook).state == "stopped"
    lite.other.bad = None
    lite.webhooks.resume(webhook, skip=True)
    lite.carry()

    assert lite.other.ids() == []
    assert lite.webhooks.rows()[0].behind == 0


def test_a_worker_that_died_with_a_parcel_is_followed_by_another(bench: Bench) -> None:
    webhook = bench.add()
    bench.centre.take(1)
    bench.centre.clock.go(6)
    parcel = bench.feed.claim(webhook)
    assert parcel is not None
    assert bench.feed.claim(webhook) is None, "one at a time"
    bench.centre.clock.go(61)
    bench.carry()

    assert bench.other.ids() == bench.logged()
    bench.feed.settle(parcel, None)
    assert bench.webhooks.rows()[0].behind == 0, "a late word of the first one moves nothing back"


def test_a_number_that_is_missing_is_waited_for(lite: Bench) -> None:
    """Another transaction began earlier and commits later: what it writes must not be passed over."""
    lite.add()
    incident_id = lite.centre.take(1)
    first = lite.logged()[0]
    with lite.centre.store.write() as session:
        late = session.get_one(IncidentLog, first)
        fields = {name: getattr(late, name) for name in IncidentLog.__table__.columns.keys()}  # noqa: SIM118
        session.delete(late)
    assert lite.feed.claim(lite.feed.due()[0]) is None
    with lite.centre.store.write() as session:
        session.add(IncidentLog(**fields))
    lite.carry()

    assert lite.other.ids() == lite.logged()
    assert lite.other.got[0][1]["subject"] == incident_id


def test_a_storm_goes_in_batches(lite: Bench) -> None:
    lite.add()
    for number in range(1, 120):
        lite.centre.take(number, device=f"fire-{number}", kind="power", severity="minor")
    sizes = []

    def counting(_webhook: str, _url: str, _secret: str, body: bytes) -> None:
        sizes.append(len(json.loads(body)))

    lite.centre.clock.go(6)
    while lite.feed.step(lite.feed.due()[0], counting):
        pass

    assert max(sizes) == BATCH
    assert sum(sizes) == len(lite.logged())


async def test_a_real_receiver_can_check_who_sent_it(lite: Bench, receiver: HttpReceiver) -> None:
    view, secret = lite.webhooks.add("real", f"http://{receiver.url}/hook", None, (), "a")
    lite.centre.take(1)
    lite.centre.clock.go(6)
    carrier = Carrier(lite.feed, lite.centre.clock, HERE)
    await asyncio.to_thread(lite.feed.step, view.id, carrier.send)

    [(path, headers, body)] = receiver.got
    stamp = headers["gridwhistle-timestamp"]
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert path == "/hook"
    assert headers["gridwhistle-signature"] == f"v1={expected}"
    assert headers["gridwhistle-webhook"] == view.id
    assert headers["content-type"].startswith("application/cloudevents-batch+json")
    assert [int(event["id"]) for event in json.loads(body)] == lite.logged()


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [(500, NotDelivered, "answered 500"), (302, NotDelivered, "answered 302"), (410, Gone, "gone")],
)
async def test_what_a_receiver_refuses(
    lite: Bench, receiver: HttpReceiver, status: int, error: type[NotDelivered], says: str
) -> None:
    receiver.answers = [status]
    carrier = Carrier(lite.feed, lite.centre.clock, HERE)
    with pytest.raises(error, match=says):
        await asyncio.to_thread(carrier.send, "wh-1", f"http://{receiver.url}/", "s", b"[]")


async def test_one_that_dribbles_holds_nothing_for_long(lite: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of a header now and then, without end: each is in time, the answer never is."""
    monkeypatch.setattr(carrier_module, "TIMEOUT_S", 0.5)

    async def dribble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError), closing(writer):
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while not over.is_set():
                writer.write(b"X-Late: 1\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
        ended.set()

    over, ended = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    carrier = Carrier(lite.feed, lite.centre.clock, HERE)
    async with asyncio.timeout(20):
        with pytest.raises(NotDelivered, match="no answer within"):
            await asyncio.to_thread(carrier.send, "wh-1", url, "s", b"[]")
        over.set()
        await ended.wait()
    server.close()
    await server.wait_closed()


async def test_nobody_there_names_no_address(lite: Bench, free_port: int) -> None:
    carrier = Carrier(lite.feed, lite.centre.clock, HERE)
    with pytest.raises(NotDelivered) as refused:
        await asyncio.to_thread(carrier.send, "wh-1", f"http://user:geheim@127.0.0.1:{free_port}/", "s", b"[]")
    assert "geheim" not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0", "169.254.169.254",
     "fe80::1", "100.100.100.200", "fd00:ec2::254", "100.64.0.1", "224.0.0.1", "ff0e::1", "255.255.255.255",
     "::7f00:1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "fec0::1", "168.63.129.16", "192.0.0.192"],
)  # fmt: skip
def test_what_only_this_machine_may_ask_is_out_of_reach(address: str) -> None:
    reach = reach_of()

    assert not reach.allows(ip_address(address))
    with pytest.raises(OutOfReach, match="WEBHOOK_NETWORKS"):
        reach.check_host(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "172.31.0.1", "192.168.1.1", "fd12::1", "8.8.8.8", "2400:3200::1"])
def test_the_citys_own_network_and_the_public_one_are_in_reach(address: str) -> None:
    assert reach_of().allows(ip_address(address))
    assert reach_of("").allows(ip_address(address)) is (address in ("8.8.8.8", "2400:3200::1")), "a narrower setting"


def test_an_address_of_metadata_is_allowed_by_its_own_name_only() -> None:
    assert not reach_of("100.64.0.0/10").allows(ip_address("100.100.100.200"))
    assert reach_of("100.100.100.200/32").allows(ip_address("100.100.100.200"))
    with pytest.raises(SettingsError, match="WEBHOOK_NETWORKS"):
        reach_of("10.0.0.0/8;here")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "db.localhost", "127.1", "2130706433", "[::1]"])
def test_a_webhook_to_this_machine_is_refused_at_once(lite: Bench, host: str) -> None:
    lite.webhooks.reach = reach_of()
    with pytest.raises(BadWebhook, match="WEBHOOK_NETWORKS"):
        lite.webhooks.add("x", f"http://{host}:8086/write", None, (), "a")


async def test_a_name_is_judged_when_it_is_sent_and_not_looked_up_again(lite: Bench, receiver: HttpReceiver) -> None:
    """Who owns a name may let it point here after it was typed; the request goes to the address that was judged."""
    asked: list[str] = []

    def names(host: str, _port: int) -> list[Address]:
        asked.append(host)
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    url = f"http://hook.example.cn:{receiver.port}/in?key=1"
    with pytest.raises(NotDelivered, match="WEBHOOK_NETWORKS"):
        await asyncio.to_thread(Carrier(lite.feed, lite.centre.clock, reach_of(), names).send, "wh-1", url, "s", b"[]")
    assert receiver.got == []
    await asyncio.to_thread(Carrier(lite.feed, lite.centre.clock, HERE, names).send, "wh-1", url, "s", b"[]")

    [(path, headers, _)] = receiver.got
    assert (path, headers["host"]) == ("/in?key=1", f"hook.example.cn:{receiver.port}")
    assert asked == ["hook.example.cn"] * 2, "once a request"


async def test_the_carrier_runs_by_itself(lite: Bench, receiver: HttpReceiver) -> None:
    lite.webhooks.add("real", f"http://{receiver.url}/", None, (), "a")
    carrier = Carrier(lite.feed, lite.centre.clock, HERE)
    lite.centre.desk.listen(carrier.changed)
    running = asyncio.create_task(carrier.run())
    try:
        await asyncio.to_thread(lite.centre.take, 1)
        async with asyncio.timeout(10):
            while not receiver.got:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_secret_is_sealed_and_survives_a_new_key(lite: Bench) -> None:
    view, secret = lite.webhooks.add("real", "https://a.example.cn/", None, (), "a")
    assert secret not in lite.row(view.id).secret
    lite.webhooks.seals = rotate(lite.centre.folder / "keys.json")
    with lite.centre.store.write() as session:
        assert reseal(session, lite.webhooks.seals) == 1

    assert lite.webhooks.open_secret(lite.row(view.id)) == secret


def _too_many(bench: Bench) -> None:
    for number in range(WEBHOOKS_MAX + 1):
        bench.add(f"w{number}")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda b: b.webhooks.add("", "https://a/", None, (), "a"), "name"),
        (lambda b: b.webhooks.add("x", "ftp://a/", None, (), "a"), "url"),
        (lambda b: b.webhooks.add("x", "https:///", None, (), "a"), "url"),
        (lambda b: b.webhooks.add("x", "https://a:b:c/", None, (), "a"), "url"),
        (lambda b: b.webhooks.add("x", "https://a/ b", None, (), "a"), "url"),
        (lambda b: b.add("x", area="nowhere"), "area"),
        (lambda b: b.add("x", kinds=("flood",)), "kinds"),
        (lambda b: [b.add("x"), b.add("x")], "called x already"),
        (_too_many, f"{WEBHOOKS_MAX} webhooks"),
    ],
    ids=["name", "scheme", "host", "port", "space", "area", "kinds", "twice", "many"],
)
def test_a_webhook_that_cannot_be_is_refused(lite: Bench, wrong: Callable[[Bench], object], says: str) -> None:
    with pytest.raises(BadWebhook, match=says):
        wrong(lite)


def test_an_unknown_one_is_named(lite: Bench) -> None:
    with pytest.raises(UnknownWebhook, match="wh-1"):
        lite.webhooks.remove("wh-1")
    with pytest.raises(UnknownWebhook, match="wh-1"):
        lite.webhooks.resume("wh-1", skip=False)
    webhook = lite.add()
    lite.webhooks.remove(webhook)
    assert lite.webhooks.rows() == ()
