"""The web server of a process: its socket, its TLS, what it answers to."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import uvicorn

from cloud.api.gate import Rules
from cloud.settings import PREFIX, Settings
from cloud.trust.tls import Tls, keep, refuse_open_network, tls_of
from runtime.settings import SettingsError
from runtime.web_limits import Listener, Patience, raise_file_limit, timed

DRAIN_S = 2  # open pages get this long to let go
PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Front:
    """A socket that listens, and how it is spoken to."""

    listener: Listener
    tls: Tls | None
    settings: Settings

    @property
    def url(self) -> str:
        """Address for people on this machine."""
        host = f"[{self.settings.http_host}]" if ":" in self.settings.http_host else self.settings.http_host
        return f"{'https' if self.tls else 'http'}://{host}:{self.listener.getsockname()[1]}"

    @property
    def rules(self) -> Rules:
        """For the gate."""
        return Rules(secure=self.tls is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """Hosts that it answers to, beside loopback."""
        more = (name.strip() for name in self.settings.http_names.split(","))
        return tuple(name for name in (self.settings.http_host, *more) if name and name not in ("0.0.0.0", "::"))  # noqa: S104

    def keep_certificate(self, config: uvicorn.Config, now_ms: Callable[[], int]) -> Callable[[], Awaitable[None]]:
        """A job that renews the certificate and shows the newest."""
        tls = self.tls
        if tls is None:
            raise SettingsError("nothing is served over TLS")
        return lambda: keep(tls, lambda: config.ssl, now_ms)

    def config(self, app: Any) -> uvicorn.Config:
        """For uvicorn. Where requests come from is believed of the proxy alone that the settings name."""
        proxy = self.settings.http_proxy
        config = uvicorn.Config(
            app, http=timed(self.listener), log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
            proxy_headers=proxy is not None, forwarded_allow_ips=proxy,
            ssl_certfile=self.tls.certificate if self.tls else None, ssl_keyfile=self.tls.key if self.tls else None,
        )  # fmt: skip
        config.load()
        if config.ssl is not None:
            config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 9325 section 3.1.1
        return config


def check(settings: Settings) -> None:
    """Raises SettingsError where the server could not be reached safely; nothing is opened."""
    refuse_open_network(settings.http_host, tls_of(settings))


def listen(settings: Settings, patience: Patience = PATIENCE) -> Front:
    """The socket of the web server: on loopback, or anywhere with TLS. Raises SettingsError."""
    raise_file_limit()
    tls = tls_of(settings)
    refuse_open_network(settings.http_host, tls)
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    listener = Listener(family, patience, settings.http_proxy)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.http_host, settings.http_port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"port {settings.http_port} on {settings.http_host} cannot be used ({error.strerror}); "
            f"set {PREFIX}HTTP_PORT to another one, or to 0 for any free port"
        ) from None
    listener.listen()
    return Front(listener, tls, settings)
