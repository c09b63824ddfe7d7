"""The tables. Instants are whole ms since 1970, UTC; facts are appended; what is derived can be built anew."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    String as _Limited,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def String(length: int) -> TypeEngine[str]:  # noqa: N802 - a type
    """Text that is checked to be no longer before it comes here; no database refuses what came all the same."""
    return _Limited(length).with_variant(Text(), "postgresql")


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A row number that the database gives."""

# ---- the inventory: what the newest import says; every imported file is kept in `imports`

imports = Table(
    "imports",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
)
calendars = Table(
    "calendars", metadata, Column("id", String(128), primary_key=True), Column("document", JSON, nullable=False)
)
branches = Table(
    "branches", metadata, Column("id", String(128), primary_key=True), Column("name", String(256), nullable=False)
)
halls = Table(
    "halls",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("branch", String(128), ForeignKey("branches.id")),
    Column("kind", String(16), nullable=False),
    Column("calendar", String(128), ForeignKey("calendars.id")),
    Column("gateway", String(128)),
    Column("collector", String(128)),
    Column("gone_at", BigInteger),
)
vendors = Table(
    "vendors",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("notify", JSON, nullable=False),
)
contracts = Table(
    "contracts",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("vendor", String(128), ForeignKey("vendors.id"), nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("document", JSON, nullable=False),
)
devices = Table(
    "devices",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("id", String(128), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("hall", String(128), ForeignKey("halls.id"), nullable=False, index=True),
    Column("address", String(256)),
    Column("model", String(256)),
    Column("serial", String(128)),
    Column("vendor", String(128), ForeignKey("vendors.id"), index=True),
    Column("parent", String(128)),
    Column("collector", String(128), nullable=False),
    Column("interval_s", Float, nullable=False),
    Column("commissioned", BigInteger),
    Column("retired", BigInteger),
    Column("gone_at", BigInteger),  # absent from the newest import since then; its facts stay
    Column("document", JSON, nullable=False),  # as in the file; secrets only as references
)

# ---- facts from the collectors

collectors = Table(
    "collectors",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("epoch", String(128)),
    Column("online", SmallInteger, nullable=False, default=0),
    Column("heard_at", BigInteger),  # by the centre's clock
    Column("clock_skew_ms", BigInteger),  # the heartbeat's ts less the centre's clock
    Column("said", JSON, nullable=False),  # the last heartbeat as it came
)
collector_silences = Table(
    "collector_silences",
    metadata,
    Column("collector", String(128), primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("until", BigInteger),
)
streams = Table(  # one outbox file of one collector
    "streams",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("collector", String(128), nullable=False),
    Column("epoch", String(128), nullable=False),
    Column("receipt", BigInteger, nullable=False, default=0),
    Column("heard_at", BigInteger, nullable=False),
    UniqueConstraint("collector", "epoch"),
)
ahead = Table(  # numbers received beyond the receipt
    "ahead",
    metadata,
    Column("stream", Serial, ForeignKey("streams.n"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
gaps = Table(  # numbers that the collector no longer holds and the centre never got: lost facts, inclusive
    "gaps",
    metadata,
    Column("stream", Serial, ForeignKey("streams.n"), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("found_at", BigInteger, nullable=False),
)
readings = Table(  # what observations say, interned: few distinct ones
    "readings",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("collector", String(128), nullable=False),
    Column("state", String(8), nullable=False),
    Column("conditions", Text, nullable=False, default=""),  # sorted, joined by a line feed
    Column("cause", String(128), nullable=False, default=""),
    Column("interval_ms", BigInteger, nullable=False),  # 0: not said
    UniqueConstraint("collector", "state", "conditions", "cause", "interval_ms"),
)
observations = Table(
    "observations",
    metadata,
    Column("device", Serial, ForeignKey("devices.n"), primary_key=True),
    Column("ts", BigInteger, primary_key=True),
    Column("reading", Serial, ForeignKey("readings.n"), primary_key=True),
    Column("arrived", BigInteger, nullable=False),  # s since 1970, for folding (T6)
    Column("stream", Serial),  # with `seq` the fact's identity, none for a device that speaks MQTT itself
    Column("seq", BigInteger),
    sqlite_with_rowid=False,
)
segments = Table(  # folded observations of one device and UTC day: nothing is lost, only packed (T6); with rowids:
    # without, SQLite would give a quarter page of each and a whole overflow page besides (ADR 0003)
    "segments",
    metadata,
    Column("device", Serial, ForeignKey("devices.n"), primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970
    Column("count", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)
asides = Table(  # kept aside until its device is known or its time has come
    "asides",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("reason", String(16), nullable=False),  # unknown_device | future
    Column("device", String(128), nullable=False),
    Column("collector", String(128), nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("payload", LargeBinary, nullable=False),
)
refusals = Table(  # the newest few of each reason, for a look
    "refusals",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False, index=True),
    Column("topic", String(512), nullable=False),
    Column("detail", String(512), nullable=False),
    Column("payload", LargeBinary, nullable=False),  # at most 16 KiB of it
)
counters = Table(  # stored, repeated, refused.REASON, aside.REASON, lost …
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("n", BigInteger, nullable=False),
)

# ---- derived: judged from the facts, can be built anew

outages = Table(
    "outages",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("device", Serial, ForeignKey("devices.n"), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("last_ok", BigInteger),  # the last up or degraded observation before it (O5 a)
    Column("confirmed_at", BigInteger, nullable=False),  # ts of the observation that confirmed it
    Column("cause", String(128), nullable=False),
    Column("owner", String(16), nullable=False),
    Column("ticket", String(32)),
    UniqueConstraint("device", "start"),
)
Index("ix_outages_open", outages.c.until, outages.c.device)
Index("ix_outages_ticket", outages.c.ticket)
device_states = Table(
    "device_states",
    metadata,
    Column("device", Serial, ForeignKey("devices.n"), primary_key=True),
    Column("last_ts", BigInteger),
    Column("fold", JSON),  # the judge's state after last_ts
    Column("last", JSON),  # the newest observation, in full
    Column("state", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("cause", String(128)),
    Column("owner", String(16)),
    Column("check_at", BigInteger, index=True),  # when time alone may change the state
)

# ---- tickets

tickets = Table(
    "tickets",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("device", Serial, ForeignKey("devices.n"), nullable=False),
    Column("vendor", String(128), index=True),
    Column("source", String(16), nullable=False),
    Column("symptom", String(512), nullable=False),
    Column("external_id", String(128), unique=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False, index=True),  # derived from the events
    Column("closed_at", BigInteger),  # derived
    Column("purpose", String(16), nullable=False, server_default="fault"),  # fault | preventive (K1: without a clock)
    Column("condition", String(128)),  # of preventive work: one ticket per device and condition
    Column("repeat_of", String(32)),  # the earlier ticket that this one repeats (K4)
)
Index("ix_tickets_device", tickets.c.device)
ticket_events = Table(
    "ticket_events",
    metadata,
    Column("entry", Serial, primary_key=True),
    Column("ticket", Serial, ForeignKey("tickets.n"), nullable=False, index=True),
    Column("event", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("detail", JSON, nullable=False),
)
photos = Table(  # checked, made anew without what a camera adds
    "photos",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("ticket", Serial, ForeignKey("tickets.n"), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of `data`
    Column("type", String(32), nullable=False),  # image/jpeg | image/png
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    UniqueConstraint("ticket", "digest"),
)
complaints = Table(  # what customers and halls say of repairs, beside the faults (K5)
    "complaints",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("hall", String(128), ForeignKey("halls.id"), nullable=False, index=True),
    Column("device", Serial, ForeignKey("devices.n")),
    Column("ticket", String(32)),  # the open one of the device, where there was one
    Column("kind", String(16), nullable=False),  # late_repair | other
    Column("text", String(512), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("external_id", String(128), unique=True),
)
submissions = Table(  # a form sent twice counts once: its key, and what was answered
    "submissions",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("answer", JSON, nullable=False),
)
ticket_imports = Table(  # rows of the operator's own ticket system, as they last came
    "ticket_imports",
    metadata,
    Column("external_id", String(128), primary_key=True),
    Column("digest", String(64), nullable=False),  # of the row: the same again changes nothing
    Column("document", JSON, nullable=False),
    Column("ticket", String(32), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

# ---- time that a person took out of the count; a withdrawal is a row of its own

exemptions = Table(
    "exemptions",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("kind", String(16), nullable=False),  # maintenance | correction
    Column("scope_kind", String(8), nullable=False),  # device | hall | branch
    Column("scope", String(128), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reason", String(512), nullable=False),
    Column("approver", String(128), nullable=False),
    Column("approved_at", BigInteger),  # of maintenance: it counts where this is before `start` (A1)
    Column("author", String(128), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("series", String(32)),  # what recurs was said once; each time is a row
)
Index("ix_exemptions_until", exemptions.c.until)
withdrawals = Table(
    "withdrawals",
    metadata,
    Column("exemption", Serial, ForeignKey("exemptions.n"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
)

# ---- what must happen because of a fact: a row first, an action second

notices = Table(
    "notices",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("key", String(256), nullable=False, unique=True),  # the same cause never makes two
    Column("channel", String(16), nullable=False),  # mqtt | mail | wecom | dingtalk | feishu | webhook | sms | apprise
    Column("target", String(512), nullable=False),  # a topic, an address, an end point of the settings
    Column("retain", SmallInteger, nullable=False, default=0),  # a newer one of the same target replaces it
    Column("subject", String(512), nullable=False, default=""),
    Column("body", Text, nullable=False),
    Column("ticket", String(32)),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("claimed_until", BigInteger, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column(
        "state", String(8), nullable=False, default="waiting"
    ),  # waiting | held | crowded | joined | sent | replaced | given_up
    Column("sent_at", BigInteger),
    Column("error", String(512)),
    Column("joint", BigInteger),  # the notice that tells this one among others; it shares its fate
)
Index("ix_notices_due", notices.c.state, notices.c.due_at)
Index("ix_notices_target", notices.c.target, notices.c.id)
Index("ix_notices_ticket", notices.c.ticket)
attempts = Table(  # each attempt at a notice and what the other side said
    "attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("notice", Serial, ForeignKey("notices.id"), nullable=False, index=True),
    Column("limit_key", String(128), nullable=False),  # whose rate limit it counts against
    Column("at", BigInteger, nullable=False),
    Column("outcome", String(8), nullable=False),  # sent | failed | refused
    Column("answer", String(512), nullable=False, default=""),
)
Index("ix_attempts_limit", attempts.c.limit_key, attempts.c.at)
holds = Table(  # nothing goes out by a key before `until`: the other side has blocked it
    "holds",
    metadata,
    Column("limit_key", String(128), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("reason", String(256), nullable=False),
)
escalations = Table(  # the warnings and the steps of the chain that a ticket's clock has reached, each once (R6)
    "escalations",
    metadata,
    Column("ticket", Serial, ForeignKey("tickets.n"), primary_key=True),
    Column("step", String(64), primary_key=True),
    Column("percent", Integer, nullable=False),
    Column("reached_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # later than `reached_at` where its hours are closed
    Column("state", String(8), nullable=False),  # waiting | said | over
    Column("done_at", BigInteger),
)
Index("ix_escalations_due", escalations.c.state, escalations.c.due_at)
templates = Table(  # what people made of our words; the newest of a name and language counts, an empty one is ours
    "templates",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("name", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    Column("subject", String(512), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
)
changes = Table(  # for the streams of pages; bounded
    "changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # state | ticket | inventory
    Column("ref", String(128), nullable=False),  # device or ticket id
    Column("vendor", String(128)),  # whose it is, for scoped streams
    Column("document", JSON, nullable=False),
)
tokens = Table(
    "tokens",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("role", String(160), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
