"""What somebody does to a ticket: reports, events, complaints, with who may do what (K2)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["tickets"])
