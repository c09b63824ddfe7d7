"""What the year's figures say in words, for docs/proof/README.md."""

from __future__ import annotations

from typing import Any


def year(figures: dict[str, Any]) -> str:
    """A year of a city with all its statements."""
    checked, office = figures["checked"], figures["office"]
    return "\n\n".join(
        (
            _lived(figures),
            _found_again(figures, checked),
            _office(office, figures["obstacles"]),
            _changed(figures, checked),
        )
    )


def _lived(figures: dict[str, Any]) -> str:
    return (
        f"{figures['months']} months of {figures['halls']} halls in 3 branches with {figures['devices']} devices behind"
        " switches, 3 vendors, 4 contracts (clocks from the call, the notice, the detection; ten terms, groups, caps;"
        " one contract that follows another in May), devices that come, go and move, silent collectors, lost and late"
        " facts, withdrawn corrections: fed by a clock that is told, through judge, alerts and delivery, in"
        f" {figures['minutes']} minutes. Every month has its reports in five forms; every statement is published,"
        " disputed, answered, sealed, packed; what came later amended what was sealed.\n\n"
        "| observations | outages | tickets | statements sealed | amendments | differences | the verifier's |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {figures['observations']} | {figures['outages']} | {figures['tickets']} | {figures['statements']} |"
        f" {figures['office'].get('amendments', 0)} | {figures['differences']} | {figures['verifier_differences']} |"
    )


def _found_again(figures: dict[str, Any], checked: dict[str, Any]) -> str:
    return (
        "Found again from what the generator knows, apart from hallwatch: the figures of"
        f" {checked['device_months']} device months under three profiles, each second a cell"
        f" ({checked['seconds_painted']} of them), {checked['pieces']} pieces of that walked second by second as well;"
        f" {checked['statements_recomputed']} statements with {checked['lines']} lines,"
        f" {checked['deductions']} deductions,"
        f" {checked['clocks']} clocks of which {checked['breaches']} breached ({checked['seconds_walked']} seconds"
        f" walked); {checked['packs']} evidence packs by the stand-alone verifier,"
        f" {checked['figures_verified']} figures."
    )


def _office(office: dict[str, Any], obstacles: dict[str, Any]) -> str:
    passed = ", ".join(f"{name} {number}" for name, number in obstacles.items()) or "none"
    return (
        f"{office['published']} publications, {office.get('disputes', 0)} disputes"
        f" ({office.get('accepted', 0)} accepted, {office.get('rejected', 0)} rejected,"
        f" {office.get('withdrawn', 0)} withdrawn), {office.get('files_pdf', 0)} PDFs and as many of each other form."
        f" What kept a month from being sealed at first: {passed}."
    )


def _changed(figures: dict[str, Any], checked: dict[str, Any]) -> str:
    forged = figures["forged_with_the_seal"]
    return (
        "| one fact of a pack changed, all digests but the seal's made anew | found | seals and papers tampered with |"
        " found |\n|---|---|---|---|\n"
        f"| {figures['facts_changed']} | {figures['facts_found']} | {figures['tampered']} |"
        f" {figures['tampering_found']} |\n\n"
        f"With the row of the seal forged as well {figures['found_by_figures_alone']} of {forged} were found: by the"
        " figures, or by the statement in the pack, which names its seal. Not sealed at the end were"
        f" {figures['unsealed']} statements: a dispute that a later publication opened again was never answered."
    )
