"""config.json on flash: what makes this board this endpoint. Apart from the code: an update never touches it."""

import json

from firmware.device import const
from protocol.errors import ProtocolError
from protocol.topics import build

_KINDS = const(("fire", "lift", "video", "handheld"))
_TEXTS = const(("device", "site", "host"))
_OPTIONAL = {"username": None, "password": None, "ca": None, "wifi": None, "limits": {}, "kind": "fire", "tls": False}


class ConfigError(ValueError):
    """The board cannot know who it is; a technician has to provision it."""


def load(path: str = "/config.json") -> dict:
    """The checked configuration. Raises ConfigError that says what to do, in both languages."""
    try:
        with open(path) as file:
            config = json.load(file)
    except OSError:
        raise ConfigError("没有 config.json,请写入配置 / no config.json on flash: provision this board") from None
    except ValueError:
        raise ConfigError("config.json 不是 JSON,请重新写入 / config.json is not JSON: provision it again") from None
    return check(config)


def check(config: object) -> dict:
    """The configuration with its defaults filled in. Raises ConfigError naming the field."""
    if not isinstance(config, dict):
        raise ConfigError("config.json 必须是对象 / config.json must hold an object")
    for name in config:
        if name not in _TEXTS and name != "port" and name not in _OPTIONAL:
            raise ConfigError("config.json: 未知字段 / unknown field: " + name)
    for name in _TEXTS:
        if not isinstance(config.get(name), str) or not config[name]:
            raise ConfigError("config.json: 缺少文本字段 / missing text field: " + name)
    checked = dict(_OPTIONAL)
    checked.update(config)
    _check_meaning(checked)
    return checked


def _check_meaning(config: dict) -> None:
    if not isinstance(config.get("port"), int) or not 0 < config["port"] < 65536:
        raise ConfigError("config.json: 端口须为 1 到 65535 / port must be 1 to 65535")
    if config["kind"] not in _KINDS:
        raise ConfigError("config.json: 未知类型 / unknown kind: %r" % (config["kind"],))
    if config["tls"] and not config["ca"]:
        raise ConfigError("config.json: TLS 需要 CA 文件 / tls needs 'ca', the path of a DER certificate")
    try:
        build(config["site"], config["device"], "readings")
    except ProtocolError as error:
        raise ConfigError("config.json: " + str(error)) from None
