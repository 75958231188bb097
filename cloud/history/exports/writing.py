"""Batches of readings as the bytes of a file, a piece at a time: never more than one row group in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from cloud.history.asking import zone_of
from cloud.history.columns import READINGS, ROLL_UPS
from cloud.history.exports.wish import Format, Wish
from cloud.words.times import LAST_MS
from protocol.channels import CHANNELS, unit_of

ROW_GROUP = 100_000  # rows, some 10 MB
BOM = b"\xef\xbb\xbf"  # a spreadsheet takes the file for UTF-8
RISKY = "^[=+\\-@\t\r\n＝＋－＠]"  # a spreadsheet would calculate what begins so (OWASP, CSV injection)
HEADS = {
    "zh": {
        "device": "设备", "channel": "通道", "unit": "单位", "at": "当地时间", "at_ms": "时间戳（毫秒）",
        "value": "数值",
        "quality": "质量", "backfill": "补传", "boot": "启动序号", "seq": "采样序号", "received_ms": "收到时间（毫秒）",
        "low": "最小", "high": "最大", "mean": "平均", "last": "末值", "count": "个数", "faults": "故障数",
        "uncertain": "存疑数", "backfilled": "补传数",
    },
    "en": {
        "device": "device", "channel": "channel", "unit": "unit", "at": "local time", "at_ms": "timestamp (ms)",
        "value": "value", "quality": "quality", "backfill": "backfill", "boot": "boot", "seq": "seq",
        "received_ms": "received (ms)", "low": "min", "high": "max", "mean": "mean", "last": "last", "count": "count",
        "faults": "faults", "uncertain": "uncertain", "backfilled": "backfilled",
    },
}  # fmt: skip
_ORDER = (
    "device", "channel", "unit", "at", "at_ms", "value", "low", "high", "mean", "last", "count", "quality", "backfill",
    "faults", "uncertain", "backfilled", "boot", "seq", "received_ms",
)  # fmt: skip


class Pieces:
    """A file that a writer writes into and somebody else takes away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Keep a piece."""
        piece = bytes(data)
        self._pieces.append(piece)
        self._written += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """Everything since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def tell(self) -> int:
        """Bytes written so far."""
        return self._written

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def writable(self) -> bool:
        """Yes."""
        return True

    def readable(self) -> bool:
        """No."""
        return False

    def seekable(self) -> bool:
        """No: it only grows."""
        return False


def pieces(batches: Iterable[pa.RecordBatch], wish: Wish, told: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes of the file; `told` hears how many rows were written, after each batch."""
    out = Pieces()
    write, close = _OPEN[wish.format](out, wish)
    rows = 0
    for batch in batches:
        for part in _parts(batch):
            write(part)
            rows += part.num_rows
            told(rows)
            if piece := out.take():
                yield piece
    close()
    if piece := out.take():
        yield piece


def dressed(batch: pa.RecordBatch, zone: tzinfo) -> pa.RecordBatch:
    """With the unit, and the time in the zone that was asked for beside the milliseconds."""
    named = {channel: unit_of(channel) for channel in pc.unique(batch["channel"]).to_pylist() if channel in CHANNELS}
    units = [named.get(channel, "") for channel in batch["channel"].to_pylist()]
    dated = pc.if_else(pc.less(batch["at_ms"], LAST_MS), batch["at_ms"], pa.scalar(None, pa.int64()))
    at = dated.cast(pa.timestamp("ms", tz=_name(zone)))  # none where a broken clock told no date
    columns = {name: batch[name] for name in batch.schema.names} | {"unit": pa.array(units, pa.string()), "at": at}
    names = [name for name in _ORDER if name in columns]
    return pa.record_batch([columns[name] for name in names], names=names)


def _name(zone: tzinfo) -> str:
    return "UTC" if str(zone) == "UTC" else str(zone).removeprefix("UTC")


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, ROW_GROUP):
        yield batch.slice(start, ROW_GROUP)


Writer = tuple[Callable[[pa.RecordBatch], None], Callable[[], None]]


def _csv(out: Pieces, wish: Wish) -> Writer:
    zone = zone_of(wish.zone)
    options = pa.csv.WriteOptions(include_header=False)
    heads = HEADS[wish.lang]
    begun = False

    def write(batch: pa.RecordBatch) -> None:
        nonlocal begun
        table = _texts(dressed(batch, zone))
        if not begun:
            out.write(BOM + (",".join(heads[name] for name in table.schema.names) + "\r\n").encode())
            begun = True
        sink = pa.BufferOutputStream()
        pa.csv.write_csv(table, sink, options)
        out.write(sink.getvalue().to_pybytes())

    def close() -> None:
        if not begun:
            write(_bare(wish))

    return write, close


def _texts(batch: pa.RecordBatch) -> pa.Table:
    """Local time in words; a text that a spreadsheet would calculate gets an apostrophe before it."""
    columns = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        columns[field.name] = column
        if pa.types.is_timestamp(field.type):
            columns[field.name] = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
        elif pa.types.is_string(field.type):
            safe = pc.binary_join_element_wise("'", column, "")
            columns[field.name] = pc.if_else(pc.match_substring_regex(column, RISKY), safe, column)
    return pa.table(columns)


def _parquet(out: Pieces, wish: Wish) -> Writer:
    zone = zone_of(wish.zone)
    held: list[pa.RecordBatch] = []
    writer: list[pq.ParquetWriter] = []

    def flush() -> None:
        table = pa.Table.from_batches(held)
        held.clear()
        if not writer:
            writer.append(pq.ParquetWriter(pa.PythonFile(out, "w"), table.schema, compression="zstd"))
        writer[0].write_table(table, row_group_size=ROW_GROUP)

    def write(batch: pa.RecordBatch) -> None:
        held.append(dressed(batch, zone))
        if sum(one.num_rows for one in held) >= ROW_GROUP:
            flush()

    def close() -> None:
        if not held and not writer:
            held.append(dressed(_bare(wish), zone))
        if held:
            flush()
        writer[0].close()

    return write, close


def _arrow(out: Pieces, wish: Wish) -> Writer:
    zone = zone_of(wish.zone)
    writer: list[pa.RecordBatchStreamWriter] = []

    def write(batch: pa.RecordBatch) -> None:
        told = dressed(batch, zone)
        if not writer:
            writer.append(pa.ipc.new_stream(pa.PythonFile(out, "w"), told.schema))
        writer[0].write_batch(told)

    def close() -> None:
        if not writer:
            write(_bare(wish))
        writer[0].close()

    return write, close


_OPEN: dict[Format, Callable[[Pieces, Wish], Writer]] = {
    Format.CSV: _csv, Format.PARQUET: _parquet, Format.ARROW: _arrow,
}  # fmt: skip


def _bare(wish: Wish) -> pa.RecordBatch:
    """No rows: a file without readings still says what it would hold."""
    return pa.RecordBatch.from_pylist([], schema=ROLL_UPS if wish.level.step_ms else READINGS)
