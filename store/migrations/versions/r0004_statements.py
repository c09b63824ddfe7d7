"""Findings of a month, statements with their disputes and seals, reports that are made by the calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _number(name: str = "n", *, counts: bool = True) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False, autoincrement="auto" if counts else False)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _instant(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Create the tables."""
    _findings()
    _papers()
    _events()
    _seals()
    _runs()
    _digests()


def downgrade() -> None:
    """Drop the tables, those that refer to others first."""
    made = "digests notice_files report_files report_runs seals dispute_files statement_events papers"
    for name in f"{made} finding_withdrawals findings".split():
        op.drop_table(name)


def _findings() -> None:
    op.create_table(
        "findings",
        _number(),
        _text("contract", 128),
        _text("month", 7),
        _text("kind", 16),
        _text("thing", 256),
        _text("total", 64, nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        _text("reason", 512),
        _text("author", 128),
        _instant("recorded_at"),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_month", "findings", ["contract", "month"], unique=False)
    op.create_table(
        "finding_withdrawals",
        _number("finding"),
        _instant("at"),
        _text("by", 128),
        _text("reason", 512),
        sa.ForeignKeyConstraint(["finding"], ["findings.n"], name=op.f("fk_finding_withdrawals_finding")),
        sa.PrimaryKeyConstraint("finding", name=op.f("pk_finding_withdrawals")),
    )


def _papers() -> None:
    op.create_table(
        "papers",
        _text("digest", 64),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        _instant("recorded_at"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_papers")),
    )


def _events() -> None:
    op.create_table(
        "statement_events",
        _number("entry"),
        _text("contract", 128),
        _text("month", 7),
        _text("event", 16),
        _instant("at"),
        _text("by", 128),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_statement_events")),
    )
    op.create_index("ix_statement_events_month", "statement_events", ["contract", "month"], unique=False)
    op.create_table(
        "dispute_files",
        _number(),
        _number("entry"),
        _text("name", 256),
        _text("type", 64),
        _text("digest", 64),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["statement_events.entry"], name=op.f("fk_dispute_files_entry")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_dispute_files")),
    )
    op.create_index(op.f("ix_dispute_files_entry"), "dispute_files", ["entry"], unique=False)


def _seals() -> None:
    op.create_table(
        "seals",
        _number(counts=False),
        _text("contract", 128),
        _text("vendor", 128),
        _text("month", 7),
        sa.Column("number", sa.Integer(), nullable=False),
        _instant("at"),
        _text("by", 128),
        _text("statement", 64),
        _text("facts", 64),
        sa.Column("detail", sa.JSON(), nullable=False),
        _text("previous", 64),
        _text("hash", 64),
        sa.ForeignKeyConstraint(["statement"], ["papers.digest"], name=op.f("fk_seals_statement")),
        sa.ForeignKeyConstraint(["facts"], ["papers.digest"], name=op.f("fk_seals_facts")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_seals")),
        sa.UniqueConstraint("contract", "month", "number", name=op.f("uq_seals_contract_month_number")),
        sa.UniqueConstraint("hash", name=op.f("uq_seals_hash")),
    )


def _runs() -> None:
    op.create_table(
        "report_runs",
        _text("key", 256),
        _instant("due_at"),
        _instant("made_at"),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_report_runs")),
    )
    op.create_table(
        "report_files",
        _number(),
        _text("run", 256),
        _text("name", 256),
        _text("type", 128),
        _text("digest", 64),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["report_runs.key"], name=op.f("fk_report_files_run")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_report_files")),
    )
    op.create_index(op.f("ix_report_files_run"), "report_files", ["run"], unique=False)
    op.create_table(
        "notice_files",
        _number("notice"),
        _number("file"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_notice_files_notice")),
        sa.ForeignKeyConstraint(["file"], ["report_files.n"], name=op.f("fk_notice_files_file")),
        sa.PrimaryKeyConstraint("notice", "file", name=op.f("pk_notice_files")),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        _number("device", counts=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("runs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.n"], name=op.f("fk_digests_device")),
        sa.PrimaryKeyConstraint("device", "block", name=op.f("pk_digests")),
    )
