"""Reports of faults and complaints by hall staff and call takers."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
