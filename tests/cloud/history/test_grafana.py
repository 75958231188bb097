"""What Grafana's data sources send, as their published sources build it, is answered as docs/history.md says.

Grafana itself is not run here: requests have the parameters, order and headers of the Infinity plugin 3 and of
Grafana's own InfluxDB data source (Flux through influxdb-client-go 2).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus, urlencode

import httpx
import pytest

from cloud.history.influx.series import InfluxSeries
from cloud.history.port import Level
from cloud.trust.principals import Grant
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.history.conftest import influx_series
from tests.cloud.history.readings import NOON_MS, append, every_second
from tests.cloud.history.test_history_api import measured
from tests.cloud.web import URL, web_app, web_trust
from tests.influx import Influx

PAGE = (Path(__file__).parents[3] / "docs" / "history.md").read_text(encoding="utf-8")
RECIPE = PAGE.partition("## Grafana")[2].partition("\n## ")[0]
INFINITY = {"Accept": "application/json;q=0.9,text/plain", "User-Agent": "Grafana/11.6.0", "Accept-Encoding": "gzip"}
NANOS = "%Y-%m-%dT%H:%M:%S.%fZ"


def infinity(**params: str | list[str]) -> str:
    """Go's url.Values.Encode: names in order, a name once per value, a blank as a plus."""
    return urlencode(sorted(params.items()), doseq=True, quote_via=quote_plus)


async def test_infinity_reads_curves(sqlite_centre: Centre) -> None:
    """A token with the scope of the history only; from and to as Grafana's variables tell them; two channels."""
    span = measured(sqlite_centre)
    trust = web_trust(sqlite_centre)
    grants = (Grant(role=Role.SUPERVISOR),)
    token = trust.tokens.make(NewToken(name="grafana", grants=grants, scopes=("history_read",)), by="test")
    values = {"${__from}": str(span["from_ms"]), "${__to}": str(span["to_ms"])}
    told = {name: values.get(value, value) for name, value in re.findall(r"`(\w+)=([^`\s]+)`", RECIPE)}
    query = infinity(device="fire-a", channel=["temp", "smoke"], **told)
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    head = {**INFINITY, "Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=head) as web:
        answer = (await web.get(f"/api/history?{query}")).json()
        assert (await web.get("/api/history/channels")).status_code == 200  # for the data source's health check
        assert (await web.get("/api/gateways")).status_code == 403

    assert {"from_ms", "to_ms", "width"} == told.keys()
    assert [curve["channel"] for curve in answer["curves"]] == ["temp", "smoke"]
    assert len(answer["curves"][0]["points"]) == 300
    columns = answer["columns"]
    for name, place in re.findall(r'"(\w+)": \$\[(\d+)\]', RECIPE) + re.findall(r'"(min|max|mean)"="(\d+)"', RECIPE):
        assert columns[int(place)] == {"time": "at_ms"}.get(name, name)


@pytest.mark.influx
async def test_the_influxdb_data_source_reads_with_its_macros(influx: Influx, tmp_path: Path) -> None:
    """The Flux of the page, with the macros replaced as Grafana replaces them, in the request of its client."""
    bucket = influx.create()
    series: InfluxSeries = influx_series(influx, bucket, tmp_path)
    rows = every_second(300, NOON_MS)
    append(series, rows)
    series.fold()
    (flux,) = re.findall(r"```flux\n(.*?)```", RECIPE, re.DOTALL)
    ends = [datetime.fromtimestamp(at_ms / 1000, UTC).strftime(NANOS) for at_ms in (NOON_MS, NOON_MS + 300_000)]
    macros = {"v.timeRangeStart": ends[0], "v.timeRangeStop": ends[1], "v.defaultBucket": f'"{bucket}"'}
    for name, value in macros.items():
        assert name in flux
        flux = flux.replace(name, value)
    body = {
        "query": flux.replace("fire-0001", "fire-a").replace("temp", "smoke"),
        "type": "flux",
        "dialect": {"annotations": ["datatype", "group", "default"], "delimiter": ",", "header": True},
    }
    head = {
        "Authorization": f"Token {influx.token or 'none'}",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
    }
    async with httpx.AsyncClient(base_url=influx.url, headers=head) as web:
        answer = await web.post("/api/v2/query", params={"org": influx.org}, json=body)
    series.close()
    influx.drop(bucket)

    assert answer.status_code == 200, answer.text
    assert answer.text.startswith("#datatype,")
    lines = [line for line in answer.text.splitlines() if line.startswith(",,")]
    assert len(lines) == 5
    assert all("smoke" in line for line in lines)
    assert f"readings_{Level.MINUTE}" in flux
