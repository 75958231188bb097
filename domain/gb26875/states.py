"""Bits of states and of operations, and the analog types. Several bits may be set together."""

from __future__ import annotations

from dataclasses import dataclass

from domain.gb26875.names import Name, table

# Bit 0 set means normal, clear means test. It never decides anything here: both fires recorded from real panels came
# with bit 0 clear, so whoever left out what "tests" would have dropped them.
NORMAL = 0
FIRE, FAULT, SHIELD, SUPERVISION = 1, 2, 3, 4
MAINS, BATTERY, BUS = 8, 9, 10  # of a facility
MANUAL_MODE, CONFIG_CHANGED, RESET = 11, 12, 13
PART_POWER = 8
DEVICE_MAINS, DEVICE_BATTERY, DEVICE_CHANNEL, DEVICE_LINE = 3, 4, 5, 6

SYSTEM_BITS = table(
    {
        0: ("正常运行", "normal"),
        1: ("火警", "fire"),
        2: ("故障", "fault"),
        3: ("屏蔽", "disabled"),
        4: ("监管", "supervision"),
        5: ("启动", "started"),
        6: ("反馈", "feedback"),
        7: ("延时", "delay"),
        8: ("主电故障", "mains fault"),
        9: ("备电故障", "battery fault"),
        10: ("总线故障", "bus fault"),
        11: ("手动状态", "manual mode"),
        12: ("配置改变", "configuration changed"),
        13: ("复位", "reset"),
    }
)
PART_BITS = {bit: SYSTEM_BITS[bit] for bit in range(8)} | {8: Name(zh="电源故障", en="power fault")}
DEVICE_BITS = table(
    {
        0: ("正常监视", "normal"),
        1: ("火警", "fire"),
        2: ("故障", "fault"),
        3: ("主电故障", "mains fault"),
        4: ("备电故障", "battery fault"),
        5: ("与监控中心通信信道故障", "fault of the channel to the centre"),
        6: ("监测连接线路故障", "fault of the line to the panel"),
    }
)

DID_RESET, DID_SILENCE, DID_ALARM, DID_END_ALARM = 0, 1, 2, 3
DUTY_ANSWER = 5  # at the transmission device; at a facility the same bit means "confirmed"
SYSTEM_OPERATIONS = table(
    {
        0: ("复位", "reset"),
        1: ("消音", "silenced"),
        2: ("手动报警", "manual alarm"),
        3: ("警情消除", "alarm is over"),
        4: ("自检", "self-test"),
        5: ("确认", "confirmed"),
        6: ("测试", "test"),
    }
)
DEVICE_OPERATIONS = SYSTEM_OPERATIONS | {DUTY_ANSWER: Name(zh="查岗应答", en="answer to a duty check")}


def has(state: int, bit: int) -> bool:
    """True where a bit is set."""
    return bool(state >> bit & 1)


def bits_of(state: int, names: dict[int, Name]) -> list[Name]:
    """Names of the bits that are set; a clear bit 0 is a test, and said so."""
    said = [name for bit, name in names.items() if bit != NORMAL and has(state, bit)]
    return [names[NORMAL] if has(state, NORMAL) else Name(zh="测试", en="test"), *said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analog:
    """An analog type: value = raw * step, plausible from `low` to `high`. Table 6."""

    name: Name
    channel: str
    unit: str
    step: float
    low: float
    high: float

    def value(self, raw: int) -> float:
        """In the unit, without the dust of binary fractions."""
        return round(raw * self.step, 2)


def _analog(zh: str, channel: str, unit: str, step: float, low: float, high: float) -> Analog:
    return Analog(
        name=Name(zh=zh, en=channel.replace("_", " ")), channel=channel, unit=unit, step=step, low=low, high=high
    )


ANALOGS: dict[int, Analog] = {
    1: _analog("事件计数", "count", "count", 1, 0, 32_000),
    2: _analog("高度", "height", "m", 0.01, 0, 320),
    3: _analog("温度", "temperature", "Cel", 0.1, -273, 3_200),
    4: _analog("压力", "pressure_mpa", "MPa", 0.1, 0, 3_200),
    5: _analog("压力", "pressure_kpa", "kPa", 0.1, 0, 3_200),
    6: _analog("气体浓度", "gas", "%EL", 0.1, 0, 100),
    7: _analog("时间", "time", "s", 1, 0, 32_000),
    8: _analog("电压", "voltage", "V", 0.1, 0, 3_200),
    9: _analog("电流", "current", "A", 0.1, 0, 3_200),
    10: _analog("流量", "flow", "l/s", 0.1, 0, 3_200),
    11: _analog("风量", "air_flow", "m3/min", 0.1, 0, 3_200),
    12: _analog("风速", "air_speed", "m/s", 1, 0, 20),
}
