"""Photos of a ticket: checked, made anew, shown."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["tickets"])
