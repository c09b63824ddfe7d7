"""Faults and differences as people see them."""

from __future__ import annotations

import io

from rich.console import Console

from hallwatch.inventory.faults import Fault
from hallwatch.inventory.rendering import fault_document, fault_line, render_difference, render_faults
from store.city import City, city_of
from store.difference import difference
from tests.hallwatch.inventories import CITY, judged


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)


def printed(where: Console) -> str:
    assert isinstance(where.file, io.StringIO)
    return where.file.getvalue()


BAD = judged(CITY.replace("interval: 30s", "intervall: 30s").replace("10.1.1.21", "10.1.1.1"))


def test_a_fault_is_one_line_in_a_pipe() -> None:
    where = console(terminal=False)
    render_faults(where, BAD.faults, str, left_out=3)
    first, second, rest = printed(where).splitlines()
    assert first == "a.yaml:25: devices[0].intervall: unknown key intervall (did you mean interval?)"
    assert second.startswith("a.yaml:26: warning: devices[1].address: ")
    assert rest == "and 3 more"


def test_a_fault_is_a_row_on_a_terminal() -> None:
    where = console(terminal=True)
    render_faults(where, BAD.faults, str)
    assert "devices[0].intervall" in printed(where)


def test_a_fault_is_translated_with_its_values() -> None:
    words = {"unknown key {key}": "未知的键 {key}", "(did you mean {word}?)": "（是否 {word}？）"}
    line = fault_line(BAD.faults[0], lambda text: words.get(text, text))
    assert line == "a.yaml:25: devices[0].intervall: 未知的键 intervall （是否 interval？）"


def test_a_fault_is_a_document_for_machines() -> None:
    assert fault_document(BAD.faults[0], str)["near_miss"] == "interval"


def test_a_difference_shows_what_changes_and_the_sums() -> None:
    document = judged(CITY).document
    assert document is not None
    where = console(terminal=False)
    render_difference(where, difference(City(), city_of(document)), str)
    assert "+ device P-0001" in printed(where)
    assert printed(where).endswith("9 added, 0 fields changed, 0 removed\n")


def test_markup_in_a_name_stays_text() -> None:
    document = judged("halls: [{id: '[red]h'}]").document
    assert document is not None
    for terminal in (False, True):
        where = console(terminal=terminal)
        render_difference(where, difference(City(), city_of(document)), str)
        assert "[red]h" in printed(where).replace("\n", "")


def test_nothing_changes_is_said() -> None:
    where = console(terminal=False)
    render_difference(where, difference(City(), City()), str)
    assert printed(where) == "nothing changes\n"


def test_a_warning_that_all_devices_earn_is_told_three_times_and_counted() -> None:
    where = console(terminal=False)
    alike = [
        Fault("a.yaml", line, f"devices[{line}]", "in {what}", {"what": "plain"}, warning=True) for line in range(1, 8)
    ]
    render_faults(where, [*alike, *(Fault("a.yaml", line, "x", "in plain") for line in range(8, 13))], str)
    lines = printed(where).splitlines()
    assert [line.split(": ")[0] for line in lines[:-1]] == [f"a.yaml:{line}" for line in (1, 2, 3, 8, 9, 10, 11, 12)]
    assert lines[-1] == "warning: 4 more times: in plain"
