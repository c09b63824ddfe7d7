"""The first tables, as `store.schema` had them at the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
_MADE = [
    "asides", "branches", "calendars", "changes", "collector_silences", "collectors", "counters", "imports",
    "notices", "readings", "refusals", "streams", "tokens", "vendors", "ahead", "contracts", "gaps", "halls",
    "devices", "device_states", "observations", "outages", "segments", "tickets", "ticket_events",
]  # fmt: skip


def upgrade() -> None:
    """Create them all, those that others refer to first."""
    _asides()
    _branches()
    _calendars()
    _changes()
    _collector_silences()
    _collectors()
    _counters()
    _imports()
    _notices()
    _readings()
    _refusals()
    _streams()
    _tokens()
    _vendors()
    _ahead()
    _contracts()
    _gaps()
    _halls()
    _devices()
    _device_states()
    _observations()
    _outages()
    _segments()
    _tickets()
    _ticket_events()


def downgrade() -> None:
    """Drop them all, those that refer to others first."""
    for table in _MADE[::-1]:
        op.drop_table(table)


def _asides() -> None:
    op.create_table(
        "asides",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("device", sa.String(length=128), nullable=False),
        sa.Column("collector", sa.String(length=128), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asides")),
        sa.UniqueConstraint("digest", name=op.f("uq_asides_digest")),
    )


def _branches() -> None:
    op.create_table(
        "branches",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branches")),
    )


def _calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=128), nullable=False),
        sa.Column("vendor", sa.String(length=128), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )


def _collector_silences() -> None:
    op.create_table(
        "collector_silences",
        sa.Column("collector", sa.String(length=128), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("collector", "start", name=op.f("pk_collector_silences")),
    )


def _collectors() -> None:
    op.create_table(
        "collectors",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("epoch", sa.String(length=128), nullable=True),
        sa.Column("online", sa.SmallInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("clock_skew_ms", sa.BigInteger(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collectors")),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=512), nullable=False),
        sa.Column("retain", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.String(length=512), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("ticket", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index("ix_notices_due", "notices", ["state", "due_at"], unique=False)
    op.create_index("ix_notices_target", "notices", ["target", "id"], unique=False)


def _readings() -> None:
    op.create_table(
        "readings",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("collector", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=128), nullable=False),
        sa.Column("interval_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_readings")),
        sa.UniqueConstraint(
            "collector",
            "state",
            "conditions",
            "cause",
            "interval_ms",
            name=op.f("uq_readings_collector_state_conditions_cause_interval_ms"),
        ),
    )


def _refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=512), nullable=False),
        sa.Column("detail", sa.String(length=512), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
    )
    op.create_index(op.f("ix_refusals_reason"), "refusals", ["reason"], unique=False)


def _streams() -> None:
    op.create_table(
        "streams",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("collector", sa.String(length=128), nullable=False),
        sa.Column("epoch", sa.String(length=128), nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_streams")),
        sa.UniqueConstraint("collector", "epoch", name=op.f("uq_streams_collector_epoch")),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=160), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_tokens_name")),
    )


def _vendors() -> None:
    op.create_table(
        "vendors",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("notify", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
    )


def _ahead() -> None:
    op.create_table(
        "ahead",
        sa.Column("stream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["streams.n"], name=op.f("fk_ahead_stream")),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_ahead")),
        sqlite_with_rowid=False,
    )


def _contracts() -> None:
    op.create_table(
        "contracts",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("vendor", sa.String(length=128), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["vendor"], ["vendors.id"], name=op.f("fk_contracts_vendor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("stream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["streams.n"], name=op.f("fk_gaps_stream")),
        sa.PrimaryKeyConstraint("stream", "first", name=op.f("pk_gaps")),
    )


def _halls() -> None:
    op.create_table(
        "halls",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("branch", sa.String(length=128), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("calendar", sa.String(length=128), nullable=True),
        sa.Column("gateway", sa.String(length=128), nullable=True),
        sa.Column("collector", sa.String(length=128), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["branch"], ["branches.id"], name=op.f("fk_halls_branch")),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name=op.f("fk_halls_calendar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halls")),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hall", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=256), nullable=True),
        sa.Column("model", sa.String(length=256), nullable=True),
        sa.Column("serial", sa.String(length=128), nullable=True),
        sa.Column("vendor", sa.String(length=128), nullable=True),
        sa.Column("parent", sa.String(length=128), nullable=True),
        sa.Column("collector", sa.String(length=128), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.Column("commissioned", sa.BigInteger(), nullable=True),
        sa.Column("retired", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["hall"], ["halls.id"], name=op.f("fk_devices_hall")),
        sa.ForeignKeyConstraint(["vendor"], ["vendors.id"], name=op.f("fk_devices_vendor")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_devices")),
        sa.UniqueConstraint("id", name=op.f("uq_devices_id")),
    )
    op.create_index(op.f("ix_devices_hall"), "devices", ["hall"], unique=False)
    op.create_index(op.f("ix_devices_vendor"), "devices", ["vendor"], unique=False)


def _device_states() -> None:
    op.create_table(
        "device_states",
        sa.Column("device", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_ts", sa.BigInteger(), nullable=True),
        sa.Column("fold", sa.JSON(), nullable=True),
        sa.Column("last", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=128), nullable=True),
        sa.Column("owner", sa.String(length=16), nullable=True),
        sa.Column("check_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_device_states_device")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_states")),
    )
    op.create_index(op.f("ix_device_states_check_at"), "device_states", ["check_at"], unique=False)


def _observations() -> None:
    op.create_table(
        "observations",
        sa.Column("device", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("reading", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("arrived", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_observations_device")),
        sa.ForeignKeyConstraint(["reading"], ["readings.n"], name=op.f("fk_observations_reading")),
        sa.PrimaryKeyConstraint("device", "ts", "reading", name=op.f("pk_observations")),
        sqlite_with_rowid=False,
    )


def _outages() -> None:
    op.create_table(
        "outages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("last_ok", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=16), nullable=False),
        sa.Column("ticket", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_outages_device")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        sa.UniqueConstraint("device", "start", name=op.f("uq_outages_device_start")),
    )
    op.create_index("ix_outages_open", "outages", ["until", "device"], unique=False)


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("device", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_segments_device")),
        sa.PrimaryKeyConstraint("device", "day", name=op.f("pk_segments")),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("device", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vendor", sa.String(length=128), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("symptom", sa.String(length=512), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_tickets_device")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_tickets")),
        sa.UniqueConstraint("external_id", name=op.f("uq_tickets_external_id")),
        sa.UniqueConstraint("id", name=op.f("uq_tickets_id")),
    )
    op.create_index(op.f("ix_tickets_state"), "tickets", ["state"], unique=False)
    op.create_index(op.f("ix_tickets_vendor"), "tickets", ["vendor"], unique=False)


def _ticket_events() -> None:
    op.create_table(
        "ticket_events",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.n"], name=op.f("fk_ticket_events_ticket")),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_ticket_events")),
    )
    op.create_index(op.f("ix_ticket_events_ticket"), "ticket_events", ["ticket"], unique=False)
    # ### end Alembic commands ###
