"""Settings of the centre, from GRIDWHISTLE_CLOUD_* variables."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cloud.plan import SAMPLES
from runtime.settings import SettingsError

PREFIX = "GRIDWHISTLE_CLOUD_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the centre keeps its data, which broker it hears, where it serves. HTTP_PORT 0 takes a free port."""

    data_dir: Path = Path("data/cloud")
    broker_host: str = "127.0.0.1"
    broker_port: int = 1883
    broker_username: str | None = None
    broker_password: str | None = None
    broker_ca_file: str | None = None
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    config_dir: Path = SAMPLES
    database_url: str | None = None  # None: SQLite in data_dir
    notices_file: Path | None = None  # None: notices.toml in data_dir; without it, the browser and the handhelds only
    log_level: str = "info"
    worker: str = ""  # a name where several workers share a database; empty: this one is alone
    roles: str = "intake,dispatch,web,history"  # what a named worker does
    readings_url: str | None = None  # the worker that has the readings, for those that have not
    readings_token: str | None = None  # an API token that may read reports there
    keep_incidents_days: int = 1095  # after they ended; 0 keeps for ever. Three years, our default: ask your archive
    keep_evidence_days: int = 365  # the readings frozen with an incident
    keep_reports_days: int = 365  # what endpoints and workers reported
    keep_tracks_days: int = 90  # where workers went on patrol: personal, a quarter's assessment needs it; our default

    @property
    def notices(self) -> Path:
        """By which channels people are told."""
        return self.notices_file or self.data_dir / "notices.toml"

    @property
    def database(self) -> str:
        """URL of the incident store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'incidents.db'}"


def refuse_open_network(host: str) -> None:
    """Raises SettingsError where strangers could reach a server that asks nobody who he is."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(
            f"{PREFIX}HTTP_HOST={host}: the console has no login yet, so anybody on the network could accept and close "
            "incidents; use 127.0.0.1 and reach it through an SSH tunnel. "
            f"控制台尚无登录功能,不能监听 {host};请改用 127.0.0.1,远程访问请通过 SSH 隧道。"
        )
