"""A vendor's statements: figures, forms, what-if, dossier, evidence pack."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["statements"])
