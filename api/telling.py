"""Channels, attempts, templates: how people are told, and a test of it."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["telling"])
