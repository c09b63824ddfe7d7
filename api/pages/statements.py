"""The statements' pages: the list, one with its lines and disputes."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
