"""Stickers: a code that opens a device's page, and a sheet of them for a hall."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
