"""Alert rules for hallwatch's own health: who watches the watcher, in Grafana, when its own notices may not go out.

Figures that are missing keep every rule as it is, except one: `no figures at all` fires for that, and for a metrics
store that does not answer. So one trouble is one alert, and nothing resolves because nobody can look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from dashboards.text import T

Missing = Literal["KeepLast", "Alerting"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires while `asked` (one number a series), by `sign` (gt or lt) held against `limit`, stays so for `lasts`.

    Where `growth` is asked too it has to be above 0 in the same series. Both look back over `minutes`.
    `panel` (its English title) of the dashboard `hallwatch itself` and `page` of hallwatch show more; `missing` is what
    no figures or no answer means.
    """

    uid: str
    title: T
    summary: T
    what: T
    asked: str
    limit: float
    minutes: int
    lasts: str
    severity: Literal["critical", "warning"]
    panel: str
    sign: Literal["gt", "lt"] = "gt"
    growth: str = ""
    page: str = "/"
    missing: Missing = "KeepLast"

    @property
    def condition(self) -> str:
        """The step that decides."""
        return "E" if self.growth else "C"


def _last(measurement: str, field: str, tag: str) -> str:
    return f'SELECT last("{field}") FROM "raw"."{measurement}" WHERE $timeFilter GROUP BY "{tag}"'


def _rise(measurement: str, field: str, tag: str) -> str:
    """How much a count so far has risen; that it begins at 0 again after a restart takes nothing away."""
    steps = f'SELECT non_negative_difference("{field}") AS "step" FROM "raw"."{measurement}" WHERE $timeFilter'
    return f'SELECT sum("step") FROM ({steps} GROUP BY "{tag}") GROUP BY "{tag}"'


def _growth(measurement: str, field: str, tag: str) -> str:
    change = f'last("{field}") - first("{field}")'
    return f'SELECT {change} FROM "raw"."{measurement}" WHERE $timeFilter GROUP BY "{tag}"'


def _value(form: str = "") -> str:
    """The figure, where there is one; a template of Grafana's without `$`, which provisioning would replace."""
    return f"{{{{ with .Values.B }}}}{{{{ {form + ' ' if form else ''}.Value }}}}{{{{ end }}}}"


_COLLECTOR: Final = "{{ .Labels.collector }}"
_COMPONENT: Final = "{{ .Labels.component }}"

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "hw-no-figures",
        T("No figures at all", "完全没有数据"),
        T("For five minutes hallwatch has written no figures about itself", "hallwatch 已有五分钟没有写入自身运行数据"),
        T(
            "Look whether hallwatch runs (hallwatch doctor), whether the metrics store answers Grafana, "
            "and whether the queue before it grows. While this lasts the other rules keep their state.",
            "请检查 hallwatch 是否在运行（hallwatch doctor）、指标库能否应答 Grafana、其前的写入队列是否在增长。"
            "在此期间其他规则保持原状态。",
        ),
        'SELECT count("stored") FROM "raw"."service" WHERE $timeFilter',
        1,
        5,
        "0s",
        "critical",
        "Lag",
        sign="lt",
        missing="Alerting",
    ),
    Rule(
        "hw-collector-silent",
        T("Collector silent", "采集器失联"),
        T(
            f"Collector {_COLLECTOR} has been silent for {_value('humanizeDuration')}",
            f"采集器 {_COLLECTOR} 已失联 {_value('humanizeDuration')}",
        ),
        T(
            "Its devices are unmonitored until it comes back; it keeps what it sees and sends it later. "
            "Look at its machine, its line and the broker.",
            "恢复之前其设备处于未监测状态；采集器会保留观测并在恢复后补传。请检查其主机、线路和消息代理。",
        ),
        _last("collector", "silent_s", "collector"),
        120,
        5,
        "1m",
        "critical",
        "Silence of collectors",
    ),
    Rule(
        "hw-facts-lost",
        T("Facts lost", "观测丢失"),
        T(f"{_COMPONENT} counts {_value()} more lost observations", f"{_COMPONENT} 新增丢失观测 {_value()} 条"),
        T(
            "A collector dropped them before they could be sent: its outbox was too old or too full, or its file is "
            "gone. The time concerned counts as not observed.",
            "采集器未能发出即丢弃：发件箱过期、过满或文件丢失。相应时段按未监测计。",
        ),
        _rise("service", "lost", "component"),
        0,
        30,
        "0s",
        "critical",
        "Collectors",
    ),
    Rule(
        "hw-backlog",
        T("Backlog of a collector grows", "采集器积压增长"),
        T(
            f"Collector {_COLLECTOR} holds {_value()} observations without receipt, and more than before",
            f"采集器 {_COLLECTOR} 积压 {_value()} 条未回执观测，且仍在增长",
        ),
        T(
            "The recorder or the broker does not keep up, or receipts do not come back. "
            "Nothing is lost while its disk lasts.",
            "记录器或消息代理处理不及，或回执未返回。磁盘未满之前不会丢失。",
        ),
        _last("collector", "backlog", "collector"),
        1000,
        15,
        "5m",
        "warning",
        "Backlog by collector",
        growth=_growth("collector", "backlog", "collector"),
    ),
    Rule(
        "hw-lag",
        T("Records come late", "入库滞后"),
        T(
            f"{_COMPONENT}: a twentieth of the devices is recorded {_value('humanizeDuration')} late or later",
            f"{_COMPONENT}：5% 的设备入库滞后达到或超过 {_value('humanizeDuration')}",
        ),
        T(
            "Outages are told that much later. Look at the database, at the backlog by collector, and at the clocks.",
            "故障通知随之推迟。请检查数据库、各采集器积压以及时钟。",
        ),
        _last("service", "lag_most_s", "component"),
        300,
        5,
        "10m",
        "warning",
        "Lag",
    ),
    Rule(
        "hw-queue-old",
        T("Queue before the metrics store is old", "指标写入队列滞后"),
        T(
            f"{_COMPONENT}: the oldest point has waited for {_value('humanizeDuration')}",
            f"{_COMPONENT}：最早的数据点已等待 {_value('humanizeDuration')}",
        ),
        T(
            "The metrics store takes nothing, or a token may not write: hallwatch doctor says which. "
            "Nothing is lost, judging goes on.",
            "指标库不接收写入，或令牌没有写权限：hallwatch doctor 会指明。数据不会丢失，状态判定照常。",
        ),
        _last("service", "queue_oldest_s", "component"),
        600,
        5,
        "5m",
        "warning",
        "Queue before the metrics store",
    ),
    Rule(
        "hw-queue-grows",
        T("Queue before the metrics store grows", "指标写入队列增长"),
        T(
            f"{_COMPONENT}: {_value()} points wait for the metrics store, and more than before",
            f"{_COMPONENT}：{_value()} 个数据点等待写入指标库，且仍在增长",
        ),
        T(
            "It comes in faster than it is written. Look at the metrics store's disk and load.",
            "写入速度跟不上产生速度。请检查指标库的磁盘和负载。",
        ),
        _last("service", "queue_points", "component"),
        10_000,
        15,
        "5m",
        "warning",
        "Queue before the metrics store",
        growth=_growth("service", "queue_points", "component"),
    ),
    Rule(
        "hw-quarantined",
        T("Points quarantined", "数据点被隔离"),
        T(
            f"{_COMPONENT}: the metrics store refused {_value()} more points",
            f"{_COMPONENT}：指标库新拒收 {_value()} 个数据点，已隔离",
        ),
        T(
            "They are kept with the reason (hallwatch doctor): another type than before, or beyond the retention. "
            "They hold up nobody.",
            "已连同原因保存（hallwatch doctor）：字段类型冲突或超出保留期。不影响其他数据。",
        ),
        _rise("service", "quarantined", "component"),
        0,
        30,
        "0s",
        "warning",
        "Quarantined",
    ),
    Rule(
        "hw-blind",
        T("Much is not observed", "未监测占比过高"),
        T(
            f"{_value('humanizePercentage')} of the devices in service are not observed",
            f"在用设备中 {_value('humanizePercentage')} 未被监测",
        ),
        T(
            "What is not observed is neither up nor down; months with too little observed are told as such. "
            "Look which collectors or halls it is.",
            "未监测既不算正常也不算故障；监测不足的月份会如实注明。请查明涉及哪些采集器或营业厅。",
        ),
        _last("service", "blind_share", "component"),
        0.1,
        5,
        "10m",
        "warning",
        "Not observed",
    ),
    Rule(
        "hw-notices",
        T("Notices given up", "通知发送失败"),
        T(
            f"{_COMPONENT} gave up {_value()} more notices",
            f"{_COMPONENT} 新增 {_value()} 条通知最终未能送达",
        ),
        T(
            "A vendor or a hall was not told. The page of channels says which way failed and why; tell them by phone.",
            "有代维或营业厅未收到通知。渠道页会显示失败的方式和原因；请改用电话通知。",
        ),
        _rise("service", "notices_given_up", "component"),
        0,
        30,
        "0s",
        "critical",
        "Notices",
        page="/channels",
    ),
)
