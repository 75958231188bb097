"""Opens the connection to the broker: Wi-Fi where the board has it, TCP, TLS where the configuration asks for it."""

import asyncio

from firmware.device import const

try:
    from network import STA_IF, WLAN
except ImportError:  # the virtual board is on the network already
    WLAN = None

_JOIN_TIMEOUT_MS = const(20_000)  # an access point that is there answers within 10 s


async def join(wifi: dict | None) -> None:
    """Return once Wi-Fi is joined. Raises OSError where the access point does not let us in in time."""
    if WLAN is None or wifi is None:
        return
    station = WLAN(STA_IF)
    if station.isconnected():
        return
    station.active(True)
    station.connect(wifi["ssid"], wifi["password"])
    for _ in range(_JOIN_TIMEOUT_MS // 200):
        await asyncio.sleep_ms(200)
        if station.isconnected():
            return
    station.disconnect()
    raise OSError("Wi-Fi not joined")


def tls_context(ca_path: str):
    """A client that trusts this one CA (DER) and nobody else."""
    import ssl  # a kilobyte of heap that only TLS is worth

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    with open(ca_path, "rb") as file:
        context.load_verify_locations(cadata=file.read())
    return context


async def open_stream(config: dict):
    """A stream to the broker. Raises OSError (also for a certificate that is not the CA's)."""
    await join(config["wifi"])
    host, port = config["host"], config["port"]
    if not config["tls"]:
        reader, _ = await asyncio.open_connection(host, port)
    else:
        context = tls_context(config["ca"])
        reader, _ = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    return reader
