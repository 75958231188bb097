"""A person at the gateway gives one endpoint a command and waits for its answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.identity import links
from gateway.identity.home import Identity
from gateway.settings import PREFIX, Settings
from gateway.site_file.reader import SiteError
from gateway.site_file.site import Site, load
from gateway.store.bundles import shelve
from protocol import commands, topics
from protocol.errors import PayloadError
from runtime import logs
from runtime.clock import Clock
from runtime.ids import uuid7
from runtime.mqtt import connected
from runtime.settings import SettingsError, from_env

ANSWER_S = 20.0  # an endpoint answers within a second; a self-test takes up to ten
UPDATE_S = 600.0  # fetch, restart and a minute of trial
_LAST = ("good", "refused", "rolled_back")  # states of an update that nothing follows
USAGE, NO_ANSWER, REFUSED = 2, 3, 4


class NoAnswer(Exception):
    """The endpoint said nothing in time."""


async def answers(
    site: Site, device: str, cmd: str, details: dict[str, object], id: str, timeout_s: float
) -> AsyncIterator[tuple[bool, dict[str, Any]]]:
    """(ok, data) of every answer up to the last. Raises NoAnswer, and PayloadError where there is no such command."""
    command = commands.encode_command(cmd, id, **details)
    said: asyncio.Queue[tuple[bool, dict[str, Any]]] = asyncio.Queue()

    async def hear(_topic: str, payload: bytes) -> None:
        answer_id, ok, data = commands.decode_answer(payload)
        if answer_id == id:
            said.put_nowait((ok, data))

    heard = (topics.build(site.site, device, "answer"),)
    link = replace(links.link_to(site.site_broker, f"{site.gateway}-command", heard), clean=True)
    try:
        async with asyncio.timeout(timeout_s), connected(link, hear) as connection:
            await connection.wait_up()
            connection.publish(topics.build(site.site, device, "command"), command)
            while True:
                ok, data = await said.get()
                yield ok, data
                if cmd != "update" or not ok or data.get("state") in _LAST:
                    return
    except TimeoutError:
        raise NoAnswer from None


async def _run(site: Site, device: str, cmd: str, details: dict[str, object]) -> int:
    done = True
    timeout_s = UPDATE_S if cmd == "update" else ANSWER_S
    async for ok, data in answers(site, device, cmd, details, uuid7(Clock().now_ms()), timeout_s):
        sys.stdout.write(json.dumps({"ok": ok, **data}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        done = ok
    return 0 if done else REFUSED


def _check_device(site: Site, site_file: Path, device: str) -> None:
    if device not in site.endpoints:
        raise SiteError(f"{device}: 站点文件中没有 / is not in {site_file}; known: {', '.join(site.endpoints)}")


def main(site_file: Path, device: str, cmd: str, details: dict[str, object], bundle: Path | None = None) -> int:
    """Give a command. Exit status 0: done; 2: correct the call first; 3: no answer; 4: the endpoint says no."""
    logs.set_up("error")
    try:
        site = load(site_file)
        _check_device(site, site_file, device)
        data_dir = from_env(Settings, PREFIX, os.environ).data_dir
        site = replace(site, site_broker=links.site_broker(site, Identity(data_dir)))
        if bundle is not None:
            details = details | shelve(bundle, data_dir)
        return asyncio.run(_run(site, device, cmd, details))
    except (SiteError, SettingsError, PayloadError, OSError) as error:
        sys.stderr.write(f"命令未发出 / The command was not given: {error}\n")
        return USAGE
    except NoAnswer:
        sys.stderr.write(
            f"{device} 没有回答。可能离线，或正在重启；请看其指示灯 / {device} did not answer: it may be offline or "
            "starting; look at its light, then try again\n"
        )
        return NO_ANSWER
