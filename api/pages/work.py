"""The vendor's work: its open tickets by due time, and what it says of them."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
