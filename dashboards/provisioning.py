"""Grafana's provisioning files: data sources, dashboards from files, alert rules. No secret is in any of them.

`zh/` and `en/` are whole provisioning folders for InfluxDB 2 with PostgreSQL; `instead/` has what replaces a file of
theirs elsewhere. Every `${NAME}` is replaced by Grafana from its own environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import yaml

from dashboards.alerting import METRICS, groups
from dashboards.build import BASE
from dashboards.target import Store
from dashboards.text import LANGUAGES, Json, Language

DATABASE: Final = "hallwatch-postgresql"
READER: Final = "hallwatch_grafana"
"""The role that may read the three views and nothing else."""
FOLDER: Final = {"folder": "hallwatch", "folderUid": "hallwatch"}
BOARDS: Final = "/etc/grafana/hallwatch"
"""Where Grafana finds `dashboards/json`."""
HEAD: Final = "# Built by `hallwatch dashboards build`; change dashboards/provisioning.py instead.\n"


def files(base: str = BASE) -> Mapping[str, str]:
    """Every file by its path below `deploy/grafana`; `base` is where hallwatch's pages are."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        found[f"{language}/datasources/hallwatch.yaml"] = _written(_sources(_influxdb2(), _postgresql()))
        found[f"{language}/dashboards/hallwatch.yaml"] = _written(_provider("sql", language))
        found[f"{language}/alerting/hallwatch.yaml"] = _written(groups(language, base.rstrip("/")))
        found[f"instead/{language}/dashboards/hallwatch.yaml"] = _written(_provider("metrics", language))
    found["instead/influxdb1/datasources/hallwatch.yaml"] = _written(_sources(_influxdb1(), _postgresql()))
    found["instead/influxdb1-alone/datasources/hallwatch.yaml"] = _written(_sources(_influxdb1()))
    found["instead/influxdb2-alone/datasources/hallwatch.yaml"] = _written(_sources(_influxdb2()))
    return found


def _written(document: Json) -> str:
    return HEAD + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _sources(*sources: Json) -> Json:
    return {"apiVersion": 1, "prune": True, "datasources": list(sources)}


def _influxdb(settings: Mapping[str, Json], secrets: Mapping[str, Json], more: Mapping[str, Json]) -> Json:
    """InfluxQL on either; queries name their retention policy themselves. POST, for a query may outgrow a URL."""
    shared: dict[str, Json] = {"version": "InfluxQL", "dbName": "${INFLUXDB_DATABASE}", "httpMode": "POST"}
    return {
        "name": "hallwatch metrics",
        "uid": METRICS,
        "orgId": 1,
        "type": "influxdb",
        "access": "proxy",
        "url": "${INFLUXDB_URL}",
        **more,
        "editable": False,
        "jsonData": {**shared, "timeInterval": "1m", **settings},
        "secureJsonData": dict(secrets),
    }


def _influxdb2() -> Json:
    return _influxdb({"httpHeaderName1": "Authorization"}, {"httpHeaderValue1": "Token ${INFLUXDB_READ_TOKEN}"}, {})


def _influxdb1() -> Json:
    return _influxdb({}, {"password": "${INFLUXDB_READ_PASSWORD}"}, {"user": "${INFLUXDB_READ_USER}"})


def _postgresql() -> Json:
    return {
        "name": "hallwatch database",
        "uid": DATABASE,
        "orgId": 1,
        "type": "grafana-postgresql-datasource",
        "access": "proxy",
        "url": "${POSTGRES_ADDRESS}",
        "user": READER,
        "editable": False,
        "jsonData": {
            "database": "${POSTGRES_DATABASE}",
            "sslmode": "${POSTGRES_SSLMODE}",
            "postgresVersion": 1500,
            "timescaledb": False,
            "maxOpenConns": 10,
        },
        "secureJsonData": {"password": "${POSTGRES_READ_PASSWORD}"},
    }


def _provider(store: Store, language: Language) -> Json:
    options: Json = {"path": f"{BOARDS}/{store}/{language}", "foldersFromFilesStructure": False}
    provider: dict[str, Json] = {
        "name": "hallwatch",
        "orgId": 1,
        **FOLDER,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": options,
    }
    return {"apiVersion": 1, "providers": [provider]}
