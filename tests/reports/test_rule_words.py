"""What the rules behind figures say in reports: no report names a rule, a kind or a profile by its code alone."""

from __future__ import annotations

import pytest

from reports import availability, dossier, reconciliation, scorecard, statement, whatif
from reports.asked_table import asked_table
from reports.rule_words import RULES, rules_table
from sla.spans import CLASSES

CITED = {
    "availability": availability.CITED,
    "dossier": dossier.CITED,
    "reconciliation": reconciliation.CITED,
    "scorecard": scorecard.CITED,
    "statement": statement.CITED,
    "what-if": whatif.CITED,
}


@pytest.mark.parametrize("report", sorted(CITED))
def test_every_rule_that_a_report_cites_is_said_in_words(report: str) -> None:
    assert set(CITED[report]) <= set(RULES)
    assert all(says for _, says in rules_table(CITED[report], str).rows)


def test_a_rule_of_tomorrow_stands_there_without_words() -> None:
    assert rules_table(["A1", "Z9"], str.upper).rows == (("A1", RULES["A1"].upper()), ("Z9", None))


def test_the_table_that_was_asked_for_says_kinds_and_profile_in_words() -> None:
    figures = dict.fromkeys(
        ("devices", "availability", "raw", "coverage", "outages", "mttr_s", "mtbf_s", "provisional")
    )
    row = {"id": "list_printer", "name": None, "seconds": dict.fromkeys(CLASSES, 0.0), **figures}
    document = {"by": "kind", "profile": "raw", "rows": [row], "total": row | {"id": "total"}}
    found = asked_table(document, lambda text: {"list_printer": "清单打印机"}.get(text, text))
    assert found.rows[0][:2] == ("list_printer", "清单打印机")
    assert found.note == "Counted around the clock (profile raw)"
