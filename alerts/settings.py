"""What alerts are told by whoever starts them: how mail goes out, how to reach the broker, and the policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from alerts.end_point import EndPoint, faults

_MAIL_PORTS: Final = {"smtp": 25, "smtps": 465}
_MQTT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class BadUrl(Exception):
    """A URL that leads nowhere; the message never shows it, for it may hold a password."""


@dataclass(frozen=True, slots=True)
class Mail:
    """`url` is smtp://user:password@host:port or smtps://…; `starttls` asks for TLS before signing in."""

    url: str = field(repr=False)
    sender: str = "hallwatch@localhost"
    starttls: bool = False
    timeout_s: float = 15.0

    @property
    def tls(self) -> bool:
        """Whether the connection begins with TLS."""
        return urlsplit(self.url).scheme == "smtps"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port. Raises `BadUrl`."""
        return _address(self.url, _MAIL_PORTS, "mail.url: neither smtp://host:port nor smtps://host:port")

    @property
    def login(self) -> tuple[str, str] | None:
        """User and password, None without a user."""
        parts = urlsplit(self.url)
        return (unquote(parts.username), unquote(parts.password or "")) if parts.username else None


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """`url` is mqtt://host:port or mqtts://…; `ca` a file of certificates, none for the system's own."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    client_id: str = "hallwatch-alerts"
    keepalive_s: int = 30

    @property
    def address(self) -> tuple[str, int]:
        """Host and port. Raises `BadUrl`."""
        return _address(self.url, _MQTT_PORTS, "mqtt.url: neither mqtt://host:port nor mqtts://host:port")


@dataclass(frozen=True, slots=True)
class Patience:
    """When to stop trying: after `refusals` attempts, of a notice refused for good or `give_up_ms` old; never retained.

    Age alone is not enough: the clock may have jumped, or the broker been away all the time.
    Between attempts `store.notices.backoff_ms` waits from 2 s to 10 min.
    """

    give_up_ms: int = 24 * 3_600_000
    refusals: int = 5


@dataclass(frozen=True, slots=True)
class Floods:
    """When many messages become one: of `devices` of a hall that open within `window_ms` of each other, or what one
    recipient would get above `per_minute`; with a window of 0 nothing is held back for its hall.
    """

    devices: int = 5
    window_ms: int = 30_000
    per_minute: int = 10


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The whole. Without `mail` no e-mail is made, without `mqtt` nothing is published (its rows wait).

    `end_points` are robots, webhooks and gateways; `ticket_after_ms` overrides the kinds' (K1); `url` is how people
    reach the pages, for links; every change of a ticket goes to the `webhooks`.
    """

    mqtt: MqttConfig | None = None
    mail: Mail | None = None
    end_points: tuple[EndPoint, ...] = ()
    url: str | None = None
    ticket_after_ms: int | None = None
    merge_gap_ms: int = 15 * 60_000
    patience: Patience = Patience()
    floods: Floods = Floods()
    language: str = "en"
    webhooks: tuple[str, ...] = ()
    every_s: float = 1.0


def _address(url: str, ports: dict[str, int], message: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUrl(message) from error
    if parts.scheme not in ports or not parts.hostname:
        raise BadUrl(message)
    return parts.hostname, port or ports[parts.scheme]


def remarks(settings: AlertSettings) -> list[str]:
    """What `doctor` should say: msgids, none where every channel is set up and can be."""
    found = []
    if settings.mail is None:
        found.append(N_("mail.url is not set: vendors are told by MQTT only, no e-mail is made"))
    elif not settings.mail.tls and not settings.mail.starttls and settings.mail.login:
        found.append(N_("mail.url sends a password without TLS; use smtps:// or mail.starttls"))
    for one in settings.end_points:
        found += [f"channels.{one.name}.{reason}" for reason in faults(one)]
    if settings.url is None:
        found.append(N_("http.url is not set: messages carry no link to the pages"))
    return found


def N_(message: str) -> str:  # noqa: N802 - the name by which translations are extracted
    """Mark a message for translation where it is only named."""
    return message
