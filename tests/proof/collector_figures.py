"""The chapters about the collector's speed and its growth."""

from __future__ import annotations

from typing import Any, Final

_SCENES: Final = {
    "all": "all answer",
    "dead_5": "5 % dead",
    "dead_30": "30 % dead",
    "far": "20 ms away, 1 % of the requests lost",
}
_SUBJECTS: Final = {
    "collector": "hallwatch's collector: ping, GET, verdict, outbox with fsync",
    "own socket": "its SNMP socket alone",
    "gufo-snmp": "a bare gufo-snmp loop",
    "pysnmp": "a bare pysnmp loop",
    "collectd": "collectd, plugin snmp",
    "snmp_exporter": "prometheus-snmp-exporter",
}
_PINGERS: Final = {"fping": "fping", "own": "our sockets", "icmplib": "icmplib", "gufo-ping": "gufo-ping"}


def collector(figures: dict[str, Any]) -> str:
    """Speed of the collector beside others."""
    parts = [
        f"A GET of 14 values, two of them others in every answer, of each of {figures['devices']} agents, which"
        f" the collector is to ask each second. Python {figures['python']}; each subject in a process of its own on"
        f" one core, the agents on another; medians of {figures['rounds']} rounds of {figures['seconds']:g} s in turn."
        " CPU is the subject's, the kernel's work for it included; a rate below 1 / CPU is the machine's or, where the"
        " agents were busy all the time, theirs. Only the collector pings, judges and stores. The goal is 10,000"
        " devices/s and 0.05 CPU s per 1,000.",
        *(_scene(_SCENES[name], found) for name, found in figures["scenes"].items()),
        "The loops give a dead device up after 1 s, as does collectd (100 threads, seen in its first seconds; later it"
        " asks the dead ever more rarely); the exporter answers for it with an error after 1 s; the collector pings it"
        " three times and asks twice within 5 s. Of collectd only what was answered is counted.",
        _lateness(figures["lateness"]),
        _pings(figures["ping"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _scene(name: str, found: dict[str, Any]) -> str:
    ours = found["collector"]
    head = (
        "| | devices/s | CPU s per 1,000 | of the collector's | memory, MB | agents busy |\n|---|---|---|---|---|---|\n"
    )
    return f"**{name[0].upper()}{name[1:]}**\n\n{head}" + "\n".join(
        _row(_SUBJECTS[subject], one, ours) for subject, one in found.items()
    )


def _row(name: str, one: dict[str, float] | None, ours: dict[str, float] | None) -> str:
    if one is None:
        return f"| {name} | not in bounded time | | | | |"
    ratio = f"{one['cpu'] / ours['cpu']:.2f}" if ours is not None else ""
    speed = f"{one['rate']:.0f} | {one['cpu']:.3f} | {ratio}"
    return f"| {name} | {speed} | {one['memory_mb']:.0f} | {100 * one['busy']:.0f} % |"


def _lateness(found: dict[str, Any]) -> str:
    rows = [
        f"| {_SCENES[name]} | {one['devices']} | {one['interval_s']:.0f} s | {100 * one['late']:.2f} % |"
        for name, one in found.items()
        if one is not None
    ]
    head = "| | devices | interval | latest poll of a living device, of its interval |\n|---|---|---|---|\n"
    return f"Do dead devices make the living late?\n\n{head}" + "\n".join(rows) if rows else ""


def _pings(ping: dict[str, Any]) -> str:
    rows = [
        f"| {where} | {_PINGERS[name]} | {one['rtt_ms']:.4f} | {100 * one['rtt_error']:+.1f} % | {one['cpu']:.3f} |"
        f" {one['lost']:.0f} |"
        for key, where in (("near", "loopback"), ("far", f"{ping.get('delay_ms', 0):g} ms away"))
        for name, one in ping.get(key, {}).items()
    ]
    head = (
        f"Pings alone, {ping['targets']} targets, one each {ping['gap_ms']} ms: medians of the targets' round trips."
        "\n\n"
        "| | | ms | from fping's | CPU s per 1,000 | lost |\n|---|---|---|---|---|---|\n"
    )
    full = ping.get("own_at_full_speed")
    tail = (
        f"\n\nOur sockets at full speed: {full['rate']:.0f} pings/s, {full['cpu']:.3f} CPU s per 1,000." if full else ""
    )
    return head + "\n".join(rows) + tail


def growth(figures: dict[str, Any]) -> str:
    """What a collector needs as its devices grow."""
    rows = [
        f"| {one['devices']} | {one['polls_per_s']:.0f} | {100 * one['cpu_share']:.1f} % | {one['cpu']:.3f} |"
        f" {one['memory_mb']:.0f} | {1000 * one['lag_s']:.0f} | {one['full_rate']:.0f} | {one['full_cpu']:.3f} |"
        for one in figures["sizes"]
    ]
    return (
        f"One collector on one core, each device every {figures['interval_s']:.0f} s, all of them answering; then as"
        f" fast as it can (but no device twice a second). Python {figures['python']}.\n\n"
        "| devices | polls/s | of a core | CPU s per 1,000 | memory, MB | longest lag, ms | full speed, devices/s |"
        " CPU s per 1,000 |\n|---|---|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n\n"
        "![CPU, memory and lag by number of devices](../images/collector-growth.svg)"
    )
