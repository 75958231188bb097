"""The console over TLS: files of the operator, or a certificate of an authority of our own that renews itself."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from cloud.settings import PREFIX, Settings
from runtime.brokers import certificates, files
from runtime.brokers.certificates import DAY_MS, RENEW_BEFORE_DAYS, Pair
from runtime.brokers.errors import IdentityError
from runtime.settings import SettingsError

log = structlog.get_logger()
FOLDER = "tls"
LOOK_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What the web server shows. `own`: the folder of our authority, where the certificate is ours."""

    certificate: Path
    key: Path
    own: Path | None = None


def tls_of(settings: Settings) -> Tls | None:
    """By the settings, else our own where `gridwhistle cloud certificate` made one, else none. Raises SettingsError."""
    given = (settings.tls_certificate, settings.tls_key)
    own = settings.data_dir / FOLDER
    if given == (None, None):
        tls = Tls(certificate=own / "console.pem", key=own / "console.key", own=own)
        return _checked(tls) if tls.certificate.exists() else None
    if settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsError(f"set both {PREFIX}TLS_CERTIFICATE and {PREFIX}TLS_KEY, or neither")
    return _checked(Tls(certificate=settings.tls_certificate, key=settings.tls_key))


def _checked(tls: Tls) -> Tls:
    try:
        fits = certificates.belongs(_pair(tls.certificate, tls.key))
    except (OSError, IdentityError) as error:
        raise SettingsError(f"{tls.certificate}: {error}; make it anew or name another") from None
    if not fits:
        raise SettingsError(f"{tls.key} is not the key of {tls.certificate}; name the pair that belongs together")
    return tls


def make(folder: Path, names: tuple[str, ...], now_ms: int) -> certificates.Facts:
    """A certificate for names and addresses, by our authority, which is made where there is none. Raises OSError."""
    files.make_folder(folder, 0o700)
    if not (folder / "ca.pem").exists():
        authority = certificates.make_authority("console", now_ms)
        files.write(folder / "ca.key", authority.key)
        files.write(folder / "ca.pem", authority.certificate, files.PUBLIC)
    issued = certificates.issue(_pair(folder / "ca.pem", folder / "ca.key"), names, now_ms)
    files.write(folder / "console.key", issued.key)
    files.write(folder / "console.pem", issued.certificate, files.PUBLIC)
    return certificates.facts(issued.certificate)


def renew(tls: Tls, now_ms: int) -> bool:
    """Make our own certificate anew in time. Raises OSError, IdentityError."""
    facts = certificates.facts(tls.certificate.read_bytes())
    if tls.own is None or facts.ends_ms - now_ms > RENEW_BEFORE_DAYS * DAY_MS:
        return False
    make(tls.own, facts.names, now_ms)
    return True


async def keep(tls: Tls, context: Callable[[], ssl.SSLContext | None], now_ms: Callable[[], int]) -> None:
    """Renew in time, and show the newest files to new connections; for ever."""
    shown = tls.certificate.stat().st_mtime_ns
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            renew(tls, now_ms())
            newest, server = tls.certificate.stat().st_mtime_ns, context()
            if server is not None and newest != shown:
                server.load_cert_chain(tls.certificate, tls.key)
                shown = newest
                log.info("certificate_shown", file=str(tls.certificate))
        except (OSError, IdentityError) as error:
            log.warning("certificate_trouble", why=str(error), remedy="gridwhistle cloud certificate --name ...")


def refuse_open_network(host: str, tls: Tls | None) -> None:
    """Raises SettingsError where passwords would cross a network in clear."""
    if tls is None and not is_loopback(host):
        raise SettingsError(
            f"{PREFIX}HTTP_HOST={host}: without TLS, passwords would cross the network in clear. Make a certificate "
            "(gridwhistle cloud certificate --name <how browsers call this host>) or name one (TLS_CERTIFICATE, "
            "TLS_KEY), or stay on 127.0.0.1. "
            f"未启用 TLS，监听 {host} 会让密码在网络上明文传输；请先生成证书"
            "（gridwhistle cloud certificate --name 主机名）或指定证书文件，或改用 127.0.0.1。"
        )


def is_loopback(host: str) -> bool:
    """True for this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pair(certificate: Path, key: Path) -> Pair:
    return Pair(certificate=certificate.read_bytes(), key=key.read_bytes())
