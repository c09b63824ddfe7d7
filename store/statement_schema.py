"""The tables of statements, seals and scheduled reports, beside those of `store.schema` (S5, S6)."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from store.schema import Serial, String, metadata

# ---- statements (S5, S6): what was said of a month, and what was sealed; nothing is edited

findings = Table(  # what a person enters for a month of a contract: patrols missed, spares not ready, a survey (S2)
    "findings",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("contract", String(128), nullable=False),
    Column("month", String(7), nullable=False),
    Column("kind", String(16), nullable=False),  # missed_patrol | spare_not_ready | survey
    Column("thing", String(256), nullable=False),  # which visit, which spare, which survey
    Column("total", String(64)),  # of a survey: the sum of its answers, a decimal
    Column("count", Integer),  # of a survey: how many answers
    Column("reason", String(512), nullable=False),
    Column("author", String(128), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
Index("ix_findings_month", findings.c.contract, findings.c.month)
finding_withdrawals = Table(
    "finding_withdrawals",
    metadata,
    Column("finding", Serial, ForeignKey("findings.n"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("reason", String(512), nullable=False),
)
papers = Table(  # statements as they were published or sealed, and the facts behind them, by their digest
    "papers",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the canonical JSON
    Column("packed", LargeBinary, nullable=False),  # that JSON, zlib
    Column("recorded_at", BigInteger, nullable=False),
)
statement_events = Table(  # the state of a statement is derived from these
    "statement_events",
    metadata,
    Column("entry", Serial, primary_key=True),
    Column("contract", String(128), nullable=False),
    Column("month", String(7), nullable=False),
    Column("event", String(16), nullable=False),  # published | disputed | answered | approved | withdrawn
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("detail", JSON, nullable=False),
)
Index("ix_statement_events_month", statement_events.c.contract, statement_events.c.month)
dispute_files = Table(
    "dispute_files",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("entry", Serial, ForeignKey("statement_events.entry"), nullable=False, index=True),
    Column("name", String(256), nullable=False),
    Column("type", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
seals = Table(  # one chain per installation: each row's hash covers the one before (S6)
    "seals",
    metadata,
    Column("n", Serial, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("contract", String(128), nullable=False),
    Column("vendor", String(128), nullable=False),
    Column("month", String(7), nullable=False),
    Column("number", Integer, nullable=False),  # 0: the seal, else its amendments
    Column("at", BigInteger, nullable=False),
    Column("by", String(128), nullable=False),
    Column("statement", String(64), ForeignKey("papers.digest"), nullable=False),
    Column("facts", String(64), ForeignKey("papers.digest"), nullable=False),
    Column("detail", JSON, nullable=False),  # overrides by name, the difference of an amendment
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    UniqueConstraint("contract", "month", "number"),
)

# ---- reports that are made and mailed by the calendar, each once

report_runs = Table(
    "report_runs",
    metadata,
    Column("key", String(256), primary_key=True),  # report, period, for whom
    Column("due_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("detail", JSON, nullable=False),
)
report_files = Table(
    "report_files",
    metadata,
    Column("n", Serial, primary_key=True),
    Column("run", String(256), ForeignKey("report_runs.key"), nullable=False, index=True),
    Column("name", String(256), nullable=False),
    Column("type", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
notice_files = Table(  # what a notice has attached
    "notice_files",
    metadata,
    Column("notice", Serial, ForeignKey("notices.id"), primary_key=True),
    Column("file", Serial, ForeignKey("report_files.n"), primary_key=True),
)

# ---- derived: what folding leaves of a device's days for reports, written with the packed day, can be built anew

digests = Table(
    "digests",
    metadata,
    Column("device", Serial, ForeignKey("devices.n"), primary_key=True),
    Column("block", Integer, primary_key=True),  # 32 UTC days since 1970
    Column("days", BigInteger, nullable=False),  # a bit for each day of the block that is in it
    Column("runs", LargeBinary, nullable=False),
)
