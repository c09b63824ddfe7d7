"""The centre's rooms over one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine

from alerts.known import Known, known
from api.context import Context
from collector.kind import Kind
from hallwatch.amending import Amending
from hallwatch.compose import (
    VERSION,
    alert_settings,
    alerts_of,
    collector_of,
    counters,
    known_kinds,
    longest_sleep,
    now_ms,
    open_metrics,
    open_store,
    policies,
    recorder_of,
    speaking,
    unlike,
)
from hallwatch.housekeeping import Housekeeping
from hallwatch.inventory_import import Importer, Taken
from hallwatch.local_part import LocalPart
from hallwatch.part import Run, on_loop
from hallwatch.report_settings import how_of, reporting_of, targets_of
from hallwatch.secret import NoSecret
from hallwatch.settings import is_loopback, split_listen
from hallwatch.settings_file import Loaded
from store.database import reading
from store.embedded_metrics import EmbeddedMetrics
from store.fault import StoreError
from store.queued_metrics import QueuedMetrics
from store.tokens import any_token


class Refusal(Exception):
    """The settings ask for something that would not be right; the text says what to do."""


class Centre:
    """The centre's rooms over one database: what `recorder`, `alerts`, `api` and `up` share."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.kinds: dict[str, Kind] = known_kinds(loaded)
        self.policies = policies(self.kinds, loaded.settings.tickets.ticket_after)
        self.engine: Engine = open_store(loaded)
        self.metrics: EmbeddedMetrics | QueuedMetrics = open_metrics(loaded)
        self.importer = Importer(loaded, self.engine, self.kinds, now_ms)
        self._stats: dict[str, Callable[[], Mapping[str, Any]]] = {}

    def take_inventory(self) -> Taken | None:
        """The configured files, where they changed."""
        files = [self.loaded.path(file) for file in self.loaded.settings.inventory.files]
        return self.importer.take_files_if_changed(files) if files else None

    def recorder(self) -> Run:
        """Messages to facts, and what keeps the facts affordable."""
        recorder = recorder_of(self.loaded, self.engine, self.metrics, self.policies)
        self._stats["recorder"] = recorder.stats
        return recorder.run

    def metrics_queue(self) -> Run | None:
        """What brings measured values to the metrics server; None where there is none.

        Raises `Busy` where another process does so, `StoreError` where the file of the queue cannot be used.
        """
        metrics = self.metrics
        if not isinstance(metrics, QueuedMetrics):
            return None
        metrics.own()
        self._stats["metrics"] = metrics.stats
        return metrics.run

    def tell(self, name: str, stats: Callable[[], Mapping[str, Any]]) -> None:
        """Have a part's figures in `health`."""
        self._stats[name] = stats

    @property
    def drains_metrics(self) -> bool:
        """Whether this process empties the queue before the metrics server."""
        return "metrics" in self._stats

    def housekeeping(self) -> Run:
        """Folding, rollups, retention."""
        return Housekeeping(self.engine, self.metrics).run

    def alerts(self) -> Run:
        """Tickets and notices."""
        return alerts_of(self.loaded, self.engine, self.policies).run

    def reporting(self) -> Run:
        """Reports by the calendar."""
        reporting = reporting_of(self.loaded, self.engine, self.policies)
        self._stats["reports"] = reporting.stats
        return lambda stop: reporting.run(stop, now_ms)

    def amending(self) -> Run:
        """The loop that looks once a day whether later facts change what was sealed."""
        amending = Amending(self.engine, self.policies)
        return lambda stop: amending.run(stop, now_ms)

    def collector(self) -> Run:
        """The collector beside the centre."""
        source = LocalPart(self.engine, self.loaded.settings.collector.id)
        collector = collector_of(self.loaded, source, self.kinds, shared=True)
        self._stats["collector"] = collector.stats
        return on_loop(collector.run)

    def context(self, open_reading: bool = False) -> Context:
        """What the pages and the JSON interface stand on."""
        site = self.loaded.settings.site
        host = split_listen(self.loaded.settings.http.listen)[0]
        return Context(
            engine=self.engine,
            metrics=self.metrics,
            now=now_ms,
            translate=speaking(self.loaded),
            policies=self.policies,
            zone=site.zone,
            language=site.language,
            import_inventory=self.importer.take_text,
            alternative=self.importer.alternative,
            open_reading=open_reading,
            health=self.health,
            version=VERSION,
            hosts=(host,),
            merge_gap_ms=round(self.loaded.settings.tickets.merge_gap * 1000),
            url=(self.loaded.settings.http.url or "").rstrip("/"),
            channels=self._channels(),
            targets=targets_of(self.loaded.settings.reports),
            how=how_of(self.loaded.settings.reports),
            dispute_days=self.loaded.settings.reports.dispute_days,
            notes={name: kind.notes for name, kind in self.kinds.items() if kind.notes},
            counters=counters(self.kinds),
            unlike=unlike(self.kinds),
            longest_sleep=longest_sleep(self.kinds),
        )

    def _channels(self) -> tuple[Known, ...]:
        """The channels for the page; none where their secrets are kept from this process."""
        try:
            return known(alert_settings(self.loaded))
        except NoSecret:
            return ()

    def health(self) -> Mapping[str, Any]:
        """Whether the recorder of this process listens, and its figures."""
        said: dict[str, Any] = {name: stats() for name, stats in self._stats.items()}
        if "metrics" not in said:
            said |= self._queue_of_another()
        if "recorder" in said:
            said["subscribed"] = bool(said["recorder"].get("subscribed"))
        return said

    def _queue_of_another(self) -> Mapping[str, Any]:
        """The queue before the metrics server as its file says, where another process on this machine empties it."""
        metrics, file = self.metrics, self.loaded.path(self.loaded.settings.metrics.queue)
        if not isinstance(metrics, QueuedMetrics) or not file.exists():
            return {}
        try:
            return {"metrics": metrics.queue.stats()}
        except StoreError:
            return {}

    def guard_listening(self, where: str) -> None:
        """Beyond loopback nothing listens before somebody could be told apart. Raises `Refusal`."""
        if is_loopback(split_listen(where)[0]):
            return
        with reading(self.engine) as conn:
            if not any_token(conn):
                raise Refusal(
                    f"{where} is beyond loopback and there is no token yet; "
                    "first: hallwatch token create NAME --role admin"
                )

    def close(self) -> None:
        """Let go of the databases."""
        self.metrics.close()
        self.engine.dispose()
