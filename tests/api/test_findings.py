"""What people enter for a month of a contract, over HTTP (S2, S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reports.ledger import Who, publish
from store import seals
from store.database import writing
from tests.api.billed import billing, built
from tests.api.conftest import NOW, Served

pytestmark = pytest.mark.slow

MONTHS = "/api/v1/contracts/c-1/months"
PATH = f"{MONTHS}/2026-10/findings"
PATROL = {"kind": "missed_patrol", "thing": "h-01, October", "reason": "nobody came"}
SURVEY = {"kind": "survey", "thing": "calls", "reason": "asked 10 customers", "total": "41.5", "answers": 10}
Entered = Callable[..., Any]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def city(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For all: each test has a month of its own."""
    with billing(file, tmp_path_factory.mktemp("city")) as served:
        yield served


def enter(city: Served, role: str = "operator", path: str = PATH, key: str | None = None, **said: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return city.as_(role).post(path, json=PATROL | said, headers=headers)


def score(city: Served) -> str:
    return str(city.as_("viewer").get("/api/v1/vendors/v-1/statements/2026-10").json()["score"])


def reasons(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [f"{one['place'][-1]}: {one['reason']}" for one in answer.json()["errors"]]


def test_S2_a_finding_counts_until_it_is_withdrawn(city: Served) -> None:
    """Two points a patrol; a mean of 4.15 lacks 0.35 of 4.5, one point begun."""
    assert score(city) == "85.00"
    made = enter(city)
    assert made.status_code == 201
    assert made.json()["author"].startswith("operator-")
    assert score(city) == "83.00"
    assert city.as_("admin").post(PATH, json=SURVEY).status_code == 201
    assert score(city) == "82.00"
    gone = city.as_("operator").delete(f"{PATH}/{made.json()['id']}", params={"reason": "it was made after all"})
    assert (gone.status_code, gone.json()["withdrawn_reason"]) == (200, "it was made after all")
    assert score(city) == "84.00"
    again = city.as_("operator").delete(f"{PATH}/{made.json()['id']}", params={"reason": "another"})
    assert again.json() == gone.json()


def test_who_enters_and_who_reads(city: Served) -> None:
    path = f"{MONTHS}/2026-01/findings"
    made = enter(city, path=path).json()
    for role in ("viewer", "vendor:v-1", "hall:h-01", "collector:c-01"):
        assert enter(city, role, path).status_code == 403
        assert city.as_(role).delete(f"{path}/{made['id']}", params={"reason": "x"}).status_code == 403
    for role in ("viewer", "vendor:v-1", "operator"):
        assert city.as_(role).get(path).json()["items"] == [made]
    for role in ("vendor:v-2", "hall:h-01"):
        assert city.as_(role).get(path).status_code == 404
    assert city.as_(None).post(path, json=PATROL).status_code == 401


def test_the_same_thing_is_entered_once(city: Served) -> None:
    path = f"{MONTHS}/2026-02/findings"
    first = enter(city, path=path, key="k-1")
    assert enter(city, path=path, key="k-1").json() == first.json()
    assert enter(city, path=path, key="k-1", thing="h-03").status_code == 422
    twice = enter(city, path=path)
    assert (twice.status_code, twice.json()["detail"]) == (409, f"It is entered already, as {first.json()['id']}.")
    city.as_("operator").delete(f"{path}/{first.json()['id']}", params={"reason": "wrong"})
    assert enter(city, path=path).status_code == 201
    assert [one["withdrawn_at"] is None for one in city.as_("viewer").get(path).json()["items"]] == [False, True]


def test_of_two_at_once_one_is_entered(city: Served) -> None:
    path = f"{MONTHS}/2026-03/findings"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: enter(city, path=path).status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"kind": "missed_patrols"}, "kind: did you mean `missed_patrol`?"),
        ({"kind": "x"}, "kind: not known here; known: missed_patrol, spare_not_ready, survey"),
        ({"thing": " "}, "thing: empty"),
        ({"thing": "a\nb"}, "thing: more than one line"),
        ({"thing": "x" * 129}, "thing: String should have at most 128 characters"),
        ({"reason": ""}, "reason: empty"),
        ({"reason": "a\x07"}, "reason: holds control characters"),
        ({"total": "4"}, "total: only a survey has it"),
        ({"answers": 4}, "answers: only a survey has it"),
        ({**SURVEY, "total": None}, "total: a survey needs it"),
        ({**SURVEY, "total": "50.000001"}, "total: more than 10 answers of at most 5 each"),
        ({**SURVEY, "total": "NaN"}, "total: Input should be a finite number"),
        ({**SURVEY, "total": "-1"}, "total: Input should be greater than or equal to 0"),
        ({**SURVEY, "total": "1.0000001"}, "total: Decimal input should have no more than 6 decimal places"),
        ({**SURVEY, "answers": 0}, "answers: Input should be greater than or equal to 1"),
        ({"reson": "x"}, "reson: not known here; did you mean `reason`?"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(city: Served, said: dict[str, Any], reason: str) -> None:
    path = f"{MONTHS}/2026-04/findings"
    assert reasons(enter(city, path=path, **said))[0] == reason
    assert city.as_("viewer").get(path).json()["items"] == []


def test_it_is_of_a_month_in_which_the_contract_is_in_force(city: Served) -> None:
    for month in ("2025-10", "2026-12", "2030-01"):
        assert reasons(enter(city, path=PATH.replace("2026-10", month)))[0].startswith("month: the contract is not")
    assert reasons(enter(city, path=PATH.replace("2026-10", "2026-13"))) == ["month: not a month such as 2026-10"]
    assert enter(city, path=PATH.replace("c-1", "c-9")).status_code == 404
    assert city.as_("viewer").get(PATH.replace("2026-10", "x")).status_code == 422


def test_a_withdrawal_needs_a_reason_and_something_to_withdraw(city: Served) -> None:
    path = f"{MONTHS}/2026-05/findings"
    made = enter(city, path=path).json()["id"]
    operator = city.as_("operator")
    assert reasons(operator.delete(f"{path}/{made}")) == ["reason: empty"]
    for other in (str(int(made[2:])), made.lower(), "F-000099", "F-x", "F-99999999999999", "1"):
        assert operator.delete(f"{path}/{other}", params={"reason": "x"}).status_code == 404
    assert operator.delete(f"{path.replace('2026-05', '2026-06')}/{made}", params={"reason": "x"}).status_code == 404


def test_S6_a_sealed_month_takes_nothing_more(city: Served) -> None:
    path = f"{MONTHS}/2026-09/findings"
    made = enter(city, path=path).json()["id"]
    found = publish(city.engine, "c-1", "2026-09", city.app.state.context.policies, Who("ann", NOW))
    paper = found.entries[0].detail
    with writing(city.engine) as conn:
        new = seals.New("c-1", "v-1", "2026-09", 0, NOW, "ann", paper["statement"], paper["facts"], {})
        seals.append(conn, new)
    for refused in (
        enter(city, path=path, thing="another"),
        city.as_("operator").delete(f"{path}/{made}", params={"reason": "x"}),
    ):
        assert refused.status_code == 409
        assert refused.json()["detail"] == "The month is sealed: nothing more is entered for it (S6)."
    assert enter(city, path=f"{MONTHS}/2026-08/findings").status_code == 201


def test_the_list_goes_on_where_it_ended(city: Served) -> None:
    path = f"{MONTHS}/2026-06/findings"
    ids = [enter(city, path=path, thing=f"h-{n}").json()["id"] for n in range(5)]
    first = city.as_("viewer").get(path, params={"limit": 3}).json()
    rest = city.as_("viewer").get(path, params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
