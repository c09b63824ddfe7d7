"""The worked examples of the pages: every fenced block `text ID` is what its example computes.

`python -m tests.docs.pages` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.docs import (
    availability_examples,
    condition_examples,
    counting_examples,
    duty_examples,
    observation_examples,
    parameters,
    repair_examples,
    silence,
    statement_examples,
    time_examples,
)

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGES: Final = ("rules.md", "rules-money.md", "counting-elsewhere.md", "silence.md")

EXAMPLES: Final[dict[str, Callable[[], Sequence[object]]]] = {
    **time_examples.EXAMPLES,
    **observation_examples.EXAMPLES,
    **condition_examples.EXAMPLES,
    **availability_examples.EXAMPLES,
    **repair_examples.EXAMPLES,
    **statement_examples.EXAMPLES,
    **duty_examples.EXAMPLES,
    **counting_examples.EXAMPLES,
}
TABLES: Final[dict[str, Callable[[], str]]] = {
    **counting_examples.TABLES,
    **silence.TABLES,
    "parameters": parameters.parameters,
}

_BLOCK: Final = re.compile(r"^```text (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE: Final = re.compile(r"^<!-- table (\S+) -->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> dict[str, str]:
    """The examples that a page shows."""
    return {match[1]: match[2] for match in _BLOCK.finditer(text)}


def tables(text: str) -> dict[str, str]:
    """The computed tables that a page shows."""
    return {match[1]: match[2] for match in _TABLE.finditer(text)}


def example(name: str) -> str:
    """What an example computes, as it stands in its block."""
    return "".join(f"{str(line).rstrip()}\n" for line in EXAMPLES[name]())


def filled(text: str) -> str:
    """A page with its blocks and tables computed anew."""
    text = _BLOCK.sub(lambda found: f"```text {found[1]}\n{example(found[1])}```", text)
    return _TABLE.sub(lambda found: f"<!-- table {found[1]} -->\n{TABLES[found[1]]()}\n<!-- end -->", text)


if __name__ == "__main__":
    for page in PAGES:
        path = DOCS / page
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
