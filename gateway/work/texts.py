"""What a worker reads on the terminal: what it is, and what to do first. Chinese or English, as the terminal is set."""

from __future__ import annotations

from domain.incidents import Kind, Severity

LANGUAGES = ("zh", "en")
_TEXTS: dict[Kind, tuple[str, str]] = {
    Kind.FIRE: ("疑似火警，请立即到场核实", "Suspected fire: go and look at once"),
    Kind.ENTRAPMENT: ("电梯困人，请到场安抚并联系救援", "People in the lift: calm them, call the rescue"),
    Kind.SOS: ("{who} 求助，请立即前往", "{who} calls for help: go there at once"),
    Kind.ENDPOINT_OFFLINE: ("终端离线，请检查电源和网络", "Endpoint offline: check power and network"),
    Kind.ENDPOINTS_OFFLINE: ("多台终端离线，请检查电源和交换机", "Many endpoints offline: check power and switches"),
    Kind.SENSOR_FAULT: ("传感器故障，请检查", "Sensor fault: check it"),
    Kind.WATER_PRESSURE: ("消防水压异常，请检查阀门和管网", "Fire water pressure: check valves and mains"),
    Kind.ESCAPE_DOOR: ("疏散门异常，请检查", "Escape door: check it"),
    Kind.EXTINGUISHER: ("灭火器被取走，请检查", "Extinguisher removed: check it"),
    Kind.TAMPER: ("终端外壳被打开，请检查", "Housing opened: check it"),
    Kind.POWER: ("市电中断，请检查", "Mains failure: check it"),
    Kind.LIFT_FAULT: ("电梯故障，请检查是否有人", "Lift fault: see whether people are in it"),
    Kind.LIFT_ALARM_BUTTON: ("电梯报警按钮被按，请到场询问", "Lift alarm button pressed: go and ask"),
    Kind.CAMERA_FAULT: ("摄像机异常，请检查", "Camera fault: check it"),
    Kind.INTRUSION: ("有人进入禁区，请到场查看", "Somebody in a forbidden zone: go and look"),
    Kind.FACILITY_FAULT: ("消防设施故障，请检查", "Fire equipment fault: check it"),
    Kind.HAZARD: ("安全隐患，请到场查看", "Safety hazard: go and look"),
    Kind.ENVIRONMENT: ("市容环境问题，请到场处理", "Street and environment: go and see to it"),
    Kind.PUBLIC_ORDER: ("治安线索，请到场查看，必要时报 110", "Public order: go and look, call 110 if needed"),
    Kind.PUBLIC_FACILITY: ("公共设施问题，请到场查看", "Public facility: go and look"),
    Kind.DISPUTE: ("矛盾纠纷，请到场调解", "A dispute: go and mediate"),
    Kind.SERVICE: ("居民求助，请联系或上门", "A resident needs help: call or visit"),
}
_OTHER = ("请到场查看", "Go and look")
_CONFIRMED = ("确认火警！立即到场，疏散人员，报 119", "Confirmed fire! Go at once, get people out, call 119")
_OVER = ("报警已恢复，请到场确认", "The alarm is over: go and make sure")


def text_of(kind: Kind, severity: Severity, language: str, *, cleared: bool, who: str) -> str:
    """The text of a task; `who`: the person whose terminal raised it, or the device."""
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    if cleared:
        return _OVER[place]
    if kind is Kind.FIRE and severity is Severity.CRITICAL:
        return _CONFIRMED[place]
    return _TEXTS.get(kind, _OTHER)[place].format(who=who)
