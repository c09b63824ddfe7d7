"""What the proofs about SNMP answers found, for docs/proof/README.md."""

from __future__ import annotations

from typing import Any


def replies(figures: dict[str, Any]) -> str:
    """Answers that are late, doubled, foreign or forged."""
    tricks = ", ".join(f"{name} {number}" for name, number in figures["tricks"].items())
    names = list(figures["sent"])
    return (
        f"{figures['trials']} requests by version 1 and 2c to {figures['agents']} agents in {figures['seconds']:.0f} s,"
        f" over real sockets on loopback; each was answered by one of these, picked at random: {tricks}. Whatever comes"
        " beside the right answer says something else, so that a value shows whose it is.\n\n"
        "| requests | wrongly attributed | right answers missed | datagrams not counted |\n|---|---|---|---|\n"
        f"| {figures['trials']} | {figures['wrong']} | {figures['answers_lost']} | {figures['uncounted']} |\n\n"
        f"| | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n"
        f"| sent | {' | '.join(str(figures['sent'][name]) for name in names)} |\n"
        f"| counted | {' | '.join(str(figures['counted'][name]) for name in names)} |"
    )


def malformed(figures: dict[str, Any]) -> str:
    """Mutations of real answers."""
    kinds = ", ".join(f"{name} {number}" for name, number in figures["by_mutation"].items())
    third = figures["third"]
    return (
        f"{figures['mutations']} mutations of answers ({kinds}) in {figures['seconds']:.0f} s through socket, decoder,"
        " session, walk and reading, into an observation; what the fast path gave was asked of the strict decoder too."
        f" Then {third['mutations']} mutations of what a real snmpd says by version 3, signed and sealed, through"
        " gufo-snmp; the right answer came behind them.\n\n"
        "| mutations | tracebacks | other values than the strict decoder's | over 50 ms CPU | slowest, ms |"
        " memory after 30 %, MB | at the end, MB |\n|---|---|---|---|---|---|---|\n"
        f"| {figures['mutations']} | {figures['tracebacks']} | {figures['wrong']} | {figures['slow']} |"
        f" {figures['slowest_ms']} | {figures['memory_warm_mb']} | {figures['memory_end_mb']} |\n"
        f"| {third['mutations']} (version 3) | {third['tracebacks']} | | | | | |"
    )
