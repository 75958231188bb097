"""How the board is laid out: what stands apart, what stands inside what, what the headline says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cloud.board.views import Board, GatewayRow, IncidentRow
from domain.incidents import OVER, STAGE_MOVES, Severity, Stage

# default: three rounds of status messages (5 s) and the 30 s after which a gateway counts as silent; of real time
DEAF_MS = 45_000
CALLS_MAX = 20  # default; who sees twenty fires at once needs no twenty-first notification
STAGES = tuple(stage for stage in Stage if stage is not Stage.VOID)  # the way of an incident, in its order


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An incident with its members inside; `severity` is the worst of them."""

    row: IncidentRow
    members: tuple[IncidentRow, ...]
    severity: str

    @property
    def places(self) -> tuple[IncidentRow, ...]:
        """Every place of it: the first one reported stands for the whole."""
        return (self.row, *self.members)

    @property
    def listed(self) -> tuple[IncidentRow, ...]:
        """What is listed inside it: of a fire itself and its rooms, of a common cause its members, worst first."""
        if self.row.life_safety:
            return self.places
        return tuple(sorted(self.members, key=lambda row: (row.condition != "active", -Severity(row.severity).rank)))

    @property
    def active(self) -> bool:
        """True where any place is still in alarm."""
        return any(row.condition == "active" for row in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The board in one line."""

    state: str  # alarm: a fire nobody has; taken: all fires have somebody; unsure: cannot know; shelved; quiet
    fires: int  # life safety, all kinds
    only_fires: bool
    burning: int
    free: int
    others: int
    overdue: int
    worst: IncidentRow | None  # whose time runs out first
    severity: str | None  # of the worst fire
    ring: tuple[str, ...]  # what must sound until somebody accepts it; a rise in severity sounds again
    calls: tuple[IncidentRow, ...]  # what nobody has accepted yet, for notifications; bounded
    shelved: int  # what concerns lives and is kept back by somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything the board page draws."""

    now_ms: int
    speed: float
    headline: Headline
    fires: tuple[Node, ...]
    rest: tuple[Node, ...]
    more: int  # what is due later and not listed
    hidden: int  # what a filter takes away
    closed: tuple[IncidentRow, ...]
    gateways: tuple[GatewayRow, ...]
    online: int
    last_contact_ms: int | None
    deaf: bool  # the centre hears no gateway at all: nothing new can come


def next_move(stage: str) -> str | None:
    """The sensible move of a stage: the first of its table. The desk has the last word."""
    if stage in OVER:
        return None
    return next((str(move) for at, move in STAGE_MOVES if at == stage), None)


def arrange(board: Board, *, hidden: int = 0, hidden_late: int = 0, broker: bool = True) -> Picture:
    """The board as it is drawn. Keeps the order of the desk; a member whose parent is not open stands for itself.

    `hidden` and how many of that are late: what a filter took away. `broker`: our link to it stands.
    """
    nodes = tuple(_nodes(board.open))
    seen = [gateway.last_seen_ms for gateway in board.gateways if gateway.last_seen_ms is not None]
    last_ms = max(seen, default=None)
    silent_ms = 0 if last_ms is None else board.now_ms - last_ms  # far below 0: a clock was set back, nobody knows
    deaf = not broker or abs(silent_ms) > DEAF_MS * max(1.0, board.speed)
    return Picture(
        now_ms=board.now_ms,
        speed=board.speed,
        headline=_headline(board, nodes, deaf=deaf, hidden=hidden, hidden_late=hidden_late),
        fires=tuple(sorted((node for node in nodes if node.row.life_safety), key=_gravest_first)),
        rest=tuple(sorted((node for node in nodes if not node.row.life_safety), key=_less_than_critical)),
        more=board.more,
        hidden=hidden,
        closed=board.recently_closed,
        gateways=board.gateways,
        online=sum(gateway.state == "online" for gateway in board.gateways),
        last_contact_ms=last_ms,
        deaf=deaf,
    )


def node_of(row: IncidentRow, members: tuple[IncidentRow, ...]) -> Node:
    """An incident and its members."""
    if not members:
        return Node(row=row, members=members, severity=row.severity)
    severities = [Severity(place.severity) for place in (row, *members)]
    return Node(row=row, members=members, severity=max(severities, key=lambda severity: severity.rank))


def _nodes(rows: tuple[IncidentRow, ...]) -> Iterable[Node]:
    open_ids = {row.id for row in rows}
    inside: dict[str, list[IncidentRow]] = {}
    for row in rows:
        if row.parent_id in open_ids:
            inside.setdefault(row.parent_id or "", []).append(row)
    for row in rows:
        if row.parent_id not in open_ids:
            yield node_of(row, tuple(inside.get(row.id, ())))


def _gravest_first(node: Node) -> tuple[int, bool]:
    """By its worst place, then those where a place has nobody; within that as the desk has them: by deadline."""
    return -Severity(node.severity).rank, all(row.stage != Stage.REPORTED for row in node.places)


def _less_than_critical(node: Node) -> bool:
    """What is critical stands first, also by a member; the rest as the desk has it."""
    return node.severity != Severity.CRITICAL


def _headline(board: Board, nodes: tuple[Node, ...], *, deaf: bool, hidden: int, hidden_late: int) -> Headline:
    fires = [row for row in board.open if row.life_safety]
    free = [row for row in fires if row.stage == Stage.REPORTED]
    watched = not deaf and bool(board.gateways) and all(gateway.state == "online" for gateway in board.gateways)
    shelved = sum(shelf.life_safety for gateway in board.gateways for shelf in gateway.shelved)
    rest = [node.row for node in nodes if not node.row.life_safety]  # members of a common cause are not counted again
    calm = ("shelved" if shelved else "quiet") if watched else "unsure"
    return Headline(
        state="alarm" if free else "taken" if fires else calm,
        fires=len(fires),
        only_fires=all(row.kind == "fire" for row in fires),
        burning=sum(row.condition == "active" for row in fires),
        free=len(free),
        others=board.more + hidden + len(rest),
        overdue=hidden_late + sum(row.overdue for row in (*fires, *rest)),
        worst=min(free or fires, key=lambda row: row.deadline_ms or 1 << 62, default=None),
        severity=max((Severity(row.severity) for row in fires), key=lambda severity: severity.rank, default=None),
        ring=tuple(f"{row.id}:{row.severity}" for row in free),
        calls=tuple(free[:CALLS_MAX]),
        shelved=shelved,
    )
