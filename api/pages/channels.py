"""How people are told: channels, templates with a preview, what went out."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
