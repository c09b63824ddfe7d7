"""The channels that are set up, as people may see them: nothing of it is secret."""

from __future__ import annotations

from typing import NamedTuple

from alerts.channels import FORMS
from alerts.end_point import EndPoint, faults
from alerts.settings import AlertSettings, BadUrl, Mail, MqttConfig
from store.lanes import Lane


class Known(NamedTuple):
    """`limits` as (attempts, ms); `signed` by us; `faults` what keeps it from working.

    `test`: whom a test takes: `itself`, an `address`, a `phone`, or nobody (``).
    """

    name: str
    kind: str
    host: str
    limit_key: str
    lane: Lane
    test: str = "itself"
    limits: tuple[tuple[int, int], ...] = ()
    signed: bool = False
    allow: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def known(settings: AlertSettings) -> tuple[Known, ...]:
    """Mail and broker first, then the end points as the settings have them."""
    found = []
    if settings.mail is not None:
        found.append(Known("mail", "mail", _host(settings.mail), "mail", Lane("mail"), "address"))
    if settings.mqtt is not None:
        found.append(Known("mqtt", "mqtt", _host(settings.mqtt), "mqtt", Lane("mqtt"), ""))
    unnamed = next((one.name for one in settings.end_points if one.kind == "sms"), None)
    return (*found, *(_end_point(one, one.name == unnamed) for one in settings.end_points))


def _end_point(one: EndPoint, unnamed: bool) -> Known:
    form = FORMS.get(one.kind)
    return Known(
        name=one.name,
        kind=one.kind,
        host=one.host,
        limit_key=one.limit_key,
        lane=Lane(one.kind, one.name, unnamed),
        test="phone" if one.kind == "sms" else "itself",
        limits=form.windows if form else (),
        signed=one.secret is not None,
        allow=one.allow,
        faults=tuple(faults(one)),
    )


def _host(place: Mail | MqttConfig) -> str:
    try:
        return place.address[0]
    except BadUrl:
        return ""
