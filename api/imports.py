"""Rows of the operator's own ticket system, taken in (K1)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["tickets"])
