"""Evidence packs: the facts behind a statement, and a program of its own that computes the statement from them (S4)."""

from __future__ import annotations

from reports.evidence.facts import facts_document
from reports.evidence.pack import Papers, contents, evidence_pack, gathered, pack

__all__ = ["Papers", "contents", "evidence_pack", "facts_document", "gathered", "pack"]
