"""Which modules of `sla/` are mutated together, with the tests that were written for them: survivors escape these."""

from __future__ import annotations

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Modules of `sla/`, and files of `tests/sla/` without `test_`."""

    modules: str
    tests: str

    def paths(self) -> list[str]:
        """The modules' files."""
        return [f"sla/{name}.py" for name in self.modules.split()]

    def test_paths(self) -> list[str]:
        """The tests' files."""
        return [f"tests/sla/test_{name}.py" for name in self.tests.split()]


GROUPS: Final = {
    "states": Group(
        "interval seen judge timeline parents owners opening flapping suspicion status supplies counters",
        "interval judge timeline parents owners opening flapping suspicion status supplies counters every_history spans"
        " examples_supplies",
    ),
    "hours": Group(
        "week calendar clock clock_arrays holidays instant ticket recurring",
        "calendar clock_arrays ticket recurring examples_hours walking_hours",
    ),
    "availability": Group(
        "spans profile availability bulk columns edges unseen blind laid",
        "spans profile availability bulk blind laid status examples_states walking_availability",
    ),
    "repair": Group(
        "start restoration repair slices marks travel pauses verification case contract",
        "start restoration repair repair_properties marks verification case contract examples_money"
        " examples_verification",
    ),
    "statement": Group(
        "statement attribution charge arithmetic evidence line groups rectification whatif month payment rounding facts"
        " version words terms/* publication disputing workdays",
        "statement terms groups payment rectification words whatif month publication examples_money",
    ),
    "duties": Group(
        "intact scorecard spares forecast supply showing reconciliation",
        "intact scorecard spares forecast supply showing reconciliation examples_money examples_states",
    ),
}
