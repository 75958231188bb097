"""What Home Assistant is told about an endpoint, once: MQTT discovery, one retained message for a device. Pure.

Format: home-assistant.io, MQTT integration, "Device discovery payload" (one device with its components, from 2024.11).
A value counts only as long as `expire_after`, the endpoint's availability, the gateway's and the channel's own health
all say so: a dashboard that shows a dead sensor's last number is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.channel_words import CHANNEL_WORDS
from gateway.adapters import Number
from gateway.site_file.home_assistant_section import LANGUAGES, HomeAssistant
from gateway.site_file.site import Member
from protocol.channel_tables import fire, handheld, lift, video

ROOT = "gridwhistle"
ONLINE, OFFLINE = "online", "offline"
PROBLEM = "problem"  # of a foreign device: something of it is not as it should be
ALARM = "alarm"  # not a channel: whether the gateway sees lives at stake there
CHANNELS = {"fire": fire.CHANNELS, "lift": lift.CHANNELS, "video": video.CHANNELS, "handheld": handheld.CHANNELS}
_KINDS = {
    "fire": ("消防终端", "Fire endpoint"), "lift": ("电梯终端", "Lift endpoint"),
    "video": ("视频终端", "Video endpoint"), "handheld": ("手持终端", "Handheld"),
    "panel": ("消防主机", "Fire panel"),
}  # fmt: skip
_ALARM_WORDS = ("报警", "Alarm")
_PROBLEM_WORDS = ("异常", "Problem")
# SenML units as Home Assistant writes them
_UNITS = {"Cel": "°C", "%EL": "%", "1/m": "m⁻¹", "m/s2": "m/s²", "lat": "°", "lon": "°", "/": None, "": None}
# what a channel is to Home Assistant: its device classes know icons, words and history
_CLASSES = {
    "temp": "temperature", "motor_temp": "temperature", "co": "carbon_monoxide", "battery": "battery",
    "hydrant_pressure": "pressure", "sprinkler_pressure": "pressure", "speed": "speed",
    "call_point": "safety", "local_alarm": "sound", "entrapment": "safety", "alarm_button": "safety", "sos": "safety",
    "escape_door": "door", "door_open": "door", "tamper": "tamper", "extinguisher_removed": "problem", "mains": "power",
    "motion": "motion", "people": "occupancy", "car_moving": "moving", "camera_alive": "connectivity",
    "picture_lost": "problem", "covered": "problem", "moved": "problem", "storage_fault": "problem",
}  # fmt: skip
_NOT_A_QUANTITY = ("floor", "direction", "mode", "message_code", "lat", "lon")


def birth_topic(settings: HomeAssistant) -> str:
    """Where Home Assistant says that it has started."""
    return f"{settings.prefix}/status"


def state_topic(site: str, device: str) -> str:
    """Where the values of an endpoint go."""
    return f"{ROOT}/{site}/{device}/state"


def availability_topic(site: str, device: str | None = None) -> str:
    """Where an endpoint, or the gateway itself, is said to be there. Retained."""
    return f"{ROOT}/{site}/{device}/availability" if device else f"{ROOT}/{site}/availability"


def config_topic(settings: HomeAssistant, site: str, device: str) -> str:
    """Where the description of an endpoint goes. Retained; empty takes it away."""
    return f"{settings.prefix}/device/{_plain(site)}__{_plain(device)}/config"


def _plain(name: str) -> str:
    # discovery ids have letters, digits, - and _; our ids may have a point, which must not make two the same
    return name.replace("_", "_u").replace(".", "_p")


def config(
    settings: HomeAssistant,
    site: str,
    gateway: str,
    member: Member,
    software: str,
    numbers: Sequence[Number] | None = None,
) -> dict[str, Any]:
    """The description of one endpoint with all its channels, or of a foreign device with its numbers."""
    language = LANGUAGES.index(settings.language)
    kind = _KINDS.get(member.kind, (member.kind, member.kind))[language]
    channels = CHANNELS.get(member.kind, {})
    components = {name: _component(settings, site, member.device, name, channels[name][0]) for name in channels}
    for number in numbers or ():
        words = number.words[language]
        components[number.id] = _sensor(settings, site, member.device, number.id, words, number.unit)
    if numbers is not None:
        words = _PROBLEM_WORDS[language]
        components[PROBLEM] = _binary(settings, site, member.device, PROBLEM, words, "problem")
    components[ALARM] = _binary(settings, site, member.device, ALARM, _ALARM_WORDS[language], "safety")
    return {
        "device": {
            "identifiers": [f"{ROOT}/{site}/{member.device}"],
            "name": f"{member.place} {kind}",
            "model": kind,
            "manufacturer": ROOT,
            "serial_number": member.device,
            "suggested_area": member.place,
            "via_device": f"{ROOT}/{site}/{gateway}",
        },
        "origin": {"name": ROOT, "sw_version": software},
        "state_topic": state_topic(site, member.device),
        "qos": 1,
        "components": components,
    }


def _component(settings: HomeAssistant, site: str, device: str, name: str, unit: str) -> dict[str, Any]:
    words = CHANNEL_WORDS[name][LANGUAGES.index(settings.language)]
    if unit == "bool":
        return _binary(settings, site, device, name, words, _CLASSES.get(name))
    component = _sensor(settings, site, device, name, words, unit)
    if name in _CLASSES:
        component["device_class"] = _CLASSES[name]
    if name in _NOT_A_QUANTITY:
        del component["state_class"]
    return component


def _sensor(settings: HomeAssistant, site: str, device: str, name: str, words: str, unit: str) -> dict[str, Any]:
    component = _common(settings, site, device, name, words) | {
        "platform": "sensor",
        "value_template": f"{{{{ value_json.{name} }}}}",
        "state_class": "measurement",
    }
    shown = _UNITS.get(unit, unit)
    return component if shown is None else component | {"unit_of_measurement": shown}


def _binary(
    settings: HomeAssistant, site: str, device: str, name: str, words: str, device_class: str | None
) -> dict[str, Any]:
    component = _common(settings, site, device, name, words) | {
        "platform": "binary_sensor",
        "value_template": f"{{{{ 'ON' if value_json.{name} else 'OFF' }}}}",
    }
    return component | ({"device_class": device_class} if device_class else {})


def _common(settings: HomeAssistant, site: str, device: str, name: str, words: str) -> dict[str, Any]:
    healthy = f"{{{{ '{ONLINE}' if value_json.{name} is not none else '{OFFLINE}' }}}}"
    return {
        "unique_id": f"{ROOT}_{_plain(site)}_{_plain(device)}_{name}",
        "name": words,
        "expire_after": settings.expire_s,
        "availability_mode": "all",
        "availability": [
            {"topic": availability_topic(site)},
            {"topic": availability_topic(site, device)},
            {"topic": state_topic(site, device), "value_template": healthy},
        ],
    }
