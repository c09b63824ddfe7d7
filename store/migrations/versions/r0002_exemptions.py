"""Maintenance, corrections and their withdrawals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create both tables."""
    _exemptions()
    _withdrawals()


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("withdrawals")
    op.drop_table("exemptions")


def _exemptions() -> None:
    op.create_table(
        "exemptions",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("scope_kind", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=512), nullable=False),
        sa.Column("approver", sa.String(length=128), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_exemptions")),
    )
    op.create_index("ix_exemptions_until", "exemptions", ["until"], unique=False)


def _withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("exemption", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["exemption"], ["exemptions.n"], name=op.f("fk_withdrawals_exemption")),
        sa.PrimaryKeyConstraint("exemption", name=op.f("pk_withdrawals")),
    )
