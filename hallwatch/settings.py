"""Settings: `hallwatch.toml`, each key also as an environment variable (HALLWATCH_MQTT__URL); see docs/settings.md."""

from __future__ import annotations

import ipaddress
import re
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from alerts.addresses import allowed
from alerts.recipient import recipient_of
from hallwatch.duration import Duration
from store.fault import StoreError
from store.influx.address import Address


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("not an IANA time zone such as Asia/Shanghai") from error
    return name


def split_listen(listen: str) -> tuple[str, int]:
    """`127.0.0.1:8080` or `[::1]:8080` as (host, port); ValueError where it is neither."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("not HOST:PORT such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def _listen(value: str) -> str:
    split_listen(value)
    return value


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _scheme(*allowed: str, embedded: bool = True) -> AfterValidator:
    def check(value: str) -> str:
        if (value != "embedded" or not embedded) and urlsplit(value).scheme not in allowed:
            choices = ["embedded"] * embedded + [f"{scheme}://…" for scheme in allowed]
            raise ValueError(f"not one of: {', '.join(choices)}")
        return value

    return AfterValidator(check)


def _metrics(value: str) -> str:
    if value != "embedded":
        try:
            Address.of(value)
        except StoreError as error:
            raise ValueError(error.reason) from error
    return value


Listen = Annotated[str, AfterValidator(_listen)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]  # part of an MQTT topic


class Section(BaseModel):
    """One table of the file; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    """The installation as a whole."""

    zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"


class Http(Section):
    """The pages and the JSON interface."""

    listen: Listen = "127.0.0.1:8080"
    url: Annotated[str, _scheme("http", "https", embedded=False)] | None = (
        None  # how people reach the pages, for links in messages
    )


class Mqtt(Section):
    """The broker between collectors and centre."""

    url: Annotated[str, _scheme("mqtt", "mqtts")] = "embedded"
    listen: Listen = "127.0.0.1:1883"
    username: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None


class Database(Section):
    """Facts, tickets, inventory."""

    url: Annotated[str, _scheme("sqlite", "postgresql", "postgresql+psycopg", embedded=False)] = (
        "sqlite:///var/hallwatch.db"
    )
    password: SecretStr | None = None  # of a server, so that none stands in the URL


class Metrics(Section):
    """Measured values."""

    url: Annotated[str, _scheme("influxdb", "influxdbs"), AfterValidator(_metrics)] = (
        "embedded"  # influxdb://host:8086?org=…&bucket=…
    )
    path: Path = Path("var/metrics.db")
    token: SecretStr | None = None  # 2.x, 3.x
    username: str | None = None  # 1.x
    password: SecretStr | None = None
    ca: Path | None = None
    queue: Path = Path("var/metrics-queue.db")  # in front of a server
    queue_days: Annotated[float, Field(gt=0, le=366)] = 30.0
    queue_bytes: Annotated[int, Field(ge=1 << 20)] = 4 << 30
    raw_days: Annotated[int, Field(ge=1, le=366)] | None = None  # None: 7 embedded, 90 on a server
    hourly_days: Annotated[int, Field(ge=1, le=3660)] | None = None  # None: 1100 embedded, 1826 on a server

    @property
    def embedded(self) -> bool:
        """Whether values are kept in a file of ours."""
        return self.url == "embedded"

    @property
    def days(self) -> tuple[int, int]:
        """How long single values and hours are kept, as said or as is usual for the kind of store."""
        raw, hourly = (7, 1100) if self.embedded else (90, 1826)
        return self.raw_days or raw, self.hourly_days or hourly

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        if self.token is not None and self.username is not None:
            raise ValueError("either a token (InfluxDB 2, 3), or a username and a password (InfluxDB 1)")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        return self


class Inventory(Section):
    """The inventory files, imported at start when changed."""

    files: tuple[Path, ...] = ()


class TrapUser(Section):
    """A user of version 3 whose traps and informs count for every device."""

    user: Annotated[str, Field(min_length=1, max_length=32)]
    auth: Literal["md5", "sha", "sha224", "sha256", "sha384", "sha512"] | None = None
    auth_key: SecretStr | None = None
    priv: Literal["des", "aes", "aes128", "aes192", "aes256"] | None = None
    priv_key: SecretStr | None = None

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        for what, way, key in (("auth", self.auth, self.auth_key), ("priv", self.priv, self.priv_key)):
            if (way is None) != (key is None):
                raise ValueError(f"{what} and {what}_key go together")
        if self.priv is not None and self.auth is None:
            raise ValueError("priv needs auth too")
        return self


def _trap_listen(value: str) -> str:
    """Nothing, or an address and a port: a name would have to be asked for, and might lead elsewhere tomorrow."""
    if value:
        host, _ = split_listen(value)
        try:
            ipaddress.ip_address(host)
        except ValueError as error:
            raise ValueError("not ADDRESS:PORT such as 0.0.0.0:162 or [::]:162") from error
    return value


class Collector(Section):
    """The part that asks the devices."""

    id: Name = "c-01"
    enabled: bool = True
    outbox: Path = Path("var/outbox.db")
    outbox_days: Annotated[float, Field(gt=0, le=366)] = 7.0
    outbox_bytes: Annotated[int, Field(ge=1 << 20)] = 2 << 30
    max_in_flight: Annotated[int, Field(ge=1, le=5000)] = 1000
    recheck: Duration = 3.0
    references: tuple[str, ...] = ()
    centre: Annotated[str, _scheme("http", "https", embedded=False)] | None = (
        None  # the centre's address; None: the centre's database is here
    )
    token: SecretStr | None = None
    cache: Path = Path("var/inventory-cache.json")
    kinds: Path | None = None  # a folder with further device kinds
    snmp_engine: Literal["auto", "gufo", "pysnmp"] = "auto"  # what asks by version 3; auto: gufo where there is one
    traps: Annotated[str, AfterValidator(_trap_listen)] = ""  # "": none are heard
    trap_pause: Annotated[Duration, Field(ge=1, le=3600)] = 10.0  # between polls of one device by its traps
    trap_communities: tuple[SecretStr, ...] = ()  # beside each device's own
    trap_users: tuple[TrapUser, ...] = ()


class Recorder(Section):
    """The part that stores what the collectors send."""

    client: Name = "hallwatch-recorder"  # at the broker: each recorder its own
    collectors: tuple[Name, ...] = ()  # (): all


class Judge(Section):
    """From observations to outages (O3)."""

    confirm: Annotated[int, Field(ge=1, le=10)] = 2
    recover: Annotated[int, Field(ge=1, le=10)] = 1


class Tickets(Section):
    """From outages to tickets (K1, K3), and from ticket to ticket (K4)."""

    ticket_after: Duration | None = None  # None: as the device's kind says
    merge_gap: Duration = 900.0
    repeat_window: Duration = 2_592_000.0
    webhooks: tuple[Annotated[str, Field(pattern=r"^webhook:[A-Za-z0-9._-]{1,64}$")], ...] = ()


class Notices(Section):
    """When many messages become one."""

    dark_devices: Annotated[int, Field(ge=2, le=1000)] = 5
    dark_window: Annotated[Duration, Field(le=300)] = 30.0  # 0: nothing is held back
    per_minute: Annotated[int, Field(ge=1, le=1000)] = 10


class Mail(Section):
    """Outgoing e-mail; without a url none is made."""

    url: SecretStr | None = None  # smtp://user:password@host:port, smtps://…
    sender: str = "hallwatch@localhost"
    starttls: bool = False


def _reachable(entries: tuple[str, ...]) -> tuple[str, ...]:
    allowed(entries)
    return entries


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


class Channel(Section):
    """One end point through which people are told: a robot, a webhook, a gateway for SMS, or what Apprise reaches."""

    kind: Literal["wecom", "dingtalk", "feishu", "webhook", "sms", "apprise"]
    url: SecretStr  # whoever knows a robot's address can speak through it
    secret: SecretStr | None = None  # signs: dingtalk, feishu, webhook
    previous_secret: SecretStr | None = None  # webhook: signs as well while the receiver changes to the new one
    allow: Annotated[
        tuple[str, ...], AfterValidator(_reachable)
    ] = ()  # hosts and networks that are none of the world's
    timeout: Annotated[Duration, Field(gt=0, le=30)] = 10.0
    ca: Path | None = None
    method: Literal["GET", "POST", "PUT"] = "POST"  # this and the rest: sms
    headers: dict[str, SecretStr] = {}
    body: str = ""
    success: Annotated[str, AfterValidator(_pattern)] = (
        ""  # a pattern that the answer to a message that was taken holds
    )


def _people(entries: tuple[str, ...]) -> tuple[str, ...]:
    for one in entries:
        if recipient_of(one).channel == "rota":
            raise ValueError("rota: stands in the inventory, for warnings; name people")
    return entries


def _wall(value: object) -> object:
    if not isinstance(value, time) and not (isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value)):
        raise ValueError("not HH:MM such as 06:00")
    return value


def _day(value: object) -> object:
    if isinstance(value, str) and value.isdecimal():  # out of the environment
        value = int(value)
    if value != "first_working_day" and not (type(value) is int and 1 <= value <= 28):
        raise ValueError("neither first_working_day nor a day from 1 to 28")
    return value


People = Annotated[tuple[str, ...], AfterValidator(_people)]
Wall = Annotated[time, BeforeValidator(_wall)]
Ratio = Annotated[Decimal, Field(gt=0, le=1)]


class Reports(Section):
    """Which reports are made and sent by the calendar, and how they count."""

    enabled: bool = True
    to: People = ()  # the availability report of the whole installation
    branches: dict[str, People] = {}  # each branch's own
    statements: bool = True  # each contract's statement to the contract's people
    day: Annotated[Literal["first_working_day"] | int, BeforeValidator(_day)] = "first_working_day"
    at: Wall = time(6)
    formats: Annotated[tuple[Literal["pdf", "xlsx", "csv", "json", "html"], ...], Field(min_length=1)] = ("pdf", "xlsx")
    attach_bytes: Annotated[int, Field(ge=0, le=100 << 20)] = 7 << 20  # files of one mail; above it a link
    language: Literal["zh", "en"] | None = None  # None: the site's
    target: Ratio | None = None
    targets: dict[str, Ratio] = {}  # by kind
    intact: Literal["time", "count"] = "time"
    compare: Literal["relative", "points"] = "relative"
    inspection: Wall = time(10)
    dispute_days: Annotated[int, Field(ge=1, le=60)] = 5  # working days in which a statement may be disputed


def _free(name: str) -> str:
    if name in ("mail", "mqtt"):
        raise ValueError("mail and mqtt have sections of their own: choose another name")
    return name


ChannelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_free)]


class Settings(BaseSettings):
    """All of `hallwatch.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="HALLWATCH_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    site: Site = Site()
    http: Http = Http()
    mqtt: Mqtt = Mqtt()
    database: Database = Database()
    metrics: Metrics = Metrics()
    inventory: Inventory = Inventory()
    collector: Collector = Collector()
    recorder: Recorder = Recorder()
    judge: Judge = Judge()
    tickets: Tickets = Tickets()
    notices: Notices = Notices()
    mail: Mail = Mail()
    channels: dict[ChannelName, Channel] = {}
    reports: Reports = Reports()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file; nothing else."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _centre_needs_token(self) -> Self:
        if self.collector.centre is not None and self.collector.token is None:
            raise ValueError("collector.centre needs collector.token (see `hallwatch token create`)")
        return self

    @model_validator(mode="after")
    def _webhooks_lead_somewhere(self) -> Self:
        known = [f"webhook:{name}" for name, one in self.channels.items() if one.kind == "webhook"]
        for one in self.tickets.webhooks:
            if one not in known:
                raise ValueError(f"tickets.webhooks: there is no {one}; known: {', '.join(known) or 'none'}")
        return self
