"""What axe-core finds on a page: nothing serious is let through."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

SOURCE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SERIOUS: Final = frozenset({"serious", "critical"})


def findings(page: Page) -> list[str]:
    """The serious findings on the page as it stands: rule, how bad, the first elements."""
    page.evaluate(SOURCE)  # not as a script element: the pages allow none but their own
    found: dict[str, Any] = page.evaluate("async () => await axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
