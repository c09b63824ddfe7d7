"""Writes docs/proof/README.md from the figures that the proofs left beside it."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.proof import collector_figures, metrics_figures, monthly_figures, year_figures
from tests.proof import evidence_figures as packs
from tests.proof import rules_figures as rules
from tests.proof import snmp_figures as snmp
from tests.proof.forms_figures import forms

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "proof"


def kill(figures: dict[str, Any]) -> str:
    """Kills at random moments."""
    kills = ", ".join(f"{name} {number}" for name, number in figures["kills"].items())
    return (
        f"{figures['rounds']} rounds in {figures['seconds']:.0f} s over a simulated city, two collectors and a real"
        f" Mosquitto; SIGKILL of {kills}.\n\n"
        "| facts | lost | doubled | true stops | outages judged | false outages | outages missed |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {figures['facts']} | {figures['lost']} | {figures['doubled']} | {figures['true_stops']} |"
        f" {figures['outages']} | {figures['false_outages']} | {figures['missed_outages']} |\n\n"
        "A missed outage is a true stop that the facts show (two `down` in a row and nothing else) and the judge"
        " does not."
    )


def two_recorders(figures: dict[str, Any]) -> str:
    """Two recorders on one PostgreSQL."""
    return (
        f"{figures['rounds']} rounds in {figures['seconds']:.0f} s: two recorders hear the same topics or each its own,"
        f" {figures['kills']} times one is killed by SIGKILL, {figures['crashes']} times the server is stopped as by a"
        f" crash; {figures['packed']} rows are packed meanwhile. {figures['cores']} cores, shared with other work"
        f" (load {figures['load']}).\n\n"
        "| facts | lost | doubled | miscounted | outages | wrong outages | deadlocks | tracebacks | ended alone |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
        f"| {figures['facts']} | {figures['lost']} | {figures['doubled']} | {figures['miscounted']} |"
        f" {figures['outages']} | {figures['wrong_outages']} | {figures['deadlocks']} | {figures['tracebacks']} |"
        f" {figures['ended']} |"
    )


def day(figures: dict[str, Any]) -> str:
    """A broker away for a day."""
    return (
        f"{figures['devices']} devices polled each minute for a day while the broker was away; then it came, was killed"
        f" half way and came again.\n\n"
        "| facts | lost | doubled | true outages | wrong outages | seconds | facts/s |\n|---|---|---|---|---|---|---|\n"
        f"| {figures['facts']} | {figures['lost']} | {figures['doubled']} | {figures['true_outages']} |"
        f" {figures['wrong_outages']} | {figures['seconds']:.0f} | {figures['facts_per_second']} |"
    )


def delivery(figures: dict[str, Any]) -> str:
    """Workers killed between the steps of delivery."""
    kills = ", ".join(f"{name} {number}" for name, number in sorted(figures["kills"].items()))
    return (
        f"{figures['rounds']} rounds in {figures['seconds']:.0f} s over e-mail, three robots, a webhook and an SMS"
        " gateway that answer well, late, 500, an error with 200, never, or cut the line once they have everything; a"
        f" worker killed by SIGKILL between two steps ({kills}), {figures['clock_steps']} clock steps of an hour, then"
        " two workers at once for the rest.\n\n"
        "| messages | lost | early | doubled though known to be out | doubled under another id |"
        " doubled, where nobody can know |\n|---|---|---|---|---|---|\n"
        f"| {figures['messages']} | {figures['lost']} | {figures['early']} | {figures['doubled_needlessly']} |"
        f" {figures['other_id']} | {figures['doubled']} |\n\n"
        "The last are those that the other side had taken when the worker died or the answer was lost; all bear the id"
        " of the first."
    )


def fuzz(figures: dict[str, Any]) -> str:
    """Properties at length."""
    return (
        f"Every property test with {figures['times_the_usual_examples']} times its usual examples:"
        f" {figures['passed']} tests passed, {figures['failed']} failed, {figures['seconds']:.0f} s."
    )


def walking(figures: dict[str, Any]) -> str:
    """A second implementation, second by second."""
    classes = ", ".join(f"{name} {seconds}" for name, seconds in figures["seconds_by_class"].items())
    counted = [name for name, number in figures.items() if isinstance(number, int) and name != "seconds_walked"]
    return (
        "Random facts walked second by second (`tests/sla/walking`), and what `sla` says of them:"
        f" {figures['seconds_walked']} seconds in {figures['seconds']:.0f} s.\n\n"
        f"| {' | '.join(counted)} |\n|{'---|' * len(counted)}\n"
        f"| {' | '.join(str(figures[name]) for name in counted)} |\n\n"
        f"Seconds of the devices' periods by class: {classes}."
    )


def recorder(figures: list[dict[str, Any]]) -> str:
    """Speed of the recorder."""
    rows = "\n".join(
        f"| {one['in_flight']} | {one['subject']} | {one['observations_per_second']} | {one['cpu_ms_each']} |"
        f" {one['ratio']} |"
        for one in figures
    )
    return (
        "From a real Mosquitto's persistent session into SQLite, beside a bare subscriber that only parses and inserts;"
        " medians. `max_inflight_messages` is the broker's setting: 20 by default, 1000 as docs/settings.md"
        " asks for. The goal is a ratio of one half at 1000.\n\n"
        f"| in flight | subject | observations/s | CPU ms each | ratio |\n|---|---|---|---|---|\n{rows}"
    )


def month(figures: dict[str, Any]) -> str:
    """A month replayed over MQTT and HTTP."""
    classes = ", ".join(f"{name} {number}" for name, number in figures["classes"].items())
    reconciled = ", ".join(f"{name} {number}" for name, number in sorted(figures.get("reconciled", {}).items()))
    return (
        f"{figures['days']} days of {figures['devices']} devices of three vendors (a clock from the call, from the"
        " detection, from the notice; two ways of travel; halls with and without hours), replayed in"
        f" {figures['seconds']:.0f} s against broker, recorder, alerts, delivery and interface, everything entered"
        " twice.\n\n"
        "| facts | outages | entered | refused orders | tickets | clocks | breached | lost or doubled | clocks that"
        " differ from the walked ones |\n|---|---|---|---|---|---|---|---|---|\n"
        f"| {figures['facts']} | {figures['outages']} | {figures['entered']} | {figures['refused']} |"
        f" {figures['tickets']} | {figures['clocks']} | {figures['breached']} |"
        f" {figures['missed'] + figures['unanswered']} | {len(figures['wrong'])} |\n\n"
        f"Slices: {classes}. Clocks that differ are looked for to the second, slice by slice. Reconciled: {reconciled};"
        " each class is found again from the story."
    )


def quiet(figures: dict[str, Any]) -> str:
    """A quiet month with all defaults."""
    return (
        f"{figures['days']} days of {figures['halls']} halls with hours and {figures['devices']} devices, through the"
        f" recorder and the alerts in {figures['seconds']:.0f} s, with all defaults.\n\n"
        "| tickets | that nobody needed | lasting faults without one |\n|---|---|---|\n"
        f"| {figures['tickets']} | {figures['useless']} | {figures['missed']} |"
    )


def board(figures: dict[str, Any]) -> str:
    """Speed of the operator's board."""
    return (
        f"{figures['tickets']} open tickets, {figures['changes_a_minute']} changes a minute, {figures['looks']} looks a"
        " second apart, 100 rows a page. The first look reads everything.\n\n"
        "| median ms | empty board, median ms | ratio | slowest ms | first look ms | peak MiB |\n"
        "|---|---|---|---|---|---|\n"
        f"| {figures['board_ms']} | {figures['empty_ms']} | {figures['ratio']} | {figures['slowest_ms']} |"
        f" {figures['first_ms']} | {figures['peak_mib']} |"
    )


PARTS: Final[tuple[tuple[str, str, Callable[[Any], str]], ...]] = (
    ("kill", "Killed at random moments", kill),
    ("postgres", "Two recorders on one PostgreSQL", two_recorders),
    ("day", "The broker away for a day", day),
    ("delivery", "Killed between the steps of delivery", delivery),
    ("month", "A month of calls, outages, visits and mistakes", month),
    ("quiet", "A quiet city", quiet),
    ("year", "A year of a city", year_figures.year),
    ("fuzz", "Properties at length", fuzz),
    ("walking", "Every second walked", walking),
    ("evidence", "Evidence packs", packs.evidence),
    ("replies", "Answers that are late, doubled, foreign or forged", snmp.replies),
    ("malformed", "Mutations of real answers", snmp.malformed),
    ("mutation", "Faults put into the rules", rules.mutation),
    ("availability", "Speed of availability", rules.availability),
    ("repair", "Speed of the repair clock", rules.repair),
    ("report", "Speed of a month's report", rules.report),
    ("monthly", "Speed of the monthly report", monthly_figures.monthly),
    ("forms", "Speed of a report's forms", forms),
    ("collector", "Speed of the collector", collector_figures.collector),
    ("growth", "Growth of a collector", collector_figures.growth),
    ("recorder", "Speed of the recorder", recorder),
    ("board", "Speed of the board", board),
    ("metrics", "The queue before the metrics server, and hours", metrics_figures.metrics),
)


def main() -> None:
    """Write the page."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    text = f"# Proof\n\nFigures of `scripts/proof`, on a shared machine: {machine}. Ratios tell more than rates.\n"
    for name, title, render in PARTS:
        file = FOLDER / f"{name}.json"
        if file.exists():
            text += f"\n## {title}\n\n{render(json.loads(file.read_text(encoding='utf-8')))}\n"
    (FOLDER / "README.md").write_text(text, encoding="utf-8")
    if (found := FOLDER / "mutation.json").exists():
        page = rules.survivors(json.loads(found.read_text(encoding="utf-8")))
        (FOLDER / "survivors.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
