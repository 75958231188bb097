"""Where everything stands in a wiring diagram: board in the middle, parts in a column on either side."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware import svg
from hardware.board_model import Header, Pin
from hardware.design import Design
from hardware.model import Part, Placed

PART_WIDTH = 300.0
HEAD = 62.0  # of a part: its names
ROW = 19.0  # one terminal
GAP = 16.0
PIN = 24.0  # from pin to pin of the board
BOARD_WIDTH = 480.0
LANE = 13.0
MARGIN = 28.0
TOP = 118.0
NAMES = 104.0  # room for the names of nets beside the board


@dataclass(slots=True)
class Box:
    """A part in its column; terminals are on the edge towards the board."""

    placed: Placed
    part: Part
    left: bool
    y: float = 0.0

    @property
    def rows(self) -> list[str]:
        """Wired terminals in the order of the part."""
        return [terminal.name for terminal in self.part.terminals if terminal.name in self.placed.wires]

    @property
    def height(self) -> float:
        """With its terminals."""
        return HEAD + ROW * len(self.rows) + (8 if self.rows else 0)

    def row_y(self, terminal: str) -> float:
        """Height of a terminal."""
        return self.y + HEAD + ROW * self.rows.index(terminal) + ROW / 2


@dataclass(slots=True)
class Layout:
    """All positions. x grows to the right, y downwards."""

    design: Design
    boxes: list[Box] = field(default_factory=list)
    pin_y: dict[str, float] = field(default_factory=dict)  # "J1-4" -> height
    left_lanes: dict[str, float] = field(default_factory=dict)
    right_lanes: dict[str, float] = field(default_factory=dict)
    board_x: float = 0.0
    board_y: float = TOP
    board_height: float = 0.0
    rails_y: float = 0.0  # the table of supplies below the board
    width: float = 0.0
    height: float = 0.0

    @property
    def right_x(self) -> float:
        """Left edge of the right column."""
        return self.width - MARGIN - PART_WIDTH

    def pin_of(self, net: str) -> Pin | None:
        """The pin of a net on this board."""
        gpio = self.design.pins.get(net)
        return None if gpio is None else self.design.board.pin(gpio)

    def header_of(self, place: str) -> Header:
        """The row of pins a place is in."""
        return next(row for row in self.design.board.headers if row.name == place.rsplit("-", 1)[0])

    def crossing(self) -> list[str]:
        """Nets that go to both columns, below the board."""
        return [net for net in self.left_lanes if net in self.right_lanes]

    def on_left(self, net: str) -> bool:
        """True where the pin of the net is on the left of the board."""
        pin = self.pin_of(net)
        return pin is not None and bool(pin.place) and self.header_of(pin.place).side == "left"


def _wired_nets(design: Design, placed: Placed) -> list[str]:
    """Nets that the technician wires: not those made on the board."""
    nets = design.endpoint.nets
    return [target for target in placed.wires.values() if target in nets and nets[target].use != "fixed"]


def _columns(layout: Layout) -> None:
    """Parts beside the pins they hang on; what hangs on no pin below them."""
    free = []
    for placed, part in layout.design.known():
        nets = _wired_nets(layout.design, placed)
        if part.interface == "mechanical":
            continue
        if not nets:
            free.append(Box(placed=placed, part=part, left=True))
            continue
        lefts = sum(layout.on_left(net) for net in nets)
        layout.boxes.append(Box(placed=placed, part=part, left=lefts * 2 >= len(nets)))
    layout.boxes.sort(key=lambda box: _middle(layout, box))
    _divide(layout, free)


def _divide(layout: Layout, free: list[Box]) -> None:
    """Parts that hang on no pin: the first of them to one side, the rest to the other, for columns of like height."""
    left, right = _column_height(layout, left=True), _column_height(layout, left=False)

    def tallest(cut: tuple[int, bool]) -> float:
        first, rest = (sum(box.height + GAP for box in part) for part in (free[: cut[0]], free[cut[0] :]))
        return max(left + first, right + rest) if cut[1] else max(right + first, left + rest)

    count, first_left = min(((k, side) for k in range(len(free) + 1) for side in (False, True)), key=tallest)
    for index, box in enumerate(free):
        box.left = first_left is (index < count)
    layout.boxes += free


def _middle(layout: Layout, box: Box) -> float:
    """Average height of the pins a part hangs on."""
    heights = []
    for net in _wired_nets(layout.design, box.placed):
        pin = layout.pin_of(net)
        if pin is not None and pin.place:
            heights.append(layout.pin_y[pin.place])
    return sum(heights) / len(heights)


def _column_height(layout: Layout, left: bool) -> float:
    return sum(box.height + GAP for box in layout.boxes if box.left is left)


def _stack(layout: Layout) -> None:
    for left in (True, False):
        y = TOP
        for box in (box for box in layout.boxes if box.left is left):
            box.y = y
            y += box.height + GAP


def _lanes(layout: Layout) -> None:
    """One vertical lane per net and side, ordered so that wires of one direction do not cross."""
    for left, lanes in ((True, layout.left_lanes), (False, layout.right_lanes)):
        down: list[tuple[float, str]] = []
        up: list[tuple[float, str]] = []
        for net in layout.design.pins:
            ends = [
                box.row_y(name)
                for box in layout.boxes
                for name, target in box.placed.wires.items()
                if target == net and box.left is left and name in box.rows
            ]
            pin = layout.pin_of(net)
            if layout.design.endpoint.nets[net].use == "fixed" or pin is None or not pin.place:
                continue
            if not ends and layout.on_left(net) is not left:
                continue
            start = layout.pin_y[pin.place]
            (down if sum(ends) >= start * len(ends) else up).append((start, net))
        for far_to_near, (_, net) in enumerate(sorted(down) + sorted(up, reverse=True)):
            lanes[net] = float(far_to_near)


def label_of(target: str) -> str:
    """What stands on the label of a rail or link."""
    return target.upper()


def _label_width(layout: Layout, left: bool) -> float:
    """Room for the labels of rails and links beside the parts of a column."""
    nets = layout.design.endpoint.nets
    labels = [
        svg.pill_width(label_of(target))
        for box in layout.boxes
        for name, target in box.placed.wires.items()
        if box.left is left and name in box.rows and target not in nets
    ]
    return 12 + max(labels, default=0.0)


def of(design: Design) -> Layout:
    """Positions of a design."""
    layout = Layout(design=design)
    rows = max(len(header.places) for header in design.board.headers)
    layout.board_height = rows * PIN + 60
    for header in design.board.headers:
        for row, where in enumerate(header.places):
            layout.pin_y[where] = TOP + 44 + PIN * (row + 0.5)
    _columns(layout)
    _stack(layout)
    _lanes(layout)
    left_pills, right_pills = (_label_width(layout, left=left) for left in (True, False))
    layout.board_x = MARGIN + PART_WIDTH + left_pills + LANE * (len(layout.left_lanes) + 1) + NAMES
    right_width = NAMES + LANE * (len(layout.right_lanes) + 1) + right_pills + PART_WIDTH + MARGIN
    layout.width = layout.board_x + BOARD_WIDTH + right_width
    for net, rank in layout.left_lanes.items():
        layout.left_lanes[net] = MARGIN + PART_WIDTH + left_pills + LANE * (rank + 1)
    for net, rank in layout.right_lanes.items():
        layout.right_lanes[net] = layout.right_x - right_pills - LANE * (rank + 1)
    crossing = len(layout.crossing())
    layout.rails_y = TOP + layout.board_height + LANE * (crossing + 2) + 30
    rails_end = layout.rails_y + 22 * (len(design.endpoint.rails) + 1)
    columns = max(_column_height(layout, left=True), _column_height(layout, left=False))
    layout.height = max(TOP + columns, rails_end) + 76
    return layout
