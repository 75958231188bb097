"""Which messages of an endpoint have been seen: intervals of sequence numbers for each boot. Pure and bounded."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

MAX_BOOTS = 8  # late samples come from the last boots; older ones are long forgotten by the endpoint itself
MAX_SPANS = 256  # one hole per outage that the endpoint's ring could not bridge


class Sequences:
    """The (boot, seq) pairs of one endpoint that have been seen.

    Where the bounds are reached the lowest numbers are forgotten: a fact told twice does no harm further on,
    a fact taken for known and dropped would be lost.
    """

    def __init__(self) -> None:
        self._boots: dict[int, list[list[int]]] = {}

    def add(self, boot: int, seq: int) -> bool:
        """True where this pair is new."""
        spans = self._boots.setdefault(boot, [])
        index = bisect_right(spans, seq, key=lambda span: span[0])
        if index and seq <= spans[index - 1][1]:
            return False
        _insert(spans, index, seq)
        if len(spans) > MAX_SPANS:
            spans.pop(0)
        while len(self._boots) > MAX_BOOTS:
            del self._boots[min(self._boots)]
        return True

    def spans(self, boot: int) -> list[tuple[int, int]]:
        """Rising, disjoint, not touching (first, last) of what has been seen of a boot."""
        return [(first, last) for first, last in self._boots.get(boot, [])]

    def to_state(self) -> list[Any]:
        """What `from_state` needs, in plain JSON types."""
        return [[boot, spans] for boot, spans in self._boots.items()]

    @classmethod
    def from_state(cls, state: list[Any]) -> Sequences:
        """The object that `to_state` described."""
        sequences = cls()
        sequences._boots = {boot: [list(span) for span in spans] for boot, spans in state}
        return sequences


def _insert(spans: list[list[int]], index: int, seq: int) -> None:
    # index: of the first span that begins above seq; seq lies in no span
    joins_left = index > 0 and spans[index - 1][1] == seq - 1
    joins_right = index < len(spans) and spans[index][0] == seq + 1
    if joins_left and joins_right:
        spans[index - 1][1] = spans.pop(index)[1]
    elif joins_left:
        spans[index - 1][1] = seq
    elif joins_right:
        spans[index][0] = seq
    else:
        spans.insert(index, [seq, seq])


def ranges_of(numbers: list[int]) -> list[tuple[int, int]]:
    """(first, last) of every run in the numbers."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        _insert(spans, len(spans), number)
    return [(first, last) for first, last in spans]
