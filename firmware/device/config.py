"""config.json on flash: what makes this board this endpoint. Apart from the code: an update never touches it."""

import json

from firmware.device import const
from protocol.errors import ProtocolError
from protocol.topics import build

_KINDS = const(("fire", "lift", "video", "handheld"))
_TEXTS = const(("device", "site", "host"))
_OPTIONAL_TEXTS = const(("username", "password", "ca", "grid", "place", "board", "update_key"))
_OBJECTS = const(("limits", "channels"))
_FIELDS = const(("port", "kind", "tls", "wifi"))


class ConfigError(ValueError):
    """The board cannot know who it is; a technician has to provision it."""


def load(path: str = "/config.json") -> dict:
    """The checked configuration. Raises ConfigError that says what to do, in both languages."""
    try:
        with open(path) as file:
            config = json.load(file)
    except OSError:
        raise ConfigError("没有 config.json，请写入配置 / no config.json on flash: provision this board") from None
    except ValueError:
        raise ConfigError("config.json 不是 JSON，请重新写入 / config.json is not JSON: provision it again") from None
    return check(config)


def check(config: object) -> dict:
    """The configuration with its defaults filled in. Raises ConfigError naming the field."""
    if not isinstance(config, dict):
        raise ConfigError("config.json 必须是对象 / config.json must hold an object")
    for name in config:
        if name not in _TEXTS + _OPTIONAL_TEXTS + _OBJECTS + _FIELDS:
            raise ConfigError("config.json: 未知字段 / unknown field: " + name)
    checked: dict = {"kind": "fire", "tls": False, "wifi": None, "limits": {}, "channels": {}}
    for name in _OPTIONAL_TEXTS:
        checked[name] = None
    checked.update(config)
    _check_types(checked)
    _check_meaning(checked)
    return checked


def _check_types(config: dict) -> None:
    for name in _TEXTS:
        if not isinstance(config.get(name), str) or not config[name]:
            raise ConfigError("config.json: 缺少文本字段 / missing text field: " + name)
    for name in _OPTIONAL_TEXTS:
        if config[name] is not None and not isinstance(config[name], str):
            raise ConfigError("config.json: 应为文本 / must be text: " + name)
    for name in _OBJECTS:
        if not isinstance(config[name], dict):
            raise ConfigError("config.json: 应为对象 / must be an object: " + name)
    if not isinstance(config["tls"], bool):
        raise ConfigError("config.json: 应为真或假 / must be true or false: tls")


def _check_meaning(config: dict) -> None:
    port, wifi, update_key = config.get("port"), config["wifi"], config["update_key"]
    if not isinstance(port, int) or not 0 < port < 65536:
        raise ConfigError("config.json: 端口须为 1 到 65535 / port must be 1 to 65535")
    if config["kind"] not in _KINDS:
        raise ConfigError("config.json: 未知类型 / unknown kind: %r" % (config["kind"],))
    if config["tls"] and not config["ca"]:
        raise ConfigError("config.json: TLS 需要 CA 文件 / tls needs 'ca', the path of a DER certificate")
    if config["password"] is not None and config["username"] is None:
        raise ConfigError("config.json: 有密码则须有用户名 / a password needs a username")
    if wifi is not None and not (isinstance(wifi, dict) and _are_texts(wifi.get("ssid"), wifi.get("password"))):
        raise ConfigError("config.json: wifi 需要 ssid 和 password / wifi needs the texts ssid and password")
    if update_key is not None and (len(update_key) != 64 or update_key.strip("0123456789abcdef")):
        raise ConfigError("config.json: 须为 64 位十六进制 / must be 64 hexadecimal digits: update_key")
    try:
        build(config["site"], config["device"], "readings")
    except ProtocolError as error:
        raise ConfigError("config.json: " + str(error)) from None


def _are_texts(*values: object) -> bool:
    return all([isinstance(value, str) for value in values])
