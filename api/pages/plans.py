"""Planned maintenance, corrections and their withdrawal."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
