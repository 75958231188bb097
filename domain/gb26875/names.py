"""Names of codes of GB/T 26875.3-2011, Chinese as in the standard. What a code means, never what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

USERS_OWN = 128  # codes from here to 255 are for users to define


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What people call something."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def table(rows: Mapping[int, tuple[str, str]]) -> dict[int, Name]:
    """Names by code."""
    return {code: Name(zh=zh, en=en) for code, (zh, en) in rows.items()}


def named(names: Mapping[int, Name], code: int) -> Name:
    """The name of a code; one that the standard does not know keeps its number."""
    if code in names:
        return names[code]
    if code >= USERS_OWN:
        return Name(zh=f"自定义类型 {code}", en=f"user-defined type {code}")
    return Name(zh=f"未知类型 {code}", en=f"unknown type {code}")


# table 4
SYSTEMS = table(
    {
        0: ("通用", "general"),
        1: ("火灾报警系统", "fire alarm system"),
        10: ("消防联动控制器", "fire linkage controller"),
        11: ("消火栓系统", "hydrant system"),
        12: ("自动喷水灭火系统", "sprinkler system"),
        13: ("气体灭火系统", "gas extinguishing system"),
        14: ("水喷雾灭火系统（泵启动方式）", "water spray system, started by a pump"),
        15: ("水喷雾灭火系统（压力容器启动方式）", "water spray system, started by a pressure vessel"),
        16: ("泡沫灭火系统", "foam extinguishing system"),
        17: ("干粉灭火系统", "powder extinguishing system"),
        18: ("防烟排烟系统", "smoke control system"),
        19: ("防火门及卷帘系统", "fire doors and shutters"),
        20: ("消防电梯", "firefighters' lift"),
        21: ("消防应急广播", "emergency broadcast"),
        22: ("消防应急照明和疏散指示系统", "emergency lighting and escape signs"),
        23: ("消防电源", "power supply of fire equipment"),
        24: ("消防电话", "fire telephone"),
    }
)

# types of units, clause 8.1
TYPES = table(
    {
        1: ("建筑消防设施系统状态", "state of a facility"),
        2: ("建筑消防设施部件运行状态", "state of a component"),
        3: ("建筑消防设施部件模拟量值", "value of a component"),
        4: ("建筑消防设施操作信息", "operation at a facility"),
        5: ("建筑消防设施软件版本", "software version of a facility"),
        6: ("建筑消防设施系统配置情况", "configuration of a facility"),
        7: ("建筑消防设施部件配置情况", "configuration of a component"),
        8: ("建筑消防设施系统时间", "time of a facility"),
        21: ("用户信息传输装置运行状态", "state of the transmission device"),
        24: ("用户信息传输装置操作信息", "operation at the transmission device"),
        25: ("用户信息传输装置软件版本", "software version of the transmission device"),
        26: ("用户信息传输装置配置情况", "configuration of the transmission device"),
        28: ("用户信息传输装置系统时间", "time of the transmission device"),
        61: ("读建筑消防设施系统状态", "read the state of a facility"),
        62: ("读建筑消防设施部件运行状态", "read the state of a component"),
        63: ("读建筑消防设施部件模拟量值", "read the value of a component"),
        64: ("读建筑消防设施操作信息", "read operations at a facility"),
        65: ("读建筑消防设施软件版本", "read the software version of a facility"),
        66: ("读建筑消防设施系统配置情况", "read the configuration of a facility"),
        67: ("读建筑消防设施部件配置情况", "read the configuration of a component"),
        68: ("读建筑消防设施系统时间", "read the time of a facility"),
        81: ("读用户信息传输装置运行状态", "read the state of the transmission device"),
        84: ("读用户信息传输装置操作信息", "read operations at the transmission device"),
        85: ("读用户信息传输装置软件版本", "read the software version of the transmission device"),
        86: ("读用户信息传输装置配置情况", "read the configuration of the transmission device"),
        88: ("读用户信息传输装置系统时间", "read the time of the transmission device"),
        89: ("初始化用户信息传输装置", "initialise the transmission device"),
        90: ("同步用户信息传输装置时钟", "set the clock of the transmission device"),
        91: ("查岗命令", "duty check"),
    }
)
