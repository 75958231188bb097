"""Many incidents of one kind in one area in a short time, drawn as one row: a street loses its power.

Display only: each keeps its own deadlines, people and log. What endangers lives is never drawn into one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise

from cloud.board.views import IncidentRow
from cloud.console.picture import Node
from domain.grids import Area, AreaTree
from domain.incidents import Severity, is_grave

# ISA-18.2 calls it a flood from more than 10 alarms in 10 minutes on, until fewer than 5 come in 10 minutes:
# on average one every 2 minutes
FLOOD_MIN = 11
FLOOD_GAP_MS = 120_000
FLOOD_LEVEL = 2  # of the tree, the lowest is 0: a street where levels are grid, community, street, district
FAR_MS = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """One row for many. Everything it says is of its members."""

    key: str  # the same as long as it is the same flood; for addresses and open pages
    kind: str
    area: Area | None  # the lowest that holds all of them; None where the tree is empty
    nodes: tuple[Node, ...]  # in the order of the board
    severity: str  # the worst
    first: IncidentRow  # whose deadline is the first
    late: int
    active: int
    stages: tuple[tuple[str, int], ...]
    since_ms: int
    last_ms: int


Entry = Node | Flood


def nodes_of(entry: Entry) -> tuple[Node, ...]:
    """The incidents that a row stands for."""
    return entry.nodes if isinstance(entry, Flood) else (entry,)


def grouped(nodes: Iterable[Node], tree: AreaTree) -> tuple[Entry, ...]:
    """The nodes with floods drawn together; a flood stands where its first deadline stood. Order is kept."""
    every = tuple(nodes)
    street = cache(partial(_street, tree))  # a thousand incidents stand in a few grids
    streams: dict[tuple[str, str], list[Node]] = {}
    for node in every:
        if not _grave(node):
            area = street(node.row.grid, node.row.site)
            streams.setdefault((node.row.kind, area.id if area else ""), []).append(node)
    inside: dict[str, Flood] = {}
    for (kind, area_id), stream in sorted(streams.items()):
        for number, run in enumerate(_runs(stream)):
            if len(run) >= FLOOD_MIN:
                flood = _flood(f"{kind}.{area_id}.{number}", every, {node.row.id for node in run}, tree)
                inside |= {node.row.id: flood for node in flood.nodes}
    return tuple(_placed(every, inside))


def _grave(node: Node) -> bool:
    return any(_is_grave(row.kind, row.severity) for row in node.places)


_is_grave = lru_cache(maxsize=256)(is_grave)  # there are fewer kinds with their severities


def _street(tree: AreaTree, grid: str, site: str) -> Area | None:
    """The area within which one cause is looked for."""
    chain = tree.locate(grid, site)
    return next((area for area in chain if tree.rank(area.level) >= FLOOD_LEVEL), chain[-1] if chain else None)


def _runs(stream: list[Node]) -> Iterator[list[Node]]:
    """Cut where nothing came for a while."""
    ordered = sorted(stream, key=lambda node: (node.row.raised_at_ms, node.row.id))
    run = ordered[:1]
    for before, node in pairwise(ordered):
        if node.row.raised_at_ms - before.row.raised_at_ms > FLOOD_GAP_MS:
            yield run
            run = []
        run.append(node)
    if run:
        yield run


def _placed(nodes: tuple[Node, ...], inside: dict[str, Flood]) -> Iterator[Entry]:
    drawn: set[str] = set()
    for node in nodes:
        flood = inside.get(node.row.id)
        if flood is None:
            yield node
        elif flood.key not in drawn:
            drawn.add(flood.key)
            yield flood


def _flood(key: str, every: tuple[Node, ...], ids: set[str], tree: AreaTree) -> Flood:
    nodes = tuple(node for node in every if node.row.id in ids)
    rows = [node.row for node in nodes]
    raised = [row.raised_at_ms for row in rows]
    severities = [Severity(node.severity) for node in nodes]
    return Flood(
        key=key,
        kind=rows[0].kind,
        area=_common([tree.locate(row.grid, row.site) for row in rows]),
        nodes=nodes,
        severity=max(severities, key=lambda severity: severity.rank),
        first=min(rows, key=lambda row: row.deadline_ms or FAR_MS),
        late=sum(row.overdue for row in rows),
        active=sum(node.active for node in nodes),
        stages=tuple(Counter(row.stage for row in rows).most_common()),
        since_ms=min(raised),
        last_ms=max(raised),
    )


def _common(chains: list[Sequence[Area]]) -> Area | None:
    """The lowest area that all chains have."""
    shared = set.intersection(*({area.id for area in chain} for chain in chains))
    return next((area for area in chains[0] if area.id in shared), None)
