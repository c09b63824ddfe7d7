"""The operator's board: open tickets with their clocks running."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
