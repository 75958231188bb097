"""Settings the gateway pushes: checked, applied, kept; the old ones stay where the new are wrong."""

from firmware.device import const
from firmware.device.kept import load, save
from firmware.device.log import say
from protocol import configuration
from protocol.quantities import is_bool

_PATH = const("/settings.json")


class SettingsError(ValueError):
    """Settings that cannot be applied; the text names the field in both languages."""


def check_channels(channels: object, table: dict, extra: tuple = ()) -> dict:
    """{channel: {"enabled", "offset", "scale"}} of provisioning or settings. Raises SettingsError.

    `extra` fields are for the kind to check.
    """
    if not isinstance(channels, dict):
        raise SettingsError("channels: 应为对象 / must be an object")
    for name, wanted in channels.items():
        if name not in table:
            raise SettingsError("channels: 未知通道 / unknown channel: " + name)
        if not isinstance(wanted, dict):
            raise SettingsError("channels.%s: 应为对象 / must be an object" % name)
        for field, value in wanted.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and not is_bool(table, name)
            good = {"enabled": isinstance(value, bool), "offset": number, "scale": number and value != 0}.get(field)
            if not good and field not in extra:
                raise SettingsError("channels.%s.%s: 未知或不可用 / unknown or not usable: %r" % (name, field, value))
    return channels


class Settings:
    """`values` are the applied ones, {} before the first; `channels` of the sampler follow them."""

    def __init__(self, table: dict, provisioned: dict, extra: tuple = ()) -> None:
        self._table = table
        self._extra = extra
        self._provisioned = check_channels(provisioned, table, extra)
        self.values = load(_PATH)
        self.channels: dict = {}
        try:
            self._use(self.values)
        except ValueError as error:
            self.forget(error)

    @property
    def version(self) -> int:
        """Of the applied settings, 0 where none ever came."""
        return self.values.get("version", 0)

    def forget(self, error) -> None:
        """What is kept was good for another firmware: go on without it."""
        say("settings:", error)
        self.values = {}
        self._use({})

    def _use(self, settings: dict) -> None:
        pushed = check_channels(settings.get("channels", {}), self._table, self._extra)
        merged = {name: dict(wanted) for name, wanted in self._provisioned.items()}
        for name, wanted in pushed.items():
            merged[name] = dict(merged.get(name, {}), **wanted)
        self.channels = merged

    def take(self, payload: bytes, apply) -> tuple:
        """(id, ok, data) of the answer. `apply(settings)` is the kind's; it raises ValueError and changes nothing.

        Raises PayloadError where these are no settings at all.
        """
        settings = configuration.decode(payload)
        version, applied = settings["version"], self.version
        asked = configuration.answer_id(version)
        if version == applied:
            return asked, True, {"version": applied}
        if version < applied:
            return asked, False, {"version": applied, "error": "version: 已应用更新的版本 / a newer one is applied"}
        try:
            check_channels(settings.get("channels", {}), self._table, self._extra)
            apply(settings)
            self._keep(settings, apply)
        except (ValueError, TypeError, OSError) as error:
            return asked, False, {"version": applied, "error": str(error)}
        say("settings:", version)
        return asked, True, {"version": version}

    def _keep(self, settings: dict, apply) -> None:
        try:
            save(_PATH, settings)
        except OSError:
            apply(self.values)
            raise
        self.values = settings
        self._use(settings)
