"""A device in planned maintenance is in maintenance: told at its edges, and at once when somebody changes his mind."""

from __future__ import annotations

from sqlalchemy import update

from store import judged, planned
from store.database import writing
from store.planned import Exemption, Kind, New, ScopeKind
from store.schema import branches, halls
from tests.recorder.centre import MINUTE, T0, Centre

BRANCH = "liunan"


def plan(here: Centre, start: float, until: float, device: str = "P-0001", kind: Kind = "maintenance") -> Exemption:
    """Minutes after T0, recorded and approved at T0 - 1."""
    times = T0 + round(start * MINUTE), T0 + round(until * MINUTE)
    with writing(here.engine) as conn:
        what: ScopeKind = "branch" if device == BRANCH else "hall" if device.startswith("h-") else "device"
        said = New(kind, what, device, *times, "why", "boss", T0 - 1, "me")
        return planned.record(conn, said, T0 - 1)


def states(here: Centre, device: str = "P-0001") -> list[tuple[str, str]]:
    return [(said["state"], said["since"][14:16]) for said in here.told(device)]


def poll(here: Centre, picture: str, start: int = 0, device: str = "P-0001") -> None:
    """One observation a minute, each in a batch of its own, and the clock's tick after it."""
    for message in here.run(device, picture, start):
        here.give(message)
        here.tick(message.at + 1000)


def test_A1_maintenance_begins_and_ends_by_the_clock_while_the_device_goes_on(here: Centre) -> None:
    plan(here, 2.5, 5.5)
    poll(here, "uuuuuuuuu")
    begun = (T0 // MINUTE) % 60
    assert states(here) == [
        ("up", f"{begun:02}"),
        ("maintenance", f"{begun + 2:02}"),
        ("up", f"{begun + 5:02}"),
    ]


def test_A1_a_device_that_is_down_within_maintenance_is_told_down_after_it(here: Centre) -> None:
    plan(here, 2, 6, "h-01")
    poll(here, "uudddddddd")
    assert [state for state, _ in states(here)] == ["up", "maintenance", "down"]
    assert [state for state, _ in states(here, "P-0002")] == ["unmonitored", "maintenance", "unmonitored"]


def test_A1_maintenance_of_a_branch_is_told_of_the_devices_in_its_halls(here: Centre) -> None:
    with writing(here.engine) as conn:
        conn.execute(branches.insert(), {"id": BRANCH, "name": "柳南分公司"})
        conn.execute(update(halls).where(halls.c.id == "h-01").values(branch=BRANCH))
    plan(here, 2.5, 5.5, BRANCH)
    poll(here, "uuuuuuuuu")
    assert [state for state, _ in states(here)] == ["up", "maintenance", "up"]


def test_the_check_at_the_edge_survives_observations_that_change_nothing(here: Centre) -> None:
    """Hours ahead of the edge every observation moves the next check, and the edge is not forgotten."""
    poll(here, "u")
    plan(here, 4.5, 600)
    poll(here, "uuuuu", 1)
    assert here.state().state == "maintenance"
    assert here.state().check_at is not None


def test_T5_a_withdrawal_shows_the_state_beneath_at_once(here: Centre) -> None:
    one = plan(here, 1, 600)
    poll(here, "uuu")
    assert here.state().state == "maintenance"
    now = T0 + 3 * MINUTE
    with writing(here.engine) as conn:
        planned.withdraw(conn, one, now, "me")
        judged.check_soon(conn, planned.devices_of(conn, one), now)
    here.tick(now + 1000)
    assert here.state().state == "up"


def test_A1_a_correction_changes_no_state_and_late_approval_does_not_count(here: Centre) -> None:
    plan(here, 0, 600, kind="correction")
    with writing(here.engine) as conn:
        late = New("maintenance", "device", "P-0001", T0, T0 + 600 * MINUTE, "why", "boss", T0, "me")
        planned.record(conn, late, T0)
    poll(here, "uuu")
    assert here.state().state == "up"
