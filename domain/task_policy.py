"""When a site acts by itself: its figures, checked once. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from domain.incidents import Kind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPolicy:
    """When the site acts by itself. All defaults; laws name no figures for it."""

    alone_s: int = 30  # without the centre so long, the site calls its own people
    life_s: int = 10  # ... for a life-safety incident that the centre has not acknowledged (GB 26875.1, 4.1.2.1)
    accept_s: int = 60  # then the next one is called; as for a confirmed fire at the centre
    receive_s: int = 20  # ... already now, where the terminal has not even said that it has the task
    repeat_s: int = 120  # once everybody was called, all are called again
    repeat_max: int = 5
    respond_min: int = 30  # by when somebody should be there; on site within 30 min is the rule for people in lifts
    severity: str = "major"  # from here on, where no life is at stake

    def __post_init__(self) -> None:
        for name in ("alone_s", "life_s", "accept_s", "receive_s", "repeat_s", "respond_min"):
            if not 1 <= getattr(self, name) <= 86_400:
                raise ValueError(f"{name} must be from 1 to 86400")
        if not 0 <= self.repeat_max <= 20:
            raise ValueError("repeat_max must be from 0 to 20")
        if self.severity not in tuple(Severity):
            raise ValueError(f"severity must be one of {', '.join(Severity)}")

    def wants(self, kind: Kind, severity: Severity) -> bool:
        """True where the site calls people by itself."""
        return kind.life_safety or severity.rank >= Severity(self.severity).rank
