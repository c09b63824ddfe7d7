"""What happens to a statement: published, disputed, answered, approved, sealed (S5, S6)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["statements"])
