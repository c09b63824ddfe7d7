"""The vendors' dashboard speaks as the statement does."""

from __future__ import annotations

from dashboards.vendors import TERMS
from hallwatch.translations import translator
from reports import statement_tables


def test_S2_every_term_has_the_statements_name_in_both_languages() -> None:
    named = {code: (text.en, text.zh) for code, (text, _) in TERMS.items()}
    zh = translator("zh")
    assert named == {code: (text, zh(text)) for code, text in statement_tables.TERMS.items()}
