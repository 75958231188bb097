"""TLS of the endpoint: its own CA and nobody else's."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.firmware.conftest import PlugIn

DAYS = "30"


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def make_ca(folder: Path, name: str) -> Path:
    """A certificate authority of our own."""
    folder.mkdir(exist_ok=True)
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        "req", "-x509", *curve, "-keyout", str(key), "-out", str(certificate), "-days", DAYS, "-subj", f"/CN={name}"
    )
    return certificate


def make_server(folder: Path, ca: Path) -> tuple[Path, Path]:
    """Certificate and key of a broker on this machine, signed by the CA."""
    key, request, certificate = folder / "server.key", folder / "server.csr", folder / "server.pem"
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl("req", *curve, "-keyout", str(key), "-out", str(request), "-subj", "/CN=localhost")
    signed = ("-CA", str(ca), "-CAkey", str(ca.with_suffix(".key")), "-CAcreateserial", "-extfile", str(names))
    _openssl("x509", "-req", "-in", str(request), *signed, "-out", str(certificate), "-days", DAYS)
    return certificate, key


class SecureMosquitto(Mosquitto):
    """Speaks TLS only."""

    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        super().__init__(folder)
        self._tls = f"certfile {certificate}\nkeyfile {key}\n"

    def configuration(self) -> str:
        """The listener with its certificate."""
        return super().configuration() + self._tls


@pytest.mark.mosquitto
async def test_own_ca_is_trusted_and_another_is_not(tmp_path: Path, plug_in: PlugIn) -> None:
    """With the broker's CA a board comes online; with another one it says why not and goes on trying and sampling."""
    ours, theirs = make_ca(tmp_path / "ours", "ours"), make_ca(tmp_path / "theirs", "theirs")
    certificate, key = make_server(tmp_path / "ours", ours)
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = SecureMosquitto(folder, certificate, key)
    broker.start()
    try:
        clock = Clock.starting_now(1)
        good = await plug_in(broker.port, clock, device="good", ca_file=ours)
        bad = await plug_in(broker.port, clock, device="bad", ca_file=theirs)
        async with asyncio.timeout(15):
            while not any(line.startswith("link up") for line in good.console_tail):
                await asyncio.sleep(0.1)
            while not any(line.startswith("link down") for line in bad.console_tail):
                await asyncio.sleep(0.1)

        assert not any(line.startswith("link up") for line in bad.console_tail)
        assert any("certificate is not correctly signed by the trusted CA" in line for line in bad.console_tail), (
            bad.console_tail
        )
        assert ["power_on"] == [reset.cause for reset in bad.resets]
    finally:
        broker.stop()
