"""What people and programs may ask of the history: curves at a level that fits, and which channels there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import select

from cloud.history.arriving import fit_name
from cloud.history.asking import CHANNELS_MAX, CURVES_MAX, LARGE, POINTS_ALL, POINTS_MAX, SMALL, Answer, Ask, Drawn
from cloud.history.devices import Device, devices_of, neighbours
from cloud.history.exports.desk import Exports
from cloud.history.exports.wish import Wish
from cloud.history.exports.writing import pieces
from cloud.history.freezing import Freezing
from cloud.history.gaps import with_gaps
from cloud.history.levels import MERGED, PER_PX, choose, expected, gap_ms, merge, merged_width, period_ms, stretches
from cloud.history.owing import Owing, owing
from cloud.history.personal import impersonal
from cloud.history.plots import Limit, draw, evidence, limits_of, plan_evidence, plan_plot
from cloud.history.port import Curve, Keep, Known, Point, Series
from cloud.history.room import Room
from cloud.history.turns import Turns
from cloud.history.views import PlotView
from cloud.plan import Plan
from cloud.records import incident_of
from cloud.store.engine import Store
from cloud.store.models import Incident
from protocol.channels import CHANNELS, unit_of
from runtime.clock import Clock

INCIDENTS_MAX = 10


class History:
    """The readings of a centre, for those who look at them. Blocks; never call it from the event loop."""

    def __init__(self, store: Store, series: Series, plan: Plan, clock: Clock) -> None:
        self._store = store
        self._series = series
        self._plan = plan
        self._clock = clock
        self.keep = Keep()
        self.exports = Exports(store, series, clock)
        self.freezing = Freezing(store, series, plan, clock)
        self._turns, self._small = Turns(), Turns(waiting=10)
        self.room = Room(series)
        self.keeper: Callable[[], dict[str, int]] = dict  # health of who keeps house, where the readings are

    def use(self, keep: Keep) -> None:
        """What retention leaves, as the settings say."""
        self.keep = self.freezing.keep = keep

    def owing(self) -> Owing:
        """For who keeps house: what retention has to wait for."""
        return owing(self._store)

    def health(self) -> dict[str, int]:
        """For /readyz: what the store of readings says of itself, and what was frozen."""
        return {**self._series.health(), **self.room.health(), **self.freezing.counters, **self.keeper()}

    def read(self, ask: Ask) -> Answer:
        """The curves that were asked for, at one level, each of at most some points; in the order asked for."""
        named = {device: self._channels_of(ask, device) for device in ask.devices}
        count = max(1, sum(map(len, named.values())))
        level = ask.level or choose(ask.from_ms, ask.to_ms, ask.width, self._clock.now_ms(), self.keep)
        width = min(ask.width, POINTS_ALL // (PER_PX * count))
        limit = min(ask.limit, POINTS_ALL // count) if ask.level else max(POINTS_MAX, PER_PX * MERGED * ask.width)
        curves: list[Curve] = []
        for device, channels in named.items():
            curves += self._series.read(device, channels, ask.from_ms, ask.to_ms, level, limit)
        step_ms = 0 if ask.level else max([merged_width(c, ask.from_ms, ask.to_ms, width) for c in curves] or [0])
        drawn = tuple(_drawn(curve, step_ms) for curve in curves)
        return Answer(from_ms=ask.from_ms, to_ms=ask.to_ms, level=level, step_ms=step_ms or level.step_ms, curves=drawn)

    def turn(self, ask: Ask) -> AbstractContextManager[None]:
        """Around `read` and what is made of it: questions wait for others of their size. Raises HistoryBusy.

        Else a hundred open pages would take the time of the intake. Size is what is read, however little of it is
        drawn: of a fine level many points become one.
        """
        count = len(ask.devices) * len(ask.channels) or CURVES_MAX
        most = ask.limit if ask.level else PER_PX * MERGED * ask.width
        level = ask.level or choose(ask.from_ms, ask.to_ms, ask.width, self._clock.now_ms(), self.keep)
        points = count * min(most, expected(level, ask.to_ms - ask.from_ms))
        return self._turns.take(large=True) if points > LARGE else self._small.take(large=points > SMALL)

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """Single readings of one channel, both ends included; None marks a gap."""
        return with_gaps(self._series.window(device, channel, from_ms, to_ms))

    def plot(self, incident_id: str, *, near: bool = False) -> tuple[PlotView, ...]:
        """Readings around a breach, a curve per channel with its limit, or those nearby. Raises UnknownIncident."""
        with self._store.read() as session:
            incident = incident_of(session, incident_id)
            plan = plan_plot(session, incident, self._clock.now_ms(), self._plan if near else None)
        return draw(self._series, plan)

    def evidence(
        self, incident_id: str, wish: Wish, actor: str, address: str = "", *, positions: bool = False
    ) -> Iterator[bytes]:
        """The readings kept with an incident, as a file; positions of people if wanted. Raises UnknownIncident."""
        with self._store.read() as session:
            plan = plan_evidence(session, incident_of(session, incident_id), self._clock.now_ms(), positions=positions)
        self.exports.note(wish, actor, address)
        return pieces(evidence(self._series, plan), wish, lambda _rows: None)

    def channels(self, devices: Sequence[str] = ()) -> list[Known]:
        """Channels with readings, of some devices or of all."""
        if not devices:
            return self._series.known()
        return [known for device in devices for known in self._series.known(device)]

    def devices(self, names: Iterable[str] | None = None) -> dict[str, Device]:
        """Where devices hang, by name: those named, or all that gateways have told of."""
        wanted = None if names is None else list(names)
        with self._store.read() as session:
            found = devices_of(session, wanted)
        return found if wanted is None else {name: found.get(name, Device(device=name)) for name in wanted}

    def limits(self, devices: Iterable[str]) -> dict[tuple[str, str], Limit]:
        """Limits that spoke last on channels of these devices, by (device, channel); others are not known here."""
        found: dict[tuple[str, str], Limit] = {}
        for incident in self.incidents(devices):
            for channel, limit in limits_of(incident.signals).items():
                found.setdefault((incident.device, channel), limit)
        return found

    def incidents(self, devices: Iterable[str]) -> tuple[Incident, ...]:
        """The latest incidents of these devices, the newest first."""
        query = select(Incident).where(Incident.device.in_(list(devices))).order_by(Incident.raised_at_ms.desc())
        with self._store.read() as session:
            return tuple(session.scalars(query.limit(INCIDENTS_MAX)))

    def near(self, device: str) -> tuple[Device, ...]:
        """Devices of the same kind nearby, the nearest first."""
        with self._store.read() as session:
            return neighbours(session, device, self._plan.read.facilities)

    def _channels_of(self, ask: Ask, device: str) -> list[str]:
        """Those asked for; all that can be asked for by their names, where none is."""
        if ask.channels:
            return list(ask.channels)
        most = min(CHANNELS_MAX, CURVES_MAX // len(ask.devices))
        known = impersonal(known.channel for known in self._series.known(device))
        return [name for name in known if fit_name(name)][:most]


def _drawn(curve: Curve, step_ms: int) -> Drawn:
    """Merged where it must be, with what is usual in it."""
    usual = period_ms(curve.at_ms)
    gap = gap_ms(curve.level, usual)
    if step_ms:
        curve = merge(curve, step_ms)
        gap = max(gap, step_ms * 3 // 2)  # one empty bucket, unless the channel speaks more rarely than that
        usual = max(usual, step_ms)
    width = step_ms or curve.level.step_ms
    return Drawn(curve=curve, step_ms=width, gap_ms=gap, period_ms=usual, stretches=stretches(curve, width, gap))


def unit(channel: str) -> str:
    """Unit of a channel; empty for one of foreign equipment that the protocol does not know."""
    return unit_of(channel) if channel in CHANNELS else ""
