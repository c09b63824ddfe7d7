"""What Grafana may read on PostgreSQL: outages, tickets and maintenance with their names; nothing on SQLite."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0005"
down_revision = "0004"

ROLE: Final = "hallwatch_grafana"
VIEWS: Final = ("grafana_outages", "grafana_tickets", "grafana_maintenance")


def _instant(column: str) -> str:
    """Of ms; what lies before 1970 or beyond 9999 is brought there, for `to_timestamp` fails on what is too far."""
    within = f"greatest(0, least({column}, 253402300799999))"
    return f"CASE WHEN {column} IS NOT NULL THEN to_timestamp({within} / 1000.0) END"


_PLACE: Final = """
    d.id AS device, d.hall, h.name AS hall_name, h.branch, b.name AS branch_name, d.kind"""
_JOINED: Final = """
    JOIN devices d ON d.n = {table}.device
    JOIN halls h ON h.id = d.hall
    LEFT JOIN branches b ON b.id = h.branch
    LEFT JOIN vendors v ON v.id = {vendor}"""

_OUTAGES: Final = f"""
CREATE VIEW grafana_outages AS SELECT {_PLACE},
    d.vendor, v.name AS vendor_name,
    {_instant("o.start")} AS start, {_instant("o.until")} AS "until",
    coalesce(o.until, extract(epoch FROM now()) * 1000)::float8 / 1000 - o.start::float8 / 1000 AS duration_s,
    o.until IS NULL AS open, o.cause, o.owner, o.ticket, s.state
    FROM outages o LEFT JOIN device_states s ON s.device = o.device {_JOINED.format(table="o", vendor="d.vendor")}"""  # noqa: S608 - constants

_TICKETS: Final = f"""
CREATE VIEW grafana_tickets AS SELECT t.id AS ticket, {_PLACE},
    t.vendor, v.name AS vendor_name, t.source, t.symptom, t.purpose,
    {_instant("t.opened_at")} AS opened, {_instant("t.closed_at")} AS closed,
    t.state, t.closed_at IS NULL AS open
    FROM tickets t {_JOINED.format(table="t", vendor="t.vendor")}"""  # noqa: S608 - constants

_MAINTENANCE: Final = f"""
CREATE VIEW grafana_maintenance AS SELECT e.scope_kind, e.scope,
    {_instant("e.start")} AS start, {_instant("e.until")} AS "until",
    e.reason, e.approver, w.exemption IS NOT NULL AS withdrawn,
    coalesce(d.id, h.name, b.name, e.scope) AS scope_name, {_instant("e.approved_at")} AS approved,
    h.id AS hall, h.name AS hall_name, b.id AS branch, b.name AS branch_name
    FROM exemptions e
    LEFT JOIN withdrawals w ON w.exemption = e.n
    LEFT JOIN devices d ON e.scope_kind = 'device' AND d.id = e.scope
    LEFT JOIN halls h ON h.id = CASE e.scope_kind WHEN 'hall' THEN e.scope ELSE d.hall END
    LEFT JOIN branches b ON b.id = CASE e.scope_kind WHEN 'branch' THEN e.scope ELSE h.branch END
    WHERE e.kind = 'maintenance'"""  # noqa: S608 - constants


_UNLIMITED: Final = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type = 'character varying' AND table_name <> 'alembic_version'
    LOOP EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE text', one.table_name, one.column_name); END LOOP;
END $$"""


def upgrade() -> None:
    """Create the views, and let the role read them where an administrator has made it already.

    Before that no text has a length that the server would refuse, as on SQLite: no row is written anew for it.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_UNLIMITED)
    for view in (_OUTAGES, _TICKETS, _MAINTENANCE):
        op.execute(view)
    op.execute(
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN "
        f"GRANT SELECT ON {', '.join(VIEWS)} TO {ROLE}; END IF; END $$"
    )


def downgrade() -> None:
    """Drop them; texts stay without a limit, for some may have grown beyond it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP VIEW {', '.join(VIEWS)}")
