"""What InfluxDB's troubles mean, for people, in Chinese and English. No token is ever in them."""

from __future__ import annotations

import json

from influxdb_client.rest import ApiException

_STATUS = {
    401: (
        "InfluxDB 不接受本中心的令牌（{url}）：请检查 INFLUX_TOKEN 或 INFLUX_TOKEN_FILE。",
        "InfluxDB at {url} does not accept our token: check INFLUX_TOKEN or INFLUX_TOKEN_FILE.",
    ),
    403: (
        "令牌无权读写存储桶 {bucket}：请在 InfluxDB 中授予读和写。",
        "The token may not read or write the bucket {bucket}: grant both in InfluxDB.",
    ),
    404: (
        "InfluxDB 中没有存储桶 {bucket} 或组织：请创建，或更正 INFLUX_BUCKET、INFLUX_ORG。",
        "InfluxDB has no bucket {bucket}, or no such organisation: create it, or correct INFLUX_BUCKET and INFLUX_ORG.",
    ),
}
_OTHER = (
    "InfluxDB（{url}）现在不能服务：读数留在中心的队列里，恢复后自动写入。",
    "InfluxDB at {url} does not serve now: readings wait in the centre's queue and are written when it is back.",
)
_BROKEN = (
    "InfluxDB（{url}）的回答不完整：请稍后重试，并查看它的日志。",
    "The answer of InfluxDB at {url} is broken: try again, and look into its log.",
)
_NONE = (
    "InfluxDB 拒收所有读数：存储桶里可能已有同名但类型不同的字段。读数留在队列里；请换一个空的存储桶或清除冲突的数据。",
    "InfluxDB refuses every reading: something else in this bucket may have our fields with other types. Readings wait "
    "in the queue; use an empty bucket, or remove what is in the way.",
)
_CAUSE = 300


def sentence(error: Exception, url: str, bucket: str) -> str:
    """What happened, what it means, what to do."""
    chosen, cause = _OTHER, repr(error)
    if isinstance(error, ApiException):
        cause = message(error)
        missing = error.status == 404 or "not found" in cause or "no database" in cause  # 1.8 says it with 500
        chosen = _STATUS[404] if missing else _STATUS.get(int(error.status or 0), _OTHER)
    return _both(chosen, cause, url=url, bucket=bucket)


def broken(url: str, cause: str) -> str:
    """The answer began well and ended badly."""
    return _both(_BROKEN, cause, url=url)


def takes_none(cause: str) -> str:
    """No line of many is taken."""
    return _both(_NONE, cause)


def message(error: ApiException) -> str:
    """What the server said."""
    text = error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body or error.reason)
    try:
        found = json.loads(text)
    except ValueError:
        return text.strip()
    return str(found.get("message") or found.get("error") or text) if isinstance(found, dict) else text


def _both(pair: tuple[str, str], cause: str, **names: str) -> str:
    zh, en = (text.format(**names) for text in pair)
    return f"{zh} {en} ({cause[:_CAUSE]})"
