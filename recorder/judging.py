"""From new facts to outages: onto the stored fold where they come in order, from a settled point where not (O3, O7)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from recorder.roster import Place
from sla.judge import START, Confirmation, Fold, Outage, judge, settled
from sla.owners import blame
from sla.seen import Seen, distinct
from store import changes, facts, judged
from store.judged import OutageRow, StateRow


class Memory(NamedTuple):
    """What is remembered of a device between batches: the judge's fold, its newest observation.

    `rule` is (confirm, recover) of the judge that made its outages.
    """

    fold: Fold = START
    newest: Seen | None = None
    rule: tuple[int, int] | None = None

    def as_document(self) -> dict[str, Any]:
        """For the column `fold`."""
        return {"fold": self.fold.as_document(), "newest": self.newest, "rule": self.rule}

    @classmethod
    def of(cls, row: StateRow | None) -> Memory:
        """The inverse of `as_document`; the beginning for a device that was never judged."""
        if row is None or not row.fold or row.fold.get("newest") is None:
            return cls()
        ts, state, interval_ms, conditions = row.fold["newest"]
        rule = row.fold.get("rule")
        seen = Seen(ts, state, interval_ms, tuple(conditions))
        return cls(Fold.from_document(row.fold["fold"]), seen, tuple(rule) if rule else None)


def said(rule: Confirmation) -> tuple[int, int]:
    """A rule as a memory holds it."""
    return rule.confirm, rule.recover


class Judged(NamedTuple):
    """What a batch made of one device: `moved` if its outages are other than before."""

    memory: Memory
    moved: bool


def judge_device(conn: Connection, place: Place, fresh: Sequence[Seen], known: Memory, rule: Confirmation) -> Judged:
    """Judge one device's new facts (stored already, in any order) and write its outages; the same for every order."""
    seen = distinct(fresh)
    if known.newest is not None and seen[0].ts <= known.newest.ts:
        return _again(conn, place, seen[0].ts, known, rule)
    found = judge(seen, rule, known.fold)
    written = _outages_to_write(found.outages, seen, known)
    for outage in written:
        _write(conn, place, _columns(outage, _reason(outage, seen, place)))
    by = said(rule) if known.newest is None else known.rule
    return Judged(Memory(found.fold, seen[-1], by), bool(written))


def judge_anew(conn: Connection, place: Place, rule: Confirmation) -> tuple[Judged, int]:
    """Judge everything that was ever seen of a device by a rule that has changed (T5); also, how much that was."""
    memory, size = Memory(rule=said(rule)), 0
    outages: dict[int, Outage] = {}
    why: dict[int, dict[str, str]] = {}
    for part in facts.in_parts(conn, place.n):
        seen = distinct(part)
        found = judge(seen, rule, memory.fold)
        memory, size = Memory(found.fold, seen[-1], memory.rule), size + len(part)
        for outage in found.outages:
            outages[outage.start] = outage
            why[outage.start] = _reason(outage, seen, place) or why.get(outage.start, {})
    stored = judged.outages_since(conn, place.n, None)
    moved = _replace(conn, place, stored, [(outage, why[start]) for start, outage in sorted(outages.items())])
    return Judged(memory, moved), size


def _again(conn: Connection, place: Place, first: int, known: Memory, rule: Confirmation) -> Judged:
    """Facts came late: judge anew from where none of them can matter any more."""
    since = settled(facts.newest_first(conn, place.n, before=first), rule)
    history = distinct(facts.seen(conn, place.n, start=since))
    found = judge(history, rule)
    stored = [row for row in judged.outages_since(conn, place.n, since) if since is None or row.start >= since]
    moved = _replace(conn, place, stored, [(one, _reason(one, history, place)) for one in found.outages])
    return Judged(Memory(found.fold, history[-1], known.rule), moved)


def _outages_to_write(outages: Sequence[Outage], seen: Sequence[Seen], known: Memory) -> list[Outage]:
    """All but the outage that lasts on as it was: the same run, and every `down` says what the one before said."""
    if known.newest is None or known.fold.confirmed_at is None or not outages:
        return list(outages)
    before = known.newest
    unchanged = all(one.state == before.state == "down" and one.conditions == before.conditions for one in seen)
    return [] if unchanged else list(outages)


def _replace(
    conn: Connection, place: Place, stored: list[OutageRow], found: Sequence[tuple[Outage, dict[str, str]]]
) -> bool:
    """Make the rows say what was judged: an outage keeps its row and its ticket also where its edges move."""
    kept = {row.start: row for row in stored}
    outages = [outage for outage, _ in found]
    rows = {outage.start: kept.pop(outage.start) for outage in outages if outage.start in kept}
    spare = sorted(kept.values())
    for outage in outages:
        if outage.start not in rows and (row := _overlapping(outage, spare)) is not None:
            spare.remove(row)
            rows[outage.start] = row
    for row in spare:
        _remove(conn, place, row)
    changed = [_put(conn, place, rows.get(outage.start), _columns(outage, why)) for outage, why in found]
    return bool(spare) or any(changed)


def _overlapping(outage: Outage, rows: Sequence[OutageRow]) -> OutageRow | None:
    for row in sorted(rows, key=lambda row: (row.ticket is None, row.start)):
        before = outage.until is not None and outage.until <= row.start
        after = row.until is not None and row.until <= outage.start
        if not before and not after:
            return row
    return None


def _remove(conn: Connection, place: Place, row: OutageRow) -> None:
    """The outage never was. Its ticket stays and is named in `changes`: to withdraw it is up to alerts (K7)."""
    judged.remove_outage(conn, row.id)
    if row.ticket is not None:
        said = {"outage": "removed", "device": place.device.id, "start": row.start}
        changes.add(conn, row.start, "ticket", row.ticket, place.device.vendor, said)


def _put(conn: Connection, place: Place, row: OutageRow | None, columns: dict[str, Any]) -> bool:
    if row is None:
        _write(conn, place, columns)
    elif any(getattr(row, name) != value for name, value in columns.items()):
        judged.change_outage(conn, row.id, columns)
    else:
        return False
    return True


def _write(conn: Connection, place: Place, columns: dict[str, Any]) -> None:
    if "cause" in columns:
        judged.add_outage(conn, {"device": place.n, **columns})
    else:  # no `down` among the new facts: the row is there
        judged.prolong_outage(conn, place.n, columns)


def _columns(outage: Outage, why: dict[str, str]) -> dict[str, Any]:
    return {**outage._asdict(), **why}


def _reason(outage: Outage, seen: Sequence[Seen], place: Place) -> dict[str, str]:
    """Cause and owner as of the last `down` within the outage (C1), nothing where none of `seen` is one."""
    first = bisect_left(seen, outage.start, key=lambda one: one.ts)
    until = len(seen) if outage.until is None else bisect_left(seen, outage.until, key=lambda one: one.ts)
    for one in reversed(seen[first:until]):
        if one.state == "down":
            return blame(one.conditions, place.policy, down=True)._asdict()
    return {}
