"""Bearer tokens: 256 random bits, of which the database keeps a hash and a role."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, update

from store.schema import tokens
from store.upsert import insert_or_ignore

PLAIN: Final = ("admin", "operator", "viewer")
SCOPED: Final = ("vendor", "hall", "collector")
_ID: Final = re.compile(r"[^\x00-\x1f\x7f/+#\ud800-\udfff]{1,128}")


class BadToken(ValueError):
    """A name or a role that no token can have; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Role:
    """What a token may do: `kind` is one of PLAIN, or one of SCOPED with the `id` that it is bound to."""

    kind: str
    id: str | None = None

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    id: int
    name: str
    role: str
    created_at: int
    revoked_at: int | None


def parse_role(text: str) -> Role:
    """Read `admin`, `operator`, `viewer`, `vendor:ID`, `hall:ID` or `collector:ID`. Raises `BadToken`."""
    kind, colon, id = text.partition(":")
    if kind in PLAIN and not colon:
        return Role(kind)
    if kind in SCOPED and _ID.fullmatch(id):
        return Role(kind, id)
    raise BadToken(f"role {text[:64]!r}: none of {', '.join(PLAIN)}, {', '.join(f'{kind}:ID' for kind in SCOPED)}")


def create(conn: Connection, name: str, role: str, now: int) -> str:
    """Make a token and answer its secret, which nobody can read again. Raises `BadToken`."""
    if not _ID.fullmatch(name):
        raise BadToken("name: 1 to 128 characters without control characters, /, + and #")
    secret = f"hw_{secrets.token_urlsafe(32)}"
    row = {"name": name, "role": str(parse_role(role)), "hash": _hash(secret), "created_at": now}
    if not conn.execute(insert_or_ignore(conn, tokens), row).rowcount:
        raise BadToken(f"there is a token named {name!r} already")
    return secret


def find_token(conn: Connection, secret: str) -> Token | None:
    """Whose secret this is, none for an unknown or a revoked one."""
    digest = _hash(secret)
    row = conn.execute(select(tokens).where(tokens.c.hash == digest, tokens.c.revoked_at.is_(None))).one_or_none()
    if row is None or not hmac.compare_digest(row.hash, digest):
        return None
    return Token(row.id, row.name, row.role, row.created_at, row.revoked_at)


def revoke(conn: Connection, name: str, now: int) -> bool:
    """End a token from now on; False where there is none of that name, or it is revoked already."""
    named = (tokens.c.name == name) & tokens.c.revoked_at.is_(None)
    return conn.execute(update(tokens).where(named).values(revoked_at=now)).rowcount == 1


def all_tokens(conn: Connection) -> list[Token]:
    """Every token, revoked ones too, by name."""
    rows = conn.execute(select(tokens).order_by(tokens.c.name))
    return [Token(row.id, row.name, row.role, row.created_at, row.revoked_at) for row in rows]


def any_token(conn: Connection) -> bool:
    """Whether somebody can sign in: beyond loopback nothing listens otherwise."""
    return conn.scalar(select(tokens.c.id).where(tokens.c.revoked_at.is_(None)).limit(1)) is not None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
