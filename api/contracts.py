"""Contracts and calendars, and what of them applies to a ticket and why (R1, T3)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["contracts"])
