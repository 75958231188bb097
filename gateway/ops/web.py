"""What a gateway answers over HTTP: health for machines, a page for a technician. It reads only and knows no login."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.ops import metrics, page
from gateway.ops.findings import Finding
from gateway.ops.judge import judge
from gateway.ops.overview import Lookout, Overview
from gateway.ops.words import LANGUAGES
from runtime.exposition import CONTENT_TYPE, exposition
from runtime.web_server import Server

log = structlog.get_logger()

DRAIN_S = 1
BUSY_AT = 20  # connections at once; a technician and a scraper need three
CONNECTION_S = 30.0  # an answer takes seconds; whoever says nothing would keep his place for ever
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Impatient(H11Protocol):
    """Few connections, and none for long: whoever only holds them must not take the gateway's files or its page."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One more, for a while."""
        super().connection_made(transport)
        if len(self.connections) > BUSY_AT:
            transport.abort()
        else:
            self.loop.call_later(CONNECTION_S, transport.abort)


def language(request: Request) -> str:
    """What the address asks for, or else the browser; Chinese where both say nothing we have."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    told = request.headers.get("accept-language", "")
    first = next((part.split(";")[0].strip().split("-")[0].lower() for part in told.split(",")), "")
    return first if first in LANGUAGES else "zh"


def readiness(seen: Overview) -> dict[str, Any]:
    """What `/readyz` says."""
    return {
        "ready": seen.ready,
        "commit": seen.commit,
        "commit_error": seen.commit_error,
        "database": "answers" if seen.answered else "silent",
        "site_link": "up" if seen.site_link else "down",
        "cloud_link": "up" if seen.cloud_link else "down",
        "status_refused": seen.status_refused,
        "complaints": list(seen.complaints),
        "failures": dict(seen.failures),
    }


def _told(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "level": finding.level.name.lower()}


def create_app(lookout: Lookout, complaints: Callable[[], list[str]]) -> Starlette:
    """The routes. `/healthz` asks no database: it answers while nothing else does."""

    async def healthz(_request: Request) -> Response:
        found = complaints()
        return JSONResponse({"ok": not found, "complaints": found}, 503 if found else 200, HEADERS)

    async def readyz(_request: Request) -> Response:
        said = readiness(await lookout.look())
        return JSONResponse(said, 200 if said["ready"] else 503, HEADERS)

    async def show_metrics(_request: Request) -> Response:
        text = exposition(metrics.Present(await lookout.look(), lookout.latency))
        return Response(text, headers=HEADERS | {"Content-Type": CONTENT_TYPE})

    async def status(_request: Request) -> Response:
        seen = await lookout.look()
        return JSONResponse(asdict(seen) | {"findings": [_told(finding) for finding in judge(seen)]}, headers=HEADERS)

    async def show_page(request: Request) -> Response:
        text = page.render(await lookout.look(), lookout.latency, language(request))
        return Response(text, headers=HEADERS | {"Content-Type": "text/html; charset=utf-8"})

    async def css(_request: Request) -> Response:
        return Response(page.CSS, headers=HEADERS | {"Content-Type": "text/css; charset=utf-8"})

    return Starlette(
        routes=[
            Route("/", show_page),
            Route("/status.css", css),
            Route("/status.json", status),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
        ]
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # by name, or Nagle's wait stays on
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BUSY_AT)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(app: Starlette, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer until `stop`."""
    config = uvicorn.Config(
        app,
        http=Impatient,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=2,
        timeout_graceful_shutdown=DRAIN_S,
    )
    host, port = listener.getsockname()[:2]
    server = Server(config, lambda: log.info("http_up", host=host, port=port))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="uvicorn")
    try:
        await stop.wait()
    finally:
        server.should_exit = True
        await serving
