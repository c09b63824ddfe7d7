"""C1-C5 on the page."""

from __future__ import annotations

from collector.kind import load_kinds
from sla.counters import Reading, steps
from sla.owners import Policy, blame, counts_as_vendor, silent_owner
from sla.supplies import Supply, replacements
from tests.docs.device import PRINTER
from tests.docs.notation import Row


def c1() -> list[object]:
    lines: list[object] = []
    for conditions in (("noPaper",), ("jammed", "noPaper"), ("lowToner", "noPaper"), ()):
        cause, owner = blame(conditions, PRINTER, down=True)
        lines.append(f"{' + '.join(conditions) or 'nothing answers':<22}cause {cause:<10}owner {owner}")
    return lines


def c2() -> list[object]:
    kind = load_kinds()["printer"]
    names = next(iter(kind.bits.values()))
    lines: list[object] = []
    for octets in (b"", b"\x40", b"\x24", b"\x00\x08"):
        bits = [i for i in range(8 * len(octets)) if octets[i // 8] >> (7 - i % 8) & 1]
        told = [f"bit {i} {names[i]} ({kind.conditions[names[i]].owner})" for i in bits]
        lines.append(f"{octets.hex(' ') or 'none':<8}{_binary(octets):<20}{', '.join(told) or 'no condition'}")
    return lines


def _binary(octets: bytes) -> str:
    return " ".join(f"{octet:08b}" for octet in octets)


def c3() -> list[object]:
    lines: list[object] = []
    for level, capacity in ((1300, 2000), (80, 100), (-3, 100), (-2, 100), (80, 0)):
        supply = Supply(1, level=level, capacity=capacity)
        shown = "no percentage" if supply.percent is None else f"{supply.percent:g} %"
        lines.append(f"level {level:>5} of {capacity:>5}: {supply.quality:<8}{shown}")
    found = replacements(list(enumerate([12.0, 11.0, 100.0, 100.0, 99.0])))[0]
    stray = replacements(list(enumerate([12.0, 11.0, 100.0, 11.0, 10.0])))
    return [
        *lines,
        f"polls 12, 11, 100, 100, 99: replaced, {found.before:g} to {found.after:g}",
        f"polls 12, 11, 100, 11, 10: {len(stray)} replacements",
    ]


def c4() -> list[object]:
    wrapped = steps([Reading(0, 4_294_967_290, 1000), Reading(60_000, 5, 7000)])[0]
    restarted = steps([Reading(0, 10_231, 500_000), Reading(60_000, 3, 2_000)])[0]
    return [
        f"4,294,967,290 then 5, uptime goes on: 6 to the wrap and 5 more = {wrapped.amount} pages",
        f"10,231 then 3, uptime fell: {'a restart, the step is not known' if restarted.amount is None else ''}",
    ]


def c5() -> list[object]:
    lines: list[object] = []
    devices = [
        ("printer, vendor v-1", Policy(vendor="v-1", kind="printer")),
        ("switch, no vendor", Policy(kind="switch")),
    ]
    for label, policy in [*devices, ("kiosk, no vendor", Policy(kind="kiosk"))]:
        owner = silent_owner(policy)
        counts = "counts as the vendor's" if counts_as_vendor(owner, policy) else "costs no vendor anything"
        lines.append(Row(label, "").__str__().ljust(22) + f"{owner:<14}{counts}")
    return lines


EXAMPLES = {"C1": c1, "C2": c2, "C3": c3, "C4": c4, "C5": c5}
