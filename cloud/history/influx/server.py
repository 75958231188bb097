"""One InfluxDB bucket through influxdb-client: a write is done when the server has said so; nothing is retried here."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pyarrow as pa
import structlog
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.dialect import Dialect
from influxdb_client.rest import ApiException
from pyarrow import csv
from urllib3.exceptions import HTTPError

from cloud.history.influx import flux, texts
from cloud.history.influx.layout import LATEST_MS
from cloud.history.port import NotReadable

log = structlog.get_logger()
TIMEOUT_MS = 30_000  # of one request; a write that took longer is sent again and changes nothing
BAD_LINES = (400, 413, 422)  # the server will not take these lines, whenever they come
PARTIAL = "partial write"  # early versions of 2 say it with 500
FORGOTTEN = re.compile(r"beyond retention|outside retention", re.IGNORECASE)
DROPPED = re.compile(r"dropped=(\d+)")
_PLAIN = Dialect(  # type: ignore[no-untyped-call]
    header=True, delimiter=",", comment_prefix="#", annotations=[], date_time_format="RFC3339"
)
_KINDS = {
    "_time": pa.timestamp("ns", "UTC"),
    "device": pa.dictionary(pa.int32(), pa.string()),
    "channel": pa.dictionary(pa.int32(), pa.string()),
    "_field": pa.dictionary(pa.int32(), pa.string()),
}


class Away(RuntimeError):
    """The server took nothing: it is away, busy, or does not let us in. Try again later; the text is for people."""


class Refused(RuntimeError):
    """The server says that lines of this request are bad; others of it may be stored."""


class Server:
    """Safe between threads."""

    def __init__(self, url: str, token: str, org: str, bucket: str, timeout_ms: int = TIMEOUT_MS) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"INFLUX_URL={url}: an address begins with http:// or https://. 地址须以 http:// 开头。")
        self._bucket, self._org, self._url = bucket, org, url
        self._client = InfluxDBClient(url=url, token=token, org=org, timeout=timeout_ms)
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)
        self._reader = self._client.query_api()

    def write(self, lines: bytes) -> int:
        """Durable there when it returns; how many points were refused as older than the bucket keeps.

        Raises Refused where lines are bad, and Away for everything that may be better later.
        """
        try:
            self._writer.write(self._bucket, self._org, lines)
        except ApiException as error:
            said = texts.message(error)
            if error.status not in BAD_LINES and PARTIAL not in said:
                raise Away(texts.sentence(error, self._url, self._bucket)) from error
            if FORGOTTEN.search(said):
                dropped = DROPPED.search(said)
                return int(dropped[1]) if dropped else 1
            raise Refused(said) from error
        except (HTTPError, OSError) as error:
            raise Away(texts.sentence(error, self._url, self._bucket)) from error
        return 0

    def rows(
        self,
        pick: flux.Pick,
        fields: Sequence[str],
        columns: Sequence[str],
        kind: pa.DataType,
        limit: int | None = None,
    ) -> pa.Table:
        """The columns asked for, `_value` of `kind`. Raises NotReadable."""
        if pick.to_ms <= pick.from_ms or pick.from_ms > LATEST_MS:
            return _empty(columns, kind)
        said = self._ask(flux.rows(self._bucket, pick, fields, columns, limit))
        return self._table(said, columns, kind)

    def count(self, pick: flux.Pick, field: str) -> int:
        """How many points have this field. Raises NotReadable."""
        if pick.to_ms <= pick.from_ms or pick.from_ms > LATEST_MS:
            return 0
        said = self._ask(flux.count(self._bucket, pick, field))
        return sum(self._table(said, ["_value"], pa.int64())["_value"].to_pylist())

    def delete(self, measurement: str, before_ms: int) -> None:
        """Forget older points. Raises NotReadable where the server is away."""
        try:
            try:
                self._delete_2(measurement, before_ms)
            except ApiException as error:
                if error.status != 404 or "page not found" not in texts.message(error):
                    raise
                self._delete_1(measurement, before_ms)
        except (ApiException, HTTPError, OSError) as error:
            raise NotReadable(texts.sentence(error, self._url, self._bucket)) from error

    def close(self) -> None:
        """Release the connections."""
        self._writer.close()  # type: ignore[no-untyped-call]
        self._client.close()  # type: ignore[no-untyped-call]

    def _ask(self, query: str) -> bytes:
        try:
            answer = self._reader.query_raw(query, dialect=_PLAIN)
            try:
                return bytes(answer.data)
            finally:
                answer.close()
        except (ApiException, HTTPError, OSError) as error:
            raise NotReadable(texts.sentence(error, self._url, self._bucket)) from error

    def _table(self, said: bytes, columns: Sequence[str], kind: pa.DataType) -> pa.Table:
        if not said.strip():
            return _empty(columns, kind)
        kinds = {**_KINDS, "_value": kind}
        options = csv.ConvertOptions(
            column_types={name: kinds[name] for name in columns},
            include_columns=list(columns),
            strings_can_be_null=False,
        )
        try:
            return csv.read_csv(
                io.BytesIO(said), parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options
            )
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:  # a fault of the server in the middle of its answer
            why = said[-200:].decode(errors="replace").strip()
            raise NotReadable(texts.broken(self._url, why)) from error

    def _delete_2(self, measurement: str, before_ms: int) -> None:
        # its stop is "the latest time to delete from": the bucket that begins there stays
        until = datetime.fromtimestamp(before_ms / 1000, UTC) - timedelta(microseconds=1)
        first = datetime.fromtimestamp(0, UTC)
        self._client.delete_api().delete(first, until, f'_measurement="{measurement}"', self._bucket, self._org)

    def _delete_1(self, measurement: str, before_ms: int) -> None:
        """InfluxDB 1.8 has no delete of version 2; it has one of its own language."""
        database = self._bucket.partition("/")[0]
        statement = f'DELETE FROM "{measurement}" WHERE time < {before_ms * 1_000_000}'  # noqa: S608
        answer = self._client.api_client.call_api(  # type: ignore[no-untyped-call]
            "/query",
            "POST",
            query_params=[("db", database), ("q", statement)],
            header_params={"Accept": "application/json"},
            response_type="object",
            _return_http_data_only=True,
        )
        errors = [result["error"] for result in answer.get("results", []) if "error" in result]
        if errors:
            raise NotReadable(texts.broken(self._url, "; ".join(errors)))


def _empty(columns: Sequence[str], kind: pa.DataType) -> pa.Table:
    kinds = {**_KINDS, "_value": kind}
    return pa.schema([(name, kinds[name]) for name in columns]).empty_table()
