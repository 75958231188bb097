"""Settings of a gateway process, from GRIDWHISTLE_GATEWAY_* variables. Times are real, not simulated, unless said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runtime.logs import LogFile

PREFIX = "GRIDWHISTLE_GATEWAY_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this gateway runs; what it serves stands in the site file."""

    data_dir: Path = Path("gateway-data")
    history_batch_ms: int = 1_000
    ack_timeout_ms: int = 5_000  # then a message is sent again; the cloud answers in well under one second
    window: int = 64  # history batches sent and not yet acknowledged; about 40 kB each
    outbox_max_mb: int = 512  # about a week of 50 endpoints at 1 Hz; then history is dropped, backfill first
    commit_every_ms: int = 100  # in the time of the run; after a pause at once. Fewer commits wear flash less
    reserve_mb: int = 32  # kept free on the disk, given up when it is full: room for months of incidents
    telemetry_days: float = 30.0  # default of the product: time enough to look into a complaint
    telemetry_max_mb: int = 2_000  # file of all samples; 50 endpoints at 1 Hz make about 50 MB a day
    quarantine_max: int = 1_000  # messages
    silence_ms: int = 15_000  # in the time of the run: 15 missed samples
    status_every_ms: int = 5_000
    http_host: str = "127.0.0.1"  # the page has no login: another address only in a network of your own
    http_port: int = 0  # of health, metrics and the page of a technician; 0: none
    backup_dir: Path | None = None  # None: `backups` in the data folder
    backups_kept: int = 7
    update_dir: Path | None = None  # where the package notes the trial of a new release
    trial_well_ms: int = 60_000  # a new release stays after so long of good work
    trial_limit_ms: int = 300_000  # and goes back where it does not get there in time
    log_level: str = "info"
    log_file: Path | None = None  # None: standard error, which systemd's journal keeps and bounds
    log_max_mb: int = 10  # of one file
    log_files: int = 5  # the newest is written, the oldest goes

    @property
    def log_to(self) -> LogFile | None:
        """The files of the log, where it goes to files."""
        if self.log_file is None:
            return None
        return LogFile(path=self.log_file, max_bytes=self.log_max_mb * 1_000_000, files=self.log_files)

    @property
    def backups(self) -> Path:
        """Where backups go."""
        return self.backup_dir or self.data_dir / "backups"
