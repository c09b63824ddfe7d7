"""Which classes are good, which bad, and which are left out (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sla.owners import Policy, counts_as_vendor
from sla.spans import Class, Span

ProfileName = Literal["contract", "service", "raw"]

GOOD: Final[frozenset[Class]] = frozenset({"up", "degraded"})
"""In every profile."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The `bad` classes; `charged_only`: down time counts only where it is the vendor's (C1, C5); the rest is left out.

    `raw`: it looks at spans that know nothing of closed, maintenance and excluded, around the clock.
    """

    bad: frozenset[Class]
    charged_only: bool = False
    raw: bool = False


PROFILES: Final[dict[ProfileName, Profile]] = {
    "contract": Profile(frozenset({"down"}), charged_only=True),
    "service": Profile(frozenset({"down", "unreachable"})),
    "raw": Profile(frozenset({"down", "unreachable"}), raw=True),
}


def verdict(span: Span, profile: ProfileName, policy: Policy) -> Literal["good", "bad"] | None:
    """What a span counts as (A2); None: it is left out. For `raw` give spans that were cut with `raw=True`."""
    rules = PROFILES[profile]
    if span.class_ in GOOD:
        return "good"
    if span.class_ not in rules.bad or (rules.charged_only and not counts_as_vendor(span.owner or "", policy)):
        return None
    return "bad"
