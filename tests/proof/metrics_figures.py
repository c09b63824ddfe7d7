"""How the figures of `tests.proof.metrics` are told."""

from __future__ import annotations

from typing import Any


def metrics(figures: dict[str, Any]) -> str:
    """The queue before a metrics server, and the hours."""
    return "\n\n".join((_kills(figures["kills"]), _backlog(figures["backlog"]), _hours(figures)))


def _kills(said: dict[str, Any]) -> str:
    ended = ", ".join(f"{name} {number}" for name, number in sorted(said["ended_by"].items()))
    return (
        f"{said['rounds']} rounds with a real influxd 1.6.7, a twentieth of the points in conflict with a field there;"
        f" what ended them: {ended} (every third time the server was killed, too).\n\n"
        "| points | on the server | quarantined | missing | unknown |\n|---|---|---|---|---|\n"
        f"| {said['points']} | {said['written']} | {said['quarantined']} | {said['missing']} | {said['unknown']} |"
    )


def _backlog(said: dict[str, Any]) -> str:
    return (
        f"The server away while {said['points']} points of ten fields come, a hundred a batch, then back"
        f" (load of the machine meanwhile {said['loadavg']:.1f} on two cores).\n\n"
        "| bytes a point in the queue | CPU s for 100,000: to queue | to bring over | influxd's | points/s brought over"
        " | a city's day (8.64 million), extrapolated |\n|---|---|---|---|---|---|\n"
        f"| {said['bytes_a_point']} | {said['enqueue_cpu_s_per_100000']} | {said['drain_cpu_s_per_100000']} |"
        f" {said['influxd_cpu_s_per_100000']} | {said['drain_points_per_s']} |"
        f" {said['a_days_backlog_of_6000_devices_mb']} MB, {said['a_days_backlog_of_6000_devices_min']} min |"
    )


def _hours(figures: dict[str, Any]) -> str:
    said, long = figures["hours"], figures["property"]
    return (
        f"An hour of {said['devices']} devices ({said['points']} points) rolled up in {said['cpu_s']} CPU s of ours and"
        f" {said['influxd_cpu_s']} of influxd's. The property that any order, lateness and repetition give the hours of"
        f" the set: {long['examples']} examples, {long['failed']} failed."
    )
