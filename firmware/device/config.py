"""config.json on flash: what makes this board this endpoint. Kept apart from the code, so an update never touches it."""

import json

from protocol.errors import ProtocolError
from protocol.topics import build

PATH = "/config.json"
KINDS = ("fire",)
_TEXTS = ("device", "site", "host")
_OPTIONAL = {"username": None, "password": None, "ca": None, "wifi": None, "limits": {}, "kind": "fire", "tls": False}
_KNOWN = _TEXTS + ("port", "board") + tuple(_OPTIONAL)


class ConfigError(ValueError):
    """The board cannot know who it is; a technician has to provision it."""


def load(path: str = PATH) -> dict:
    """The checked configuration. Raises ConfigError that says what to do, in both languages."""
    try:
        with open(path) as file:
            config = json.load(file)
    except OSError:
        raise ConfigError("没有 config.json,请先写入配置 / no config.json on flash: provision this board") from None
    except ValueError:
        raise ConfigError("config.json 不是有效的 JSON,请重新写入 / config.json is not JSON: provision it again") from None
    return check(config)


def check(config: object) -> dict:
    """The configuration with its defaults filled in. Raises ConfigError naming the field."""
    if not isinstance(config, dict):
        raise ConfigError("config.json 必须是对象 / config.json must hold an object")
    for name in config:
        if name not in _KNOWN:
            raise ConfigError("config.json: 未知字段 / unknown field: " + name)
    for name in _TEXTS:
        if not isinstance(config.get(name), str) or not config[name]:
            raise ConfigError("config.json: 缺少文本字段 / missing text field: " + name)
    if not isinstance(config.get("port"), int) or not 0 < config["port"] < 65536:
        raise ConfigError("config.json: 端口须为 1 到 65535 / port must be 1 to 65535")
    checked = dict(_OPTIONAL, board="esp32s3")
    checked.update(config)
    if checked["kind"] not in KINDS:
        raise ConfigError("config.json: 未知类型 / unknown kind: %r" % (checked["kind"],))
    if checked["tls"] and not checked["ca"]:
        raise ConfigError("config.json: TLS 需要 CA 文件 / tls needs 'ca', the path of a DER certificate")
    try:
        build(checked["site"], checked["device"], "readings")
    except ProtocolError as error:
        raise ConfigError("config.json: " + str(error)) from None
    return checked
