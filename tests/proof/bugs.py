"""Faults that are put into a copy of the verifier, one at a time: the random months must show each of them."""

# ruff: noqa: E501  # a line a fault

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Final

from reports.evidence import verify

SOURCE: Final = Path(verify.__file__).read_text("utf-8")
BUGS: Final = (
    ("an outage ends at the first good row though more are asked for", "if len(oks) == recover:", "if len(oks) == 1:"),
    ("unknown breaks a run", 'elif row.state in ("up", "degraded"):\n            if len', "else:\n            if len"),
    ("the last row at an instant counts", "if other is None or (", "if True or ("),
    ("the first edge of O5 is left out", "if asked_first and (", "if False and ("),
    ("O5: nothing after the recovery", 'if back < until:\n        word', 'if False:\n        word'),
    ("silence is the operator's", '            return "undetermined"\n', '            return "operator"\n'),
    ("conditions that stop nothing count alike", "or conditions\n", "and conditions\n"),
    ("O10 has no grace", "hours.opens(outage.start) + grace", "hours.opens(outage.start)"),
    ("O10 is left out", "return outage.start if hours.is_open(outage.start) else", "return outage.start if True else"),
    ("maintenance that was approved late counts", 'approved_at"] < one["start"]', 'approved_at"] <= one["start"]'),
    ("withdrawn corrections count", 'if one["withdrawn_at"] is None and (one["scope_kind"]', 'if (one["scope_kind"]'),
    ("blind time counts", "elif after - row.ts > 3 * interval:", "elif False:"),
    ("unknown counts as up", '        if row.state == "unknown":\n            spans', "        if False:\n            spans"),
    ("closed hours count", "if a < b and not hours.is_open(a)]", "if False]"),
    ("retired devices count", 'out.append((device["out_of_service"], EVER))', "pass"),
    ("coverage is not asked for", "2 * (agreed - blind) >= agreed", "True"),
    ("a clock starts when it was entered", 'event.detail.get("reported_at", event.at))\n', "event.at)\n"),
    ("a clock starts from any report", 'not in ("detected", "", None)', 'not in ("", None)'),
    ("no notice starts a clock", "(called, ticket.notified)", "(called, called)"),
    ("late tickets start when detected", "None if late else first_of_vendor", "None if False else first_of_vendor"),
    ("an owner never changes", 'if event.what == "owner_changed" else owner', "if False else owner"),
    ("free silence is charged", "vendor is not None and not free)", "vendor is not None)"),
    ("cancelled tickets count", "    if cancelled:\n        return None\n", ""),
    ("every claim stands", "    if not sure and any(claim", "    if False and any(claim"),
    ("staff's word does not count", 'sure = any(event.what == "verified"', "sure = False and any(event.what"),
    ("an earlier end of the outage is nothing", "return claim if end is None else min(claim, end)", "return claim"),
    ("rejections are not heard", 'if last is None or life[last].what == "rejected":', "if last is None:"),
    ("silence in closed hours contradicts", "return hours.is_open(at) and waited and not", "return not"),
    ("pauses need no approver", 'and str(approver or "").strip()', ""),
    ("pauses count for any reason", 'and reason in facts.contract.read["pauses"]', ""),
    ("pauses end by any reason", 'return event.detail.get("reason") in (None, "", reason)', "return True"),
    ("travel always grants its allowance", '["mode"] == "allowance" or not allowance', '["mode"] or not allowance'),
    ("travel is the default's", ".get(hall, ())", '.get("", ())'),
    ("travel has no dates", "if (since is None or since <= at) and (until is None or at < until):", "if True:"),
    ("closed hours are counted", '        return "closed"\n', '        return "counted"\n'),
    ("the target itself is a breach", "self.counted > self.target", "self.counted >= self.target"),
    ("an open ticket runs on after the month", 'then = min(facts.now, facts.month["until"])', "then = facts.now"),
    ("restorations of the border are this month's", "start <= one.restored < until]", "start <= one.restored <= until]"),
    ("only the first report counts", "in (\"opened\", \"reopened\") or event.detail.get(\"reported\"))\n        )\n        if", "in (\"opened\",))\n        )\n        if"),
    ("a patrol counts twice", 'sorted({one["thing"] for one in _standing(account, kind)})', 'sorted([one["thing"] for one in _standing(account, kind)])'),
    ("withdrawn findings count", 'if one["kind"] == kind and one["withdrawn_at"] is None]', 'if one["kind"] == kind]'),
    ("self repair counts the maker's", 'one.how == "by_maker"', 'one.how != "by_maker"'),
    ("allowances are not rounded", "return Fraction(-(-(rate * account.devices / 100) // 1))", "return rate * account.devices / 100"),
    ("units are rounded down", "-(-units.numerator // units.denominator)", "(units.numerator // units.denominator)"),
    ("availability is in percent", '(10 if term["term"] == "availability" else 1)', "1"),
    ("caps are not heard", "min(units * points, cap)", "units * points"),
    ("half a cent is cut", "Fraction((200 * amount + 1) // 2, 100)", "Fraction(100 * amount // 1, 100)"),
    ("groups charge twice", "taken if group is not None else {}", "{}"),
    ("groups take the smallest first", "best = max(line.deduction", "best = min(line.deduction"),
    ("bands take the lowest", "percent = max([one for one in reached", "percent = min([one for one in reached"),
    ("a score may be below nothing", "score = max(Fraction(0), 100 - deducted)", "score = 100 - deducted"),
    ("rectification is linear", 'term.get("count") == "rectification"', "False"),
    ("days off are worked", "        if text in off:\n", "        if False:\n"),
    ("dates are not heard", "        if text in dates:\n", "        if False:\n"),
    ("spans end at midnight", "end if end > start else end + 1440", "max(start, min(end, 1440))"),
    ("clocks are never put forward or back", "        self.since = [-EVER", "        changes = changes[:1]\n        self.since = [-EVER"),
    ("a device counts before it is there", 'device["commissioned"] <= at', "True"),
)  # fmt: skip


def with_bug(n: int) -> ModuleType:
    """The verifier with a fault; raises ValueError where the source does not have the place once."""
    name, old, new = BUGS[n]
    if SOURCE.count(old) != 1:
        raise ValueError(f"{name}: {old!r} stands {SOURCE.count(old)} times in the verifier")
    module = ModuleType("verify_with_a_bug")
    exec(compile(SOURCE.replace(old, new), name, "exec"), module.__dict__)
    return module
