"""Settings of the centre, from GRIDWHISTLE_CLOUD_* variables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PREFIX = "GRIDWHISTLE_CLOUD_"
SAMPLES = Path(__file__).with_name("config")  # what ships
# RFC 1918 and RFC 4193: other departments are in the city's own network
CITY_NETWORKS = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"


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
    http_names: str = ""  # other names and addresses by which browsers reach it, with commas
    http_proxy: str | None = None  # address of a proxy in front that tells where requests come from
    tls_certificate: Path | None = None  # None: the one of `gridwhistle cloud certificate`, if there is one
    tls_key: Path | None = None
    key_file: Path | None = None  # None: keys.json in data_dir; of all workers the same
    session_idle_minutes: int = 60  # an open page is not idle
    session_hours: int = 13  # a long night
    second_factor: bool = True  # of administrators
    keep_audit_days: int = 1095  # three years, our default; 网络安全法 article 21 asks for six months
    config_dir: Path = SAMPLES
    database_url: str | None = None  # None: SQLite in data_dir
    notices_file: Path | None = None  # None: notices.toml in data_dir; without it, the browser and the handhelds only
    webhook_networks: str = CITY_NETWORKS  # not public, and yet webhooks may go there
    log_level: str = "info"
    worker: str = ""  # a name where several workers share a database; empty: this one is alone
    roles: str = "intake,dispatch,web,history"  # what a named worker does
    series: str = "duckdb"  # where readings are kept; influxdb: on a server of its own, see docs/history.md
    influx_url: str = "http://127.0.0.1:8086"
    influx_token: str | None = None  # may read and write the bucket; InfluxDB 1.8 with users: name:password
    influx_token_file: Path | None = None  # a file with the token; it wins
    influx_org: str = "gridwhistle"  # InfluxDB 1.8: any
    influx_bucket: str = "gridwhistle"  # InfluxDB 1.8: database/retention policy
    influx_queue_mb: int = 1024  # readings that wait while InfluxDB is away; then gateways keep them. Our default
    readings_url: str | None = None  # the worker that has the readings, for those that have not
    readings_token: str | None = None  # an API token that may read reports there
    channels_max: int = 200_000  # of all devices together; then no new name is taken. Our default
    exports_max_mb: int = 2000  # of one file of readings, and of all that wait to be fetched
    plan_versions_max: int = 400  # of each section of the plan; then the oldest goes. Our default
    photos_max_mb: int = 5000  # of all photos that people add; then none is taken. Our default
    keep_incidents_days: int = 1095  # after they ended; 0 keeps for ever. Three years, our default: ask your archive
    keep_evidence_days: int = 0  # the readings frozen with an incident; 0: as long as the incident
    keep_reports_days: int = 365  # what endpoints and workers reported
    keep_raw_days: int = 30  # readings as they came; then their roll-ups only. Defaults of ours, 0 keeps for ever
    keep_minutes_days: int = 400  # a year and what is before it to compare with
    keep_hours_days: int = 1830  # five years
    keep_days_days: int = 0
    keep_tracks_days: int = 90  # where workers went on patrol: personal, a quarter's assessment needs it; our default
    tiles: Path | None = None  # a folder z/x/y.png or an .mbtiles file under the map; None: boundaries only
    tiles_datum: str = "wgs84"  # of the tiles; gcj02 for those of most providers in China
    tiles_attribution: str = ""  # shown on the map

    @property
    def notices(self) -> Path:
        """By which channels people are told."""
        return self.notices_file or self.data_dir / "notices.toml"

    @property
    def keys(self) -> Path:
        """File of the keys that seal personal fields and the audit log."""
        return self.key_file or self.data_dir / "keys.json"

    @property
    def database(self) -> str:
        """URL of the incident store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'incidents.db'}"
