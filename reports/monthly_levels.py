"""The levels of the monthly report: city, branch, hall, kind, vendor and device, each with what was before (A3, A4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np

from reports.asked import By, group, group_name
from reports.monthly_count import Half, Pass, part
from sla.availability import Figures
from sla.bulk import Tallies
from sla.instant import Ms
from sla.profile import ProfileName
from store.city import Device

LEVELS: Final[Mapping[By, ProfileName]] = {
    "city": "service",
    "branch": "service",
    "hall": "service",
    "kind": "service",
    "vendor": "contract",
    "device": "service",
}
"""Each level in the report's order, and the profile by which it is counted (A2)."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What availability should be, 0 to 1: of a kind and its devices, else `overall`; None where nobody has set any."""

    overall: Fraction | None = None
    kinds: Mapping[str, Fraction] = field(default_factory=dict)

    def of(self, kind: str | None) -> Fraction | None:
        """The target of a kind, or of what has several kinds."""
        return self.overall if kind is None else self.kinds.get(kind, self.overall)


class Row(NamedTuple):
    """One group: its figures and those of the period before (None: nothing of it was in service then).

    `target` is what its availability should be, `met` whether it is (None where either is not known); `unseen` says
    that its coverage is below `min_coverage`, for which reason it shows no availability (A3).
    """

    id: str | None
    name: str | None
    devices: int
    figures: Figures
    provisional: bool
    profile: ProfileName
    before: Figures | None
    target: Fraction | None
    met: bool | None
    unseen: bool


def level(
    counted: Pass, by: By, profile: ProfileName, targets: Targets, min_coverage: Fraction, *, whole: bool = False
) -> tuple[Row, ...]:
    """The rows of one level by id, those without one last; `whole` makes one row of all, without id."""
    groups = [None if whole else group(counted.city, by, one) for one in counted.devices]
    present = {name for name, mine in zip(groups, counted.now.mine, strict=True) if mine} or ({None} if whole else ())
    ids = sorted(present, key=lambda id: (id is None, id or ""))
    number = {id: n for n, id in enumerate(ids)}
    which = np.array([number.get(id, -1) for id in groups], np.int64)
    now, then = (_added(half, profile, which, len(ids)) for half in (counted.now, counted.before))
    kinds = _kinds(counted.devices, by)
    target = [targets.of(kinds.get(id)) for id in ids]
    shown, earlier = (half.tallies.figures(min_coverage) for half in (now, then))
    before = [one if there else None for one, there in zip(earlier, then.devices, strict=True)]
    names = [group_name(counted.city, by, id) for id in ids]
    met = map(_met, now.tallies.good.tolist(), now.tallies.bad.tolist(), shown, target)
    unseen = now.tallies.unseen(min_coverage)
    same = [profile] * len(ids)
    rows = zip(ids, names, now.devices, shown, now.provisional, same, before, target, met, unseen, strict=True)
    return tuple(map(Row._make, rows))


def _kinds(devices: Sequence[Device], by: By) -> Mapping[str | None, str]:
    """The kind of each group that has but one."""
    if by == "device":
        return {one.id: one.kind for one in devices}
    return {one.kind: one.kind for one in devices} if by == "kind" else {}


class _Added(NamedTuple):
    """What the devices of each group come to together, how many they are, whether any is provisional."""

    tallies: Tallies
    devices: list[int]
    provisional: list[bool]


def _added(half: Half, profile: ProfileName, which: Any, groups: int) -> _Added:
    """The groups of a level, in their order (A4)."""
    mine = half.mine & (which >= 0)
    numbers = which[mine]
    tallies = part(half.by_profile[profile], mine).grouped(numbers, groups) if groups else Tallies.none(profile, 0)
    devices, doubtful = np.bincount(numbers, minlength=groups), np.zeros(groups, np.bool_)
    np.logical_or.at(doubtful, numbers, half.provisional[mine])
    return _Added(tallies, devices.tolist(), doubtful.tolist())


def _met(good: Ms, bad: Ms, found: Figures, target: Fraction | None) -> bool | None:
    """Exact: not from the rounded ratio."""
    if target is None or found.availability is None:
        return None
    least, whole = target.as_integer_ratio()
    return good * whole >= least * (good + bad)
