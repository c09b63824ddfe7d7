"""Codes as people read them: states, kinds, owners, causes; with the colours of states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards import colour
from dashboards.text import T, Tree

Mapped = Mapping[str, tuple[T, str | None]]
"""A value as JSON writes it, and its text and colour."""

STATES: Final[Mapped] = {
    "down": (T("✖ down", "✖ 故障"), colour.DOWN),
    "unreachable": (T("⊘ unreachable", "⊘ 不可达"), colour.UNREACHABLE),
    "degraded": (T("▲ degraded", "▲ 降级"), colour.DEGRADED),
    "unmonitored": (T("? unmonitored", "? 未监测"), colour.UNMONITORED),
    "maintenance": (T("◆ maintenance", "◆ 计划维护"), colour.MAINTENANCE),
    "closed": (T("☾ closed", "☾ 非营业时间"), colour.CLOSED),
    "up": (T("✔ up", "✔ 正常"), colour.UP),
}
CODES: Final = ("down", "degraded", "up", "unreachable", "unmonitored", "maintenance", "closed")
"""The states in the order of their numbers."""
JUDGED: Final[Mapped] = {str(code): STATES[state] for code, state in enumerate(CODES)}
OBSERVED: Final[Mapped] = {str(code): STATES[state] for code, state in enumerate(CODES[:3])}
KINDS: Final[Mapped] = {
    "printer": (T("printer", "打印机"), None),
    "list_printer": (T("list printer", "清单打印机"), None),
    "copier": (T("copier", "复印机"), None),
    "kiosk": (T("kiosk", "自助终端"), None),
    "queue": (T("queue machine", "排队机"), None),
    "pc": (T("PC", "电脑"), None),
    "handheld": (T("handheld", "手持终端"), None),
    "switch": (T("switch", "交换机"), None),
    "router": (T("router", "路由器"), None),
    "ups": (T("UPS", "不间断电源"), None),
    "camera": (T("camera", "摄像头"), None),
}
OWNERS: Final[Mapped] = {
    "vendor": (T("vendor", "代维"), None),
    "hall": (T("hall", "营业厅"), None),
    "network": (T("network", "网络"), None),
    "operator": (T("operator", "运营商"), None),
    "undetermined": (T("undetermined", "待定"), None),
}
CAUSES: Final[Mapped] = {
    "lowPaper": (T("low on paper", "纸张不足"), None),
    "noPaper": (T("out of paper", "缺纸"), None),
    "lowToner": (T("low on toner", "墨粉不足"), None),
    "noToner": (T("out of toner", "缺墨粉"), None),
    "doorOpen": (T("door open", "机盖打开"), None),
    "jammed": (T("paper jam", "卡纸"), None),
    "offline": (T("offline", "脱机"), None),
    "serviceRequested": (T("asks for service", "请求维修"), None),
    "inputTrayMissing": (T("input tray missing", "纸盒未装"), None),
    "outputTrayMissing": (T("output tray missing", "出纸盘未装"), None),
    "markerSupplyMissing": (T("cartridge missing", "耗材未装"), None),
    "outputNearFull": (T("output nearly full", "出纸盘将满"), None),
    "outputFull": (T("output full", "出纸盘已满"), None),
    "inputTrayEmpty": (T("input tray empty", "纸盒缺纸"), None),
    "overduePreventMaint": (T("maintenance overdue", "保养逾期"), None),
    "asleep": (T("asleep", "休眠"), None),
    "highLoss": (T("many packets lost", "丢包严重"), None),
    "noSnmp": (T("no answer to SNMP", "SNMP 无应答"), None),
    "otherSerial": (T("another serial number", "序列号不符"), None),
    "noApplication": (T("application does not answer", "应用无应答"), None),
    "storageFull": (T("disk full", "磁盘已满"), None),
    "uplinkDown": (T("uplink down", "上联端口中断"), None),
    "highTemperature": (T("too hot", "温度过高"), None),
    "fanFailed": (T("fan failed", "风扇故障"), None),
    "powerSupplyFailed": (T("power supply failed", "电源模块故障"), None),
    "onBattery": (T("on battery", "电池供电"), None),
    "batteryLow": (T("battery low", "电池电量低"), None),
    "replaceBattery": (T("battery to be replaced", "电池需更换"), None),
    "overload": (T("overload", "UPS 过载"), None),
    "onBypass": (T("on bypass", "旁路供电"), None),
    "noOutput": (T("no output", "UPS 无输出"), None),
    "upsFault": (T("UPS fault", "UPS 故障"), None),
    "memoryFull": (T("memory full", "内存将满"), None),
    "processMissing": (T("process not running", "进程未运行"), None),
    "receiptPaperLow": (T("low on receipt paper", "凭条纸不足"), None),
    "receiptPaperOut": (T("out of receipt paper", "凭条纸用尽"), None),
    "cashFault": (T("cash unit needs attention", "现金模块需处理"), None),
    "peripheralFailed": (T("peripheral failed", "外设故障"), None),
    "silence": (T("no answer", "无应答"), None),
    "not_in_service": (T("not in service", "未在用"), None),
    "timeout": (T("no answer in time", "超时无应答"), None),
    "refused": (T("refused", "连接被拒"), None),
    "auth": (T("credentials refused", "认证被拒"), None),
    "no_such_object": (T("value not known to the device", "设备无此数据项"), None),
    "bad_answer": (T("answer makes no sense", "应答异常"), None),
    "unlearned": (T("not known yet what it has", "数据项尚未问全"), None),
    "config": (T("wrong configuration", "配置错误"), None),
    "isolated": (T("collector cut off from its network", "采集器网络中断"), None),
    "stuck": (T("poll did not come back", "采集超时未归"), None),
    "fault": (T("fault within the collector", "采集器内部错误"), None),
}
TICKET_STATES: Final[Mapped] = {
    "open": (T("open", "未结"), None),
    "acknowledged": (T("acknowledged", "已受理"), None),
    "dispatched": (T("dispatched", "已派单"), None),
    "arrived": (T("arrived", "已到场"), None),
    "paused": (T("paused", "已暂停"), None),
    "restored": (T("restored", "已恢复"), None),
    "verified": (T("verified", "已核实"), None),
    "rejected": (T("rejected", "已驳回"), None),
    "reopened": (T("reopened", "重新打开"), None),
    "cancelled": (T("cancelled", "已取消"), None),
    "withdrawn": (T("withdrawn", "已撤销"), None),
}
SOURCES: Final[Mapped] = {
    "phone": (T("phone", "电话报单"), None),
    "detected": (T("detected", "监测发现"), None),
    "patrol": (T("patrol", "巡检"), None),
    "import": (T("import", "导入"), None),
    "preventive": (T("preventive", "预检预修"), None),
}
YES_NO: Final[Mapped] = {"1": (T("yes", "是"), None), "0": (T("no", "否"), None)}


def mappings(values: Mapped) -> Tree:
    """A panel's value mappings."""
    options: dict[str, Tree] = {}
    for at, (value, (text, colour_)) in enumerate(values.items()):
        options[value] = {"index": at, "text": text, **({"color": colour_} if colour_ else {})}
    return [{"type": "value", "options": options}] if options else []
