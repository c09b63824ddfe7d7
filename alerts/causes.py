"""What faults are alike: a cause, a condition or a person's words to one group, so that repeats are found (K4).

Whose the cause is has no part in it: the same fault repeats whoever has to mend it. One table: a line is a group with
the codes of conditions and causes that belong to it, and with parts of words as people say them.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Exact `codes`, and `words` looked for in lower case within what somebody wrote."""

    name: str
    codes: frozenset[str]
    words: tuple[str, ...]


OTHER: Final = "other"
"""Silence, and what nothing here names."""

GROUPS: Final = (
    Group(
        "paper",
        frozenset(
            {
                "receiptPaperLow",
                "receiptPaperOut",
                "jammed",
                "noPaper",
                "lowPaper",
                "inputTrayEmpty",
                "inputTrayMissing",
                "outputTrayMissing",
                "outputFull",
                "outputNearFull",
            }
        ),
        ("纸", "卡票", "paper", "jam", "roller"),
    ),
    Group(
        "print",
        frozenset(
            {
                "noToner",
                "lowToner",
                "markerSupplyMissing",
            }
        ),
        (
            "粉",
            "墨",
            "鼓",
            "色带",
            "打印头",
            "不清",
            "模糊",
            "toner",
            "drum",
            "ribbon",
            "fuser",
            "print head",
            "prints badly",
            "print quality",
            "blurred",
        ),
    ),
    Group(
        "network",
        frozenset(
            {
                "uplinkDown",
                "highLoss",
                "noSnmp",
                "isolated",
                "timeout",
                "refused",
            }
        ),
        ("网", "network", "cable"),
    ),
    Group(
        "power",
        frozenset(
            {
                "powerSupplyFailed",
                "replaceBattery",
                "overload",
                "onBypass",
                "noOutput",
                "upsFault",
                "onBattery",
                "batteryLow",
            }
        ),
        ("电源", "断电", "没电", "不开机", "开不了机", "电池", "power", "switch on", "battery"),
    ),
    Group(
        "software",
        frozenset(
            {
                "memoryFull",
                "processMissing",
                "noApplication",
                "storageFull",
            }
        ),
        (
            "系统",
            "软件",
            "程序",
            "死机",
            "蓝屏",
            "病毒",
            "很慢",
            "software",
            "program",
            "crash",
            "frozen",
            "slow",
            "settings",
            "operating system",
        ),
    ),
    Group(
        "hardware",
        frozenset(
            {
                "highTemperature",
                "fanFailed",
                "cashFault",
                "peripheralFailed",
                "doorOpen",
                "serviceRequested",
                "overduePreventMaint",
                "otherSerial",
            }
        ),
        (
            "屏",
            "键盘",
            "鼠标",
            "硬盘",
            "主板",
            "读卡",
            "触摸",
            "钞",
            "异响",
            "screen",
            "touch",
            "card",
            "cash",
            "keyboard",
            "hardware",
            "sound",
            "display",
            "scanner",
            "main board",
            "hard disk",
            "memory",
            "banknote",
            "printer",
            "computer unit",
            "lens",
            "storage",
        ),
    ),
)


def group_of(text: str) -> str:
    """The group of a cause: by its code, else by the first group that a word in it belongs to."""
    for one in GROUPS:
        if text in one.codes:
            return one.name
    lower = text[:512].lower()
    return next((one.name for one in GROUPS if any(word in lower for word in one.words)), OTHER)
