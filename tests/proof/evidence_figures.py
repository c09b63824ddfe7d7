"""The figures of evidence packs in words."""

from __future__ import annotations

from typing import Any


def evidence(figures: dict[str, Any]) -> str:
    """Evidence packs and their verifier."""
    changes, moved = sum(figures["changes"].values()), sum(figures["moved"].values())
    return (
        f"{figures['months']} random months in a database, told by the program, checked by the verifier; one"
        f" fact changed in each of {changes} others ({moved} of these change a figure); {figures['bugs']} faults put"
        f" into the verifier; {figures['seconds']:.0f} s.\n\n"
        "| tickets | outages | deductions | breaches | compared | differing | changes missed | falsely found | figures"
        " changed | unnoticed | faults unnoticed |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
        f"| {figures['tickets']} | {figures['outages']} | {figures['deductions']} | {figures['breaches']} |"
        f" {figures['compared']} | {figures['differing']} | {figures['missed']} | {figures['false']} |"
        f" {figures['statements_changed']} | {figures['statements_unnoticed']} |"
        f" {len(figures['bugs_unnoticed'])} |\n\n"
        f"A pack of {figures['large_tickets']} tickets: {figures['large_pack_kib']} KiB, made in"
        f" {figures['large_made_s']} s, verified in {figures['large_verified_s']} s."
    )
