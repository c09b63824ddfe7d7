"""Tokens: only their hash is kept; roles are checked when they are given."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from store import tokens
from store.database import reading, writing
from store.schema import tokens as table


def test_a_token_is_found_by_its_secret_alone(engine: Engine) -> None:
    with writing(engine) as conn:
        assert not tokens.any_token(conn)
        secret = tokens.create(conn, "duty", "vendor:v-1", now=5)
    with reading(engine) as conn:
        found = tokens.find_token(conn, secret)
        assert found is not None
        assert (found.name, found.role, found.created_at) == ("duty", "vendor:v-1", 5)
        assert tokens.any_token(conn)
        for wrong in ("", secret[:-1], secret + "x", secret.upper(), "\udcff", "' OR 1=1 --"):
            assert tokens.find_token(conn, wrong) is None


def test_the_secret_is_not_in_the_database(engine: Engine) -> None:
    with writing(engine) as conn:
        secret = tokens.create(conn, "duty", "admin", now=5)
        row = conn.execute(select(table)).one()
    assert secret not in str(row)
    assert len(row.hash) == 64
    assert len(secret) > 43


def test_a_revoked_token_opens_nothing(engine: Engine) -> None:
    with writing(engine) as conn:
        secret = tokens.create(conn, "duty", "viewer", now=5)
        assert tokens.revoke(conn, "duty", now=9)
        assert not tokens.revoke(conn, "duty", now=10)
        assert not tokens.revoke(conn, "nobody", now=10)
        assert tokens.find_token(conn, secret) is None
        assert [one.revoked_at for one in tokens.all_tokens(conn)] == [9]
        assert not tokens.any_token(conn)


def test_a_name_is_given_once(engine: Engine) -> None:
    with writing(engine) as conn:
        tokens.create(conn, "duty", "viewer", now=5)
        with pytest.raises(tokens.BadToken, match="already"):
            tokens.create(conn, "duty", "admin", now=6)


@pytest.mark.parametrize("role", ["admin", "operator", "viewer", "vendor:v-1", "hall:h-01", "collector:c-01"])
def test_a_role_reads_back_as_written(role: str) -> None:
    assert str(tokens.parse_role(role)) == role


@pytest.mark.parametrize(
    "role", ["", "root", "admin:", "admin:x", "vendor", "vendor:", "hall:a/b", "collector:\n", "Admin"]
)
def test_a_role_that_does_not_exist_is_refused(role: str) -> None:
    with pytest.raises(tokens.BadToken):
        tokens.parse_role(role)


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 129])
def test_a_name_that_cannot_be_shown_is_refused(engine: Engine, name: str) -> None:
    with writing(engine) as conn, pytest.raises(tokens.BadToken):
        tokens.create(conn, name, "viewer", now=5)
