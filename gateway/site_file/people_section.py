"""The workers of a site, as its site file names them: [[people]] with their terminals, and [tasks]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.roster import Person, Roster, Shift
from domain.site_tasks import Worker
from domain.task_policy import TaskPolicy
from gateway.site_file.reader import Reader

LOCAL_MIN = 480  # +08:00, one zone for the whole country


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEntry:
    """One [[people]] of a site file. `id` is the person's id in the roster of the centre, `device` the handheld."""

    id: str
    name: str
    device: str
    grid: str
    duty: tuple[str, ...] = ("00:00-24:00",)
    role: str = "grid_worker"

    def __post_init__(self) -> None:
        for text in self.duty:
            try:
                Shift.parse(text)
            except ValueError:
                raise ValueError(f"duty {text!r} is no time: write for instance 08:00-20:00") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The workers, in the order in which they are called."""

    roster: Roster = field(default_factory=lambda: Roster((), LOCAL_MIN))
    workers: tuple[Worker, ...] = ()

    def person_of(self, device: str) -> str | None:
        """Whose terminal it is."""
        return next((worker.id for worker in self.workers if worker.device == device), None)

    def name_of(self, person: str) -> str:
        """The person's name, the id where it is somebody else."""
        return self.roster.name_of(person)


def read_people(reader: Reader, value: object, where: str) -> People:
    """[[people]] of a site file."""
    entries: list[PersonEntry] = []
    for place, row in reader.entries(value, where):
        entry = reader.attempt(None, reader.fill, PersonEntry, row, place)
        if entry is None:
            continue
        for name in ("id", "device"):
            if any(getattr(entry, name) == getattr(other, name) for other in entries):
                what = f"{getattr(entry, name)!r} stands there twice"
                reader.note(f"{place}.{name}", what, "give each person an id and a handheld", "重复，请各写各的")
                break
        else:
            entries.append(entry)
    return People(
        roster=Roster((_person(entry) for entry in entries), LOCAL_MIN),
        workers=tuple(Worker(id=entry.id, device=entry.device) for entry in entries),
    )


def _person(entry: PersonEntry) -> Person:
    shifts = tuple(Shift.parse(text) for text in entry.duty)
    return Person(id=entry.id, name=entry.name, role=entry.role, area=entry.grid, duty=shifts)


def read_policy(reader: Reader, value: object, where: str) -> TaskPolicy:
    """[tasks] of a site file."""
    return reader.fill(TaskPolicy, value, where)


def check_devices(reader: Reader, people: People, kinds: Mapping[str, str]) -> None:
    """Every person's device must be a handheld of this site; `kinds`: device -> kind."""
    for number, worker in enumerate(people.workers, 1):
        if kinds.get(worker.device) != "handheld":
            reader.note(
                f"people[{number}].device", f"{worker.device!r} is no handheld of this site",
                'add it to [[endpoints]] with kind = "handheld"', "不是本站点的手持终端，请先写入 [[endpoints]]",
            )  # fmt: skip
