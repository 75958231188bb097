"""`gridwhistle gateway backup` and `restore`: what they say and how they end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gateway.ops.archive import BackupError
from gateway.ops.backup import back_up
from gateway.ops.restore import restore
from gateway.ops.words import size
from gateway.settings import PREFIX, Settings
from runtime.clock import Clock
from runtime.settings import SettingsError, from_env

FAILED = 2  # exit status: a person must correct something


def backup_main(folder: Path | None, site_file: Path | None, *, history: bool) -> int:
    """Back a gateway up while it runs."""
    try:
        settings = from_env(Settings, PREFIX, os.environ)
        made = back_up(
            settings.data_dir,
            folder or settings.backups,
            Clock.from_env().now_ms(),
            site_file=site_file,
            history=history,
            kept=settings.backups_kept,
        )
    except (BackupError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.write(
        f"已备份 {made.files} 个文件，{size(made.size)}：{made.path}。内含密钥，请保存到别处 / "
        f"{made.files} files, {size(made.size)}. It holds keys: keep it somewhere else, and safe.\n"
    )
    return 0


def restore_main(archive: Path, site_file: Path | None) -> int:
    """Put a backup back while the gateway is stopped."""
    try:
        settings = from_env(Settings, PREFIX, os.environ)
        aside = restore(archive, settings.data_dir, site_file)
    except (BackupError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    kept = "" if aside is None else f"；原来的数据在 {aside} / what was there is in {aside}"
    sys.stdout.write(f"已恢复 / Restored: {settings.data_dir}{kept}\n")
    return 0
