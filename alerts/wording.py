"""Our words for each message, in each language: a title and a text with {placeholders}.

A line whose placeholders are all empty is left out.
"""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("zh", "en")
PLACEHOLDERS: Final = (
    "ticket",
    "device",
    "kind",
    "model",
    "hall",
    "hall_name",
    "symptom",
    "cause",
    "time",
    "due",
    "percent",
    "target",
    "counted",
    "count",
    "list",
    "reason",
    "url",
)

_FACTS_ZH: Final = """设备：{device}（{kind} {model}）
营业厅：{hall_name}（{hall}）
故障：{symptom}
原因：{cause}
时间：{time}
应修复时间：{due}
说明：{reason}
详情：{url}"""
_FACTS_EN: Final = """Device: {device} ({kind} {model})
Hall: {hall_name} ({hall})
Fault: {symptom}
Cause: {cause}
Time: {time}
Due: {due}
Reason: {reason}
Page: {url}"""
_CLOCK_ZH: Final = """已用时：{counted}，目标 {target}
"""
_CLOCK_EN: Final = """Time used: {counted} of {target}
"""

WORDING: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "opened": {
        "zh": ("[{ticket}] 新故障：{device}，{hall_name}", _FACTS_ZH),
        "en": ("[{ticket}] New fault: {device}, {hall_name}", _FACTS_EN),
    },
    "reopened": {
        "zh": ("[{ticket}] 故障复现：{device}，{hall_name}", _FACTS_ZH),
        "en": ("[{ticket}] Fault is back: {device}, {hall_name}", _FACTS_EN),
    },
    "rejected": {
        "zh": ("[{ticket}] 未恢复：{device}，{hall_name}", _FACTS_ZH),
        "en": ("[{ticket}] Not restored: {device}, {hall_name}", _FACTS_EN),
    },
    "restored": {
        "zh": ("[{ticket}] 已恢复：{device}，{hall_name}", _FACTS_ZH),
        "en": ("[{ticket}] Restored: {device}, {hall_name}", _FACTS_EN),
    },
    "withdrawn": {
        "zh": ("[{ticket}] 已撤销：{device}，{hall_name}", _FACTS_ZH),
        "en": ("[{ticket}] Withdrawn: {device}, {hall_name}", _FACTS_EN),
    },
    "warning": {
        "zh": ("[{ticket}] 修复时限已用 {percent}%：{device}，{hall_name}", _CLOCK_ZH + _FACTS_ZH),
        "en": ("[{ticket}] {percent} % of the repair time used: {device}, {hall_name}", _CLOCK_EN + _FACTS_EN),
    },
    "escalation": {
        "zh": ("[{ticket}] 升级（{percent}%）：{device}，{hall_name}", _CLOCK_ZH + _FACTS_ZH),
        "en": ("[{ticket}] Escalation ({percent} %): {device}, {hall_name}", _CLOCK_EN + _FACTS_EN),
    },
    "hall_dark": {
        "zh": (
            "{hall_name}：全厅失联，{count} 台设备",
            "营业厅：{hall_name}（{hall}）\n时间：{time}\n说明：{reason}\n详情：{url}\n{list}",
        ),
        "en": (
            "{hall_name} is dark: {count} devices",
            "Hall: {hall_name} ({hall})\nTime: {time}\nReason: {reason}\nPage: {url}\n{list}",
        ),
    },
    "digest": {
        "zh": ("{count} 条消息汇总", "时间：{time}\n详情：{url}\n{list}"),
        "en": ("{count} messages in one", "Time: {time}\nPage: {url}\n{list}"),
    },
    "changed": {
        "zh": ("[{ticket}] 工单变更：{device}，{hall_name}", "变更：\n{list}\n" + _FACTS_ZH),
        "en": ("[{ticket}] Changed: {device}, {hall_name}", "Changed:\n{list}\n" + _FACTS_EN),
    },
    "test": {
        "zh": ("hallwatch 测试消息", "这是一条测试消息，收到即表示通道正常。\n时间：{time}\n详情：{url}"),
        "en": ("A test by hallwatch", "This is a test; who reads it can be reached.\nTime: {time}\nPage: {url}"),
    },
}

SAMPLES: Final[dict[str, str]] = {
    "ticket": "T-000123",
    "device": "P-0001",
    "kind": "打印机",
    "model": "HP M404",
    "hall": "h-01",
    "hall_name": "飞鹅路营业厅",
    "symptom": "卡纸",
    "cause": "jammed",
    "time": "2026-11-02 10:05:00",
    "due": "2026-11-02 12:35:00",
    "percent": "75",
    "target": "2 h",
    "counted": "1 h 30 min",
    "count": "3",
    "list": "P-0001 打印机\nP-0002 复印机\nK-0001 自助终端",
    "reason": "<script>alert(1)</script> @all [x](http://evil.example)",
    "url": "https://hallwatch.example/tickets/T-000123",
}
"""For previews: what a hostile device may say is among them."""
