"""The statements' pages: what they say, who sees them, and what their forms do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sla.instant import DAY
from store import inventory
from store.database import writing
from tests.api import billed
from tests.api.billed import MONTH, VENDOR
from tests.api.conftest import NOW, Served
from tests.api.test_hostile import Tags

ENGLISH = {"hallwatch_language": "en"}
PAGE = f"/statements/{VENDOR}/{MONTH}"
Post = Callable[..., httpx2.Response]


@pytest.fixture(scope="module")
def served(billed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The city, for tests that only read."""
    with billed.billing(billed_file, tmp_path_factory.mktemp("read")) as here:
        yield here


class Desk:
    """A city of one's own whose clock one turns, and its forms."""

    def __init__(self, served: Served, clock: list[int]) -> None:
        self.served, self.clock = served, clock

    def post(self, role: str, deed: str, month: str = MONTH, **data: Any) -> httpx2.Response:
        """Send a form of the statement's page."""
        files = data.pop("files", None)
        client = self.served.as_(role, cookies=ENGLISH)
        where = f"/statements/{VENDOR}/{month}/{deed}"
        return client.post(where, data={"contract": "c-1"} | data, files=files, follow_redirects=False)

    def page(self, role: str = "operator", month: str = MONTH) -> str:
        """The statement's page."""
        return self.served.as_(role, cookies=ENGLISH).get(f"/statements/{VENDOR}/{month}").text

    def told(self) -> Any:
        """What the interface says of the statement."""
        return self.served.as_("operator").get(f"/api/v1/vendors/{VENDOR}/statements/{MONTH}").json()

    def publish(self, month: str = MONTH) -> None:
        """Publish it."""
        assert self.post("operator", "publish", month, sure="1").status_code == 303


@pytest.fixture
def desk(billed_file: Path, tmp_path: Path) -> Iterator[Desk]:
    """Such a city."""
    clock = [NOW]
    with billed.billing(billed_file, tmp_path, now=lambda: clock[0]) as here:
        yield Desk(here, clock)


def refusal(answer: httpx2.Response) -> str:
    """What a page says of what was not done."""
    found = re.search(r'<p class="wrong" role="alert">(.*?)(?: <a |</p>)', answer.text, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.slow
def test_the_list_has_months_and_what_is_next(served: Served) -> None:
    page = served.as_("operator", cookies=ENGLISH).get("/statements").text
    assert page.index('id="m-2026-11"') < page.index('id="m-2026-10"') < page.index('id="m-2026-09"')
    assert page.count("Check it and publish it") >= 4
    assert "The month is not over" in page
    assert "Second Service Ltd" in page
    score = served.as_("viewer").get(f"{PAGE}/score?contract=c-1").text
    assert "85.00" in score
    assert "17,000.00" in score


def test_months_go_on_on_the_next_page(served: Served) -> None:
    reader = served.as_("viewer", cookies=ENGLISH)
    page = reader.get("/statements?until=2026-09&vendor=v-2").text
    assert 'id="m-2026-09"' in page
    assert 'id="m-2026-10"' not in page
    assert "/statements/v-1/" not in page
    assert reader.get("/statements?until=x").status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/statements", PAGE, "/what-if", f"/renewal/{VENDOR}"])
@pytest.mark.parametrize(
    ("role", "status"), [("hall:h-01", (403, 404)), ("vendor:v-1", (200,)), ("viewer", (200,)), (None, (303,))]
)
def test_everybody_sees_what_is_theirs(served: Served, path: str, role: str | None, status: tuple[int, ...]) -> None:
    assert served.as_(role, follow_redirects=False).get(path).status_code in status


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}/score?contract=c-1", f"{PAGE}/tickets/T-000004?contract=c-1", f"/renewal/{VENDOR}"]
)
def test_another_vendors_statement_does_not_exist(served: Served, path: str) -> None:
    other = served.as_("vendor:v-2")
    assert other.get(path).status_code == 404
    assert "/statements/v-1/" not in other.get("/statements").text
    assert other.get("/what-if?contract=c-1").status_code == 404
    assert served.as_("viewer").get(path.replace("v-1", "v-9")).status_code == 404


def test_S1_S4_score_payment_and_every_line_with_its_arithmetic(served: Served) -> None:
    page = served.as_("viewer", cookies=ENGLISH).get(PAGE).text
    assert re.search(r"<b>85\.00</b>.*<b>17,000\.00</b>", page, re.DOTALL)
    assert "100 - 15.00 = 85.00" in page
    assert "Minutes beyond the target: 132 - 0 allowed = 132" in page
    assert page.count('<details class="line') == 6
    assert "132 min · 0 allowed" in page
    assert '<a href="#line-T2">T2</a>' in page  # T1 leaves the ticket to T2 (S3)
    assert page.index('id="open-title"') < page.index("T-000007</b>")
    assert "<form method" not in page.replace('<form method="post" action="/sign-out"', "")  # a viewer does nothing


def test_R7_a_ticket_opens_to_its_slices_and_these_to_observations(served: Served) -> None:
    reader = served.as_("viewer", cookies=ENGLISH)
    page = reader.get(f"{PAGE}/tickets/T-000004?contract=c-1").text
    assert "target reached 11:10" in page
    assert "132 min" in page
    edge = re.search(r'href="(/devices/LI-0103/observations\?around=\d+)"', page)
    assert edge is not None
    seen = reader.get(edge[1]).text
    assert "2026-10-08 08:40:00" in seen
    assert seen.count("<tr>") > 10
    assert reader.get(f"{PAGE}/tickets/T-000099?contract=c-1").status_code == 404
    assert reader.get(f"{PAGE}/tickets/T-000004?contract=c-9").status_code == 404
    assert served.as_("vendor:v-2").get(edge[1]).status_code == 404


def test_every_hostile_text_stays_text(served: Served) -> None:
    paths = (
        PAGE,
        f"{PAGE}/tickets/T-000006?contract=c-1",
        f"/renewal/{VENDOR}",
        "/what-if?contract=c-1&try=1&hours=%3Cb%3E",
    )
    for path in paths:
        answer = served.as_("operator").get(path)
        assert answer.status_code in (200, 422)
        parser = Tags()
        parser.feed(answer.text)
        for tag, attributes in parser.tags:
            assert not any(name.startswith("on") or name == "style" for name in attributes), path
            assert tag not in ("script", "b:") or str(attributes.get("src", "/static/")).startswith("/static/")
        assert "alert(1)</script>" not in answer.text


def test_no_month_and_no_contract_are_not_found(served: Served) -> None:
    reader = served.as_("viewer")
    assert reader.get("/statements/v-1/2026-13").status_code == 422
    assert reader.get("/statements/v-1/2027-05").status_code == 404
    assert reader.get(f"{PAGE}?contract=c-2").status_code == 404
    back = served.as_("viewer", follow_redirects=False).get(f"{PAGE}/publish")
    assert (back.status_code, back.headers["location"]) == (303, PAGE)


@pytest.mark.slow
def test_S6_publishing_takes_two_steps_and_opens_the_window(desk: Desk) -> None:
    hasty = desk.post("operator", "publish")
    assert hasty.status_code == 422
    assert "confirm it with the tick" in refusal(hasty)
    assert desk.told()["state"] == "draft"
    desk.publish()
    assert desk.told()["dispute_until"] == "2026-11-27T16:00:00.000Z"
    page = desk.page("vendor:v-1")
    assert "until the end of" in page
    assert "2026-11-27" in page
    assert page.count("Dispute this line") == 6
    assert 'id="publish"' not in page
    early = desk.post("operator", "publish", "2026-11", sure="1")
    assert early.status_code == 409
    assert "the month is not over before 2026-12-01 00:00" in refusal(early)


@pytest.mark.parametrize(
    ("role", "deed"),
    [
        ("viewer", "publish"), ("vendor:v-1", "publish"), ("vendor:v-1", "answer"), ("operator", "dispute"),
        ("operator", "withdraw"), ("hall:h-01", "seal"), ("vendor:v-1", "findings"),
    ],
)  # fmt: skip
def test_what_one_may_not_do_is_refused(served: Served, role: str, deed: str) -> None:
    answer = served.as_(role).post(f"{PAGE}/{deed}", data={"contract": "c-1", "sure": "1"}, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.slow
def test_S5_a_line_is_disputed_with_files_answered_and_approved_by_another(desk: Desk) -> None:
    desk.publish()
    photo = [("file", ("证据.txt", "看这里".encode(), "text/plain"))]
    assert desk.post("vendor:v-1", "dispute", line="T2", reason="<b>not ours</b>", files=photo).status_code == 303
    (dispute,) = desk.told()["disputes"]
    page = desk.page()
    assert "&lt;b&gt;not ours&lt;/b&gt;" in page
    assert f'href="{dispute["files"][0]["url"]}"' in page
    assert desk.served.as_("operator").get(dispute["files"][0]["url"]).content == "看这里".encode()
    said = {"dispute": str(dispute["n"]), "accepted": "yes", "reason": "right"}
    much = desk.post("operator", "answer", points="99", **said)
    assert much.status_code == 422
    assert "at most the 10.00 that line T2 deducts" in refusal(much)
    assert 'value="99"' in much.text
    assert desk.post("operator", "answer", points="4.00", **said).status_code == 303
    assert "another person has to approve" in desk.page()
    own = desk.post("operator", "approve", dispute=said["dispute"], sure="1")
    assert own.status_code == 409
    assert desk.post("admin", "approve", dispute=said["dispute"], sure="1").status_code == 303
    page = desk.page("vendor:v-1")
    assert re.search(r"<b>89\.00</b> <s>85\.00</s>", page)
    assert "100 - (15.00 - 4.00) = 89.00" in page


@pytest.mark.slow
def test_S5_what_is_typed_wrong_is_kept(desk: Desk) -> None:
    desk.publish()
    virus = [("file", ("a.exe", b"MZ\x00\x01", "text/plain"))]
    bad = desk.post("vendor:v-1", "dispute", line="T3", reason="keep <me>", files=virus)
    assert bad.status_code == 422
    assert "a.exe is none of these" in refusal(bad)
    assert "keep &lt;me&gt;</textarea>" in bad.text
    assert "Give a reason." in refusal(desk.post("vendor:v-1", "dispute", line="T3", reason=" "))
    assert "has no line T9" in refusal(desk.post("vendor:v-1", "dispute", line="T9", reason="x"))
    desk.clock[0] = NOW + 8 * DAY
    late = desk.post("vendor:v-1", "dispute", line="T3", reason="too late")
    assert late.status_code == 409
    assert "ended at 2026-11-28 00:00" in refusal(late)


@pytest.mark.slow
def test_S5_a_vendor_withdraws_its_dispute(desk: Desk) -> None:
    desk.publish()
    desk.post("vendor:v-1", "dispute", line="T3", reason="hm")
    (dispute,) = desk.told()["disputes"]
    assert desk.post("vendor:v-1", "withdraw", dispute=str(dispute["n"]), reason="never mind").status_code == 303
    assert desk.told()["disputes"][0]["state"] == "withdrawn"
    assert desk.post("vendor:v-1", "withdraw", dispute="77", reason="x").status_code == 404
    assert desk.post("vendor:v-1", "withdraw", dispute="x", reason="x").status_code == 404


@pytest.mark.slow
def test_S2_findings_count_and_are_withdrawn(desk: Desk) -> None:
    wrong = desk.post("operator", "findings", kind="survey", thing="q", reason="r", total="many")
    assert wrong.status_code == 422
    assert "total" in refusal(wrong)
    assert 'value="many"' in wrong.text
    given = {"kind": "missed_patrol", "thing": "h-01 <10-09>", "reason": "log book", "total": "7"}
    assert desk.post("operator", "findings", **given).status_code == 303
    assert "h-01 &lt;10-09&gt;" in desk.page()
    assert desk.told()["score"] == "83.00"
    again = desk.post("operator", "findings", **given)
    assert again.status_code == 409
    assert desk.post("operator", "findings/withdraw", finding="1", reason="was there").status_code == 303
    assert desk.told()["score"] == "85.00"
    assert "was there" in desk.page()


@pytest.mark.slow
def test_S6_changed_facts_are_published_anew_with_their_difference(desk: Desk) -> None:
    desk.publish()
    desk.post("operator", "findings", kind="missed_patrol", thing="h-03", reason="log book")
    page = desk.page()
    assert "publish it anew" in page
    assert re.search(r'<th scope="row">Score</th><td>85\.00</td><td>83\.00</td>', page)
    assert 'id="do-seal"' not in page
    desk.publish()
    assert "published anew" in desk.page()
    assert desk.told()["score"] == "83.00"


@pytest.mark.slow
def test_S6_a_seal_names_what_is_against_it_and_is_overridden_by_name(desk: Desk) -> None:
    desk.publish("2026-09")
    desk.publish()
    assert desk.post("vendor:v-1", "dispute", line="T3", reason="hm").status_code == 303
    early = desk.post("operator", "seal", sure="1")
    assert early.status_code == 409
    assert "the vendor may dispute until 2026-11-28 00:00" in refusal(early)
    desk.clock[0] = NOW + 8 * DAY
    assert "Some of this cannot be overridden" in desk.page()
    assert desk.post("operator", "seal", "2026-09").status_code == 422
    assert desk.post("operator", "seal", "2026-09", sure="1").status_code == 303
    page = desk.page()
    assert "Seal it all the same" in page
    assert "dispute 3 of line T3 has no answer" in page
    assert re.findall(r'name="over_(\w+)"', page) == ["dispute_open"]
    assert desk.post("operator", "seal", sure="1").status_code == 409
    assert "Give a reason." in refusal(desk.post("operator", "seal", sure="1", over_dispute_open="1"))
    done = desk.post("operator", "seal", sure="1", over_dispute_open="1", reason="he left <the> country")
    assert done.status_code == 303
    page = desk.page("operator")
    assert "he left &lt;the&gt; country" in page
    assert desk.told()["seal"]["hash"] in page
    assert "Enter a finding" not in page
    assert 'id="do-amend"' not in page
    for role in ("vendor:v-1", "viewer"):
        page = desk.page(role)
        assert "Dispute this line" not in page
        assert "he left &lt;the&gt; country" in page


@pytest.mark.slow
def test_S6_a_later_fact_makes_an_amendment_and_the_sealed_figures_stay(desk: Desk) -> None:
    for month in ("2026-09", MONTH):
        desk.publish(month)
    desk.clock[0] = NOW + 8 * DAY
    for month in ("2026-09", MONTH):
        assert desk.post("operator", "seal", month, sure="1").status_code == 303
    with writing(desk.served.engine) as conn:
        n = inventory.numbers(conn)["PR-0302"]
        billed.phoned(conn, n, "2026-10-15", "10:00", "late <news>", [("15:00", "restored", {"how": "repaired"})])
    assert re.search(r"<td>85\.00</td><td>84\.00</td>", desk.page())
    assert desk.post("operator", "amend").status_code == 422
    assert desk.post("operator", "amend", sure="1").status_code == 303
    page = desk.page("vendor:v-1")
    assert re.search(r"<dt>Score</dt><dd><b>85\.00</b>", page)
    assert "Score 85.00 → 84.00" in page
    assert "Amendment 1" in page
    assert 'id="do-amend"' not in desk.page()


@pytest.mark.slow
def test_S4_every_form_that_is_offered_comes(served: Served) -> None:
    vendor = served.as_("vendor:v-1", cookies=ENGLISH)
    links = re.findall(r'href="(/api/v1/[^"]+)" download', vendor.get(PAGE).text)
    links += re.findall(r'href="(/api/v1/[^"]+)" download', vendor.get(f"/renewal/{VENDOR}").text)
    assert len(links) == 7
    starts = [vendor.get(link.replace("&amp;", "&")).raise_for_status().content[:4] for link in links]
    assert starts == [b"%PDF", b"PK\x03\x04", b'{"v"', b"PK\x03\x04", b"%PDF", b"PK\x03\x04", b'{"v"']


def test_S9_other_terms_show_each_month_and_the_tickets(served: Served) -> None:
    reader = served.as_("viewer", cookies=ENGLISH)
    form = reader.get("/what-if?contract=c-1").text
    assert 'name="t1_cap"' in form
    query = {
        "contract": "c-1",
        "try": "1",
        "from": "2026-09",
        "until": "2026-10",
        "t1_cap": "20",
        "target_list_printer": "240",
    }
    page = reader.get("/what-if", params=query).text
    assert "What it comes to: 2 months" in page
    assert re.search(r"85\.00 → <b>93\.80</b>", page) or "T-000004" in page
    assert "Tickets that make the difference" in page
    assert "Nothing is changed yet" in reader.get("/what-if?contract=c-1&try=1").text
    wrong = reader.get("/what-if", params=query | {"t0_points": "lots"})
    assert wrong.status_code == 422
    assert 'value="lots"' in wrong.text
    assert "points" in refusal(wrong)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"start": "detected"}, {"hours": "9:00-18:00, 19:00-20:00"}, {"calendar": "always"}, {"mode": "actual"},
        {"travel": "90"}, {"fee": "30000"}, {"payment": "none"}, {"t0_out": "1"}, {"t2_allowance": ""},
        {"target_printer": ""}, {"t1_round": "up"},
    ],
)  # fmt: skip
def test_S9_everything_on_the_form_can_be_changed(served: Served, change: dict[str, str]) -> None:
    query = {"contract": "c-1", "try": "1", "from": "2026-10", "until": "2026-10"} | change
    answer = served.as_("vendor:v-1", cookies=ENGLISH).get("/what-if", params=query)
    assert answer.status_code == 200, refusal(answer)
    assert "What it comes to: 1 months" in answer.text


def test_S8_the_dossier_has_statements_trend_terms_and_repeats(served: Served) -> None:
    page = served.as_("viewer", cookies=ENGLISH).get(f"/renewal/{VENDOR}").text
    assert page.count('<td><a href="/statements/v-1/2026-') == 2
    assert "87.50" in page
    assert "T-000004" in page
    assert "−20.00" in page
    empty = served.as_("viewer", cookies=ENGLISH).get(f"/renewal/{VENDOR}?until=2026-03").text
    assert "No statements in these months" in empty
