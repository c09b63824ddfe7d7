"""The reports' page: choose a period, look at it, take it along."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
