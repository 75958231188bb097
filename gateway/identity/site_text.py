"""The site file as text: whose it is, and new endpoints at its end. It is a person's file: nothing else is touched."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.site_file.reader import SiteError
from gateway.site_file.site import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What must stand in a site file before its first endpoint is known."""

    site: str
    gateway: str
    devices: frozenset[str]


def head(path: Path) -> Head:
    """Raises SiteError."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteError(f"{path}: cannot be read ({error.strerror}); give the path of a site file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"{path}: is not TOML: {error}; correct that line") from None
    site, gateway = document.get("site"), document.get("gateway")
    if not isinstance(site, str) or not isinstance(gateway, str):
        raise SiteError(f"{path}: site and gateway must be named at its top; add them")
    entries = document.get("endpoints", [])
    known = [entry.get("device") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return Head(site=site, gateway=gateway, devices=frozenset(str(name) for name in known))


def with_endpoints(path: Path, blocks: Mapping[str, str]) -> str:
    """The text with more endpoints at its end, checked as the gateway will read it. Raises SiteError."""
    text = path.read_text(encoding="utf-8").rstrip() + "\n\n" + "\n".join(blocks.values())
    trial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(trial, text)
        load(trial)
    except OSError:
        return text  # where we may not write beside it, the gateway checks it when it reads it
    except SiteError as error:
        raise SiteError(str(error).replace(str(trial), str(path))) from None
    finally:
        trial.unlink(missing_ok=True)
    return text


def _write(new: Path, text: str) -> None:
    """For nobody else's eyes: passwords may stand in it."""
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, text: str) -> None:
    """Put the text in place, whole or not at all; owner and mode stay. Raises OSError."""
    was = path.stat()
    new = path.with_name(path.name + ".new")
    _write(new, text)
    new.chmod(was.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(new, was.st_uid, was.st_gid)
    new.replace(path)
