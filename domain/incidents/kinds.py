"""How bad an incident is, and what it is about."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, rising. A fire with one signal is major (疑似火警), a confirmed one critical (确认火警)."""

    WARNING = "warning"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest; comparable."""
        return _RISING.index(self)


_RISING = tuple(Severity)


class Kind(StrEnum):
    """What an incident is about."""

    FIRE = "fire"
    ENTRAPMENT = "entrapment"  # 困人: people cannot leave a lift
    SOS = "sos"  # a worker calls for help
    ENDPOINT_OFFLINE = "endpoint_offline"
    SENSOR_FAULT = "sensor_fault"
    SITE_LINK_DOWN = "site_link_down"
    WATER_PRESSURE = "water_pressure"  # fire water: hydrant or sprinkler
    ESCAPE_DOOR = "escape_door"  # an escape door stands open
    EXTINGUISHER = "extinguisher"  # one was taken away
    TAMPER = "tamper"  # a housing is open
    POWER = "power"  # mains power is gone
    LIFT_FAULT = "lift_fault"  # the lift itself: trips, vibration, heat
    LIFT_ALARM_BUTTON = "lift_alarm_button"  # somebody in the car calls, and entrapment is not judged yet
    CAMERA_FAULT = "camera_fault"  # no picture that can be trusted
    INTRUSION = "intrusion"  # somebody is where nobody may be
    BATTERY = "battery"  # nearly empty
    FACILITY_FAULT = "facility_fault"  # of foreign panels: 故障, 屏蔽, 监管, 电源
    ENDPOINTS_OFFLINE = (
        "endpoints_offline"  # many at once: a switch, a power circuit; their own incidents are its children
    )
    ALARM_FLOOD = "alarm_flood"  # too many at once to be read one by one; its members are kept
    UPDATE_FAILED = "update_failed"  # software of an endpoint or of the gateway
    CERTIFICATE = "certificate"  # near its end, or its renewal failed
    GATEWAY_FAULT = "gateway_fault"  # disk, clock, database of the gateway
    GATEWAY_OFFLINE = "gateway_offline"  # raised by the cloud itself
    # what people tell: workers, callers, the hotline; never a gateway. Finer matters: cloud/config/matters.toml
    HAZARD = "hazard"  # 安全隐患
    ENVIRONMENT = "environment"  # 市容环境
    PUBLIC_ORDER = "public_order"  # 治安
    PUBLIC_FACILITY = "public_facility"  # 公共设施
    DISPUTE = "dispute"  # 矛盾纠纷
    SERVICE = "service"  # 民生服务

    @property
    def of_people(self) -> bool:
        """True where no sensor can tell it: only people report it."""
        return self in _OF_PEOPLE

    @property
    def life_safety(self) -> bool:
        """True where people may die: never delayed, never grouped away, pages at any hour."""
        return self in (Kind.FIRE, Kind.ENTRAPMENT, Kind.SOS)

    @property
    def spreads(self) -> bool:
        """True where one more place nearby is the same incident: a fire. Two lifts are two rescues."""
        return self is Kind.FIRE


SITE_AWAY = (Kind.SITE_LINK_DOWN, Kind.GATEWAY_OFFLINE)  # nothing is heard of a whole site


def is_grave(kind: str, severity: str) -> bool:
    """True where nothing may wait: lives are at stake by the kind, or it is as bad as can be: a smell of gas."""
    return Kind(kind).life_safety or severity == Severity.CRITICAL


_OF_PEOPLE = frozenset(
    {Kind.HAZARD, Kind.ENVIRONMENT, Kind.PUBLIC_ORDER, Kind.PUBLIC_FACILITY, Kind.DISPUTE, Kind.SERVICE}
)
