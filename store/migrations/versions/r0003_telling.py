"""Preventive tickets and repeats, photos, complaints, imports, attempts, escalations, templates, recurring times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
_INDEXED = (("outages", "ticket"), ("notices", "ticket"), ("tickets", "device"))
_TABLES = ("photos", "complaints", "submissions", "ticket_imports", "attempts", "holds", "escalations", "templates")
_ADDED = (
    ("notices", "joint"),
    ("exemptions", "series"),
    ("tickets", "repeat_of"),
    ("tickets", "condition"),
    ("tickets", "purpose"),
)


def _number(name: str = "n", *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    """Add the columns, create the tables."""
    _columns()
    _photos()
    _complaints()
    _submissions()
    _imports()
    _attempts()
    _escalations()
    _templates()
    for table, column in _INDEXED:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def downgrade() -> None:
    """Drop the tables and the columns."""
    for table, column in _INDEXED:
        op.drop_index(f"ix_{table}_{column}", table)
    for name in [
        "templates",
        "escalations",
        "holds",
        "attempts",
        "ticket_imports",
        "submissions",
        "complaints",
        "photos",
    ]:
        op.drop_table(name)
    for table, column in _ADDED:
        op.drop_column(table, column)


def _columns() -> None:
    purpose = sa.Column("purpose", sa.String(length=16), nullable=False, server_default="fault")
    op.add_column("tickets", purpose)
    op.add_column("tickets", sa.Column("condition", sa.String(length=128), nullable=True))
    op.add_column("tickets", sa.Column("repeat_of", sa.String(length=32), nullable=True))
    op.add_column("exemptions", sa.Column("series", sa.String(length=32), nullable=True))
    op.add_column("notices", sa.Column("joint", sa.BigInteger(), nullable=True))


def _photos() -> None:
    op.create_table(
        "photos",
        _number(),
        _number("ticket"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.n"], name=op.f("fk_photos_ticket")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_photos")),
        sa.UniqueConstraint("ticket", "digest", name=op.f("uq_photos_ticket_digest")),
    )


def _complaints() -> None:
    op.create_table(
        "complaints",
        _number(),
        sa.Column("hall", sa.String(length=128), nullable=False),
        _number("device", nullable=True),
        sa.Column("ticket", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=512), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["hall"], ["halls.id"], name=op.f("fk_complaints_hall")),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_complaints_device")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_complaints")),
        sa.UniqueConstraint("external_id", name=op.f("uq_complaints_external_id")),
    )
    op.create_index(op.f("ix_complaints_hall"), "complaints", ["hall"], unique=False)


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submissions")),
    )


def _imports() -> None:
    op.create_table(
        "ticket_imports",
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("ticket", sa.String(length=32), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("external_id", name=op.f("pk_ticket_imports")),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        _number("id"),
        _number("notice"),
        sa.Column("limit_key", sa.String(length=128), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.String(length=512), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_attempts_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_notice"), "attempts", ["notice"], unique=False)
    op.create_index("ix_attempts_limit", "attempts", ["limit_key", "at"], unique=False)
    op.create_table(
        "holds",
        sa.Column("limit_key", sa.String(length=128), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("limit_key", name=op.f("pk_holds")),
    )


def _escalations() -> None:
    op.create_table(
        "escalations",
        _number("ticket"),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("reached_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.n"], name=op.f("fk_escalations_ticket")),
        sa.PrimaryKeyConstraint("ticket", "step", name=op.f("pk_escalations")),
    )
    op.create_index("ix_escalations_due", "escalations", ["state", "due_at"], unique=False)


def _templates() -> None:
    op.create_table(
        "templates",
        _number(),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=512), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_templates")),
    )
