"""Wiring: what each part of the program is made of, out of the settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import Engine

from alerts.end_point import EndPoint
from alerts.loop import Alerts
from alerts.repeats import adopt
from alerts.settings import AlertSettings, Floods, Mail
from alerts.settings import MqttConfig as AlertsMqtt
from collector.inventory_cache import Centre, InventoryCache
from collector.kind import BadKind, Column, Fault, Kind, Object, Value, kind_of, load_kinds
from collector.mqtt import MqttConfig as CollectorMqtt
from collector.part import PartSource
from collector.run import Collector, CollectorConfig
from collector.target import Snmp
from collector.traps.receiver import TrapConfig
from hallwatch.metrics_server import address_of
from hallwatch.secret import NoSecret, reveal
from hallwatch.settings import Channel, Notices, TrapUser, split_listen
from hallwatch.settings_file import Loaded
from hallwatch.translations import translator, worded
from recorder.mqtt import MqttConfig as RecorderMqtt
from recorder.recorder import JudgeSettings, Recorder
from recorder.roster import KindPolicy
from store.database import migrate, open_database, writing
from store.embedded_metrics import EmbeddedMetrics
from store.influx.server import connect
from store.metrics import Metrics
from store.metrics_queue import DAY_MS, Limits
from store.queued_metrics import QueuedMetrics

SHARED_IN_FLIGHT: Final = 400
SHARED_SESSIONS: Final = 500
_BITS: Final = {"counter32": 32, "counter64": 64}
VERSION = installed_version("hallwatch")


def now_ms() -> int:
    """The wall clock, in whole ms since 1970, UTC."""
    return time.time_ns() // 1_000_000


class NotBuiltYet(Exception):
    """Something the settings ask for that this version does not have."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and who we are there."""

    url: str
    username: str | None
    password: str | None
    ca: Path | None


def open_store(loaded: Loaded) -> Engine:
    """The database, brought to this program's schema."""
    password = reveal(loaded.settings.database.password, "database.password")
    engine = open_database(loaded.database_url(), password)
    migrate(engine)
    return engine


def open_metrics(loaded: Loaded) -> EmbeddedMetrics | QueuedMetrics:
    """The metrics store: a file, or a server with a queue before it. Raises `NoSecret`, `StoreError`."""
    settings = loaded.settings.metrics
    if settings.embedded:
        return EmbeddedMetrics(loaded.path(settings.path), *settings.days)
    return queued_metrics(loaded, loaded.path(settings.queue))


def queued_metrics(loaded: Loaded, queue: Path) -> QueuedMetrics:
    """The metrics server with a queue in the file `queue` before it. Raises `NoSecret`, `StoreError`."""
    settings, address = loaded.settings.metrics, address_of(loaded)
    limits = Limits(round(settings.queue_days * DAY_MS), settings.queue_bytes)
    return QueuedMetrics(queue, lambda: connect(address), now_ms, limits, settings.days[0])


def known_kinds(loaded: Loaded) -> dict[str, Kind]:
    """The device kinds, the installation's own among them."""
    extra = loaded.settings.collector.kinds
    if extra is not None and not loaded.path(extra).exists():
        raise BadKind((Fault(str(loaded.path(extra)), "collector.kinds", "there is no such folder"),))
    return load_kinds(loaded.path(extra) if extra else None)


def policies(kinds: Mapping[str, Kind], ticket_after_s: float | None = None) -> dict[str, KindPolicy]:
    """What judging and ticketing must know of each kind (C1, O10, K1)."""
    return {
        name: KindPolicy(
            owners=kind.owners,
            stopping=kind.stopping,
            grace_ms=round(kind.opening_grace_s * 1000),
            ticket_after_ms=round((kind.ticket_after_s if ticket_after_s is None else ticket_after_s) * 1000),
        )
        for name, kind in kinds.items()
    }


def counters(kinds: Mapping[str, Kind]) -> dict[str, dict[str, int]]:
    """Which values of each kind and KIND/MODEL count upward, `#` for the rows of a table, with their bits (C4)."""
    return {name: found for name, kind in kinds.items() if (found := _counters(kind))}


def _counters(kind: Kind) -> dict[str, int]:
    entries: dict[str, Object | Column] = dict(kind.get)
    for table in kind.tables.values():
        entries |= {f"{table.into or table.name}.#.{name}": one for name, one in table.columns.items()}
    return {
        name: _BITS[one.form] for name, one in entries.items() if one.form in _BITS and one.scale == 1 and not one.read
    }


def longest_sleep(kinds: Mapping[str, Kind]) -> dict[str, int]:
    """Of each kind and KIND/MODEL that sleeps: after how many ms of it people are told."""
    return {name: round(kind.longest_sleep_s * 1000) for name, kind in kinds.items() if kind.sleeps}


def unlike(kinds: Mapping[str, Kind]) -> Callable[[str, str | None, Mapping[str, Value]], bool]:
    """Whether a device of a kind and model that said these values looks like another kind of device."""

    def looks(kind: str, model: str | None, values: Mapping[str, Value]) -> bool:
        known = kinds.get(f"{kind}/{values.get('model_file')}") or kind_of(kinds, kind, model)
        return known is not None and known.unlike(values)

    return looks


def speaking(loaded: Loaded) -> Callable[[str], Callable[[str], str]]:
    """The translation into a language, with the words that the installation's own kinds have for themselves, their
    conditions and values (`#` for the rows of a table)."""
    if loaded.settings.collector.kinds is None:
        return translator
    kinds = known_kinds(loaded).values()
    return worded({name.replace(".*.", ".#."): words for kind in kinds for name, words in kind.words.items()})


def broker_of(loaded: Loaded) -> Broker:
    """The broker's address for clients, embedded or not; secrets revealed."""
    mqtt = loaded.settings.mqtt
    url = f"mqtt://{_reachable(mqtt.listen)}" if mqtt.url == "embedded" else mqtt.url
    return Broker(url, mqtt.username, reveal(mqtt.password, "mqtt.password"), loaded.path(mqtt.ca) if mqtt.ca else None)


def _reachable(listen: str) -> str:
    """Where to reach what listens there: everywhere is also here."""
    host, port = split_listen(listen)
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104 - compared, not bound
    return f"{here}:{port}" if here else listen


def recorder_of(loaded: Loaded, engine: Engine, metrics: Metrics, policies: Mapping[str, KindPolicy]) -> Recorder:
    """The recorder."""
    broker, mine, judge = broker_of(loaded), loaded.settings.recorder, loaded.settings.judge
    ca, taken = str(broker.ca) if broker.ca else None, frozenset(mine.collectors)
    mqtt = RecorderMqtt(broker.url, broker.username, broker.password, ca, mine.client, collectors=taken)
    return Recorder(engine, metrics, mqtt, JudgeSettings(judge.confirm, judge.recover), policies)


def alerts_of(loaded: Loaded, engine: Engine, policies: Mapping[str, KindPolicy]) -> Alerts:
    """Tickets and notices; a window of repeats that is another than before is taken at once."""
    site = loaded.settings.site
    with writing(engine) as conn:
        adopt(conn, round(loaded.settings.tickets.repeat_window * 1000))
    return Alerts(engine, alert_settings(loaded), policies, speaking(loaded)(site.language), ZoneInfo(site.zone))


def alert_settings(loaded: Loaded) -> AlertSettings:
    """How notices go out; secrets revealed."""
    settings, broker = loaded.settings, broker_of(loaded)
    url = reveal(settings.mail.url, "mail.url")
    return AlertSettings(
        mqtt=AlertsMqtt(broker.url, broker.username, broker.password, str(broker.ca) if broker.ca else None),
        mail=Mail(url, settings.mail.sender, settings.mail.starttls) if url else None,
        end_points=tuple(end_point_of(loaded, name, one) for name, one in settings.channels.items()),
        url=page_address(loaded),
        merge_gap_ms=round(settings.tickets.merge_gap * 1000),
        floods=_floods(settings.notices),
        webhooks=settings.tickets.webhooks,
        language=settings.site.language,
    )


def _floods(notices: Notices) -> Floods:
    return Floods(notices.dark_devices, round(notices.dark_window * 1000), notices.per_minute)


def end_point_of(loaded: Loaded, name: str, channel: Channel) -> EndPoint:
    """One end point; secrets revealed."""

    def shown(secret: SecretStr | None, key: str) -> str | None:
        return reveal(secret, f"channels.{name}.{key}")

    return EndPoint(
        name=name,
        kind=channel.kind,
        url=shown(channel.url, "url") or "",
        secret=shown(channel.secret, "secret"),
        previous=shown(channel.previous_secret, "previous_secret"),
        allow=channel.allow,
        timeout_s=channel.timeout,
        ca=str(loaded.path(channel.ca)) if channel.ca else None,
        method=channel.method,
        headers={one: shown(value, f"headers.{one}") or "" for one, value in channel.headers.items()},
        body=channel.body,
        success=channel.success,
    )


def collector_of(loaded: Loaded, source: PartSource, kinds: Mapping[str, Kind], *, shared: bool = False) -> Collector:
    """The collector; `source` gives its part of the inventory.

    `shared`: it shares the process with recorder and alerts, whose MQTT clients wait by `select`, which knows no file
    from 1,024 on. So it keeps few enough open.
    """
    settings, broker = loaded.settings.collector, broker_of(loaded)
    config = CollectorConfig(
        id=settings.id,
        outbox=loaded.path(settings.outbox),
        mqtt=CollectorMqtt(broker.url, broker.username, broker.password, broker.ca),
        max_in_flight=min(settings.max_in_flight, SHARED_IN_FLIGHT) if shared else settings.max_in_flight,
        max_sessions=SHARED_SESSIONS if shared else None,
        references=settings.references,
        max_age_days=settings.outbox_days,
        max_bytes=settings.outbox_bytes,
        recheck_s=settings.recheck,
        confirm=loaded.settings.judge.confirm,
        version=VERSION,
        snmp_engine=settings.snmp_engine,
        traps=traps_of(loaded),
    )
    return Collector(config, source, kinds)


def traps_of(loaded: Loaded) -> TrapConfig | None:
    """Where and how traps are heard; secrets revealed. Raises `NoSecret`."""
    settings = loaded.settings.collector
    if not settings.traps:
        return None
    named = [reveal(one, f"collector.trap_communities[{n}]") for n, one in enumerate(settings.trap_communities)]
    users = tuple(_trap_user(one, f"collector.trap_users[{n}]") for n, one in enumerate(settings.trap_users))
    communities = tuple(one for one in named if one)
    return TrapConfig(*split_listen(settings.traps), communities, users, pause_s=settings.trap_pause)


def _trap_user(given: TrapUser, place: str) -> Snmp:
    auth_key, priv_key = reveal(given.auth_key, f"{place}.auth_key"), reveal(given.priv_key, f"{place}.priv_key")
    for what, key in (("auth_key", auth_key), ("priv_key", priv_key)):
        if key is not None and len(key.encode()) < 8:  # RFC 3414, 11.2
            raise NoSecret(f"{place}.{what}: shorter than 8 octets")
    return Snmp("3", "", 161, given.user, given.auth, auth_key, given.priv, priv_key)


def distant_source(loaded: Loaded) -> InventoryCache | None:
    """The part of the inventory from the centre, where this collector is away from it."""
    settings = loaded.settings.collector
    token = reveal(settings.token, "collector.token")
    if settings.centre is None or token is None:
        return None
    return InventoryCache(settings.id, Centre(settings.centre, token), loaded.path(settings.cache))


def page_address(loaded: Loaded) -> str:
    """Where people find the pages."""
    if loaded.settings.http.url:
        return loaded.settings.http.url.rstrip("/")
    return f"http://{_reachable(loaded.settings.http.listen)}"
