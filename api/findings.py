"""What a person enters for a month of a contract: patrols missed, spares not ready, surveys (S2)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["statements"])
