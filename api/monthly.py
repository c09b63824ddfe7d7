"""The monthly availability report and the branch scorecard, in every form."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["reports"])
