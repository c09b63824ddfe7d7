"""A statement as JSON: what its members are (S1-S7)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

State = Literal["draft", "published", "disputed", "answered", "sealed"]


class Step(BaseModel):
    """A step of arithmetic: a sentence, and the numbers in its holes."""

    text: str
    numbers: dict[str, str]


class Evidence(BaseModel):
    """A ticket, or another thing, with what it adds: ms of terms of time, else a count."""

    thing: str
    ticket: bool
    amount: str
    note: str
    start: str | None
    until: str | None
    counted_s: float | None
    target_s: float | None


class Removed(BaseModel):
    """A ticket that another line of the group charges (S3)."""

    ticket: str
    charged_in: str


class Line(BaseModel):
    """One term (S1). `value` to six digits, `value_exact` as `p/q` where these do not say it all."""

    id: str
    term: str
    rules: str
    value: str | None
    value_exact: str | None
    allowance: str
    overrun: str
    units: str
    deduction: str
    cap: str | None
    group: str | None
    removed: list[Removed]
    evidence: list[Evidence]
    arithmetic: list[Step]


class Slice(BaseModel):
    """[from, until) of one class (R7)."""

    start: str = Field(alias="from")
    until: str
    class_: Literal["closed", "travel", "paused", "counted", "restored"] = Field(alias="class")
    seconds: float


class Clock(BaseModel):
    """A ticket's repair clock; of one that is open at the month's end as it stood then."""

    start: str
    target_s: float | None
    travel_s: float
    paused_s: float
    counted_s: float
    breached: bool
    slices: list[Slice]


class Outage(BaseModel):
    """An outage of a ticket, `until` null where it lasted beyond what is told."""

    start: str = Field(alias="from")
    until: str | None


class Ticket(BaseModel):
    """A ticket that begins or is restored in the month, or is open at its end."""

    id: str
    device: str
    kind: str
    hall: str
    hall_name: str
    opened_at: str
    begun_at: str
    restored_at: str | None
    how: str | None
    source: str
    symptom: str
    repeat_of: str | None
    clock: Clock | None
    outages: list[Outage]


class Found(BaseModel):
    """What a person entered for the month."""

    id: str
    kind: Literal["missed_patrol", "spare_not_ready", "survey"]
    thing: str
    total: str | None
    answers: int | None
    reason: str
    author: str
    recorded_at: str


class Valid(BaseModel):
    """In which the contract is in force."""

    start: str = Field(alias="from")
    until: str


class Statement(BaseModel):
    """A statement with its life: `score` and `payment` are those after counter-entries."""

    v: int
    contract: str
    vendor: str
    vendor_name: str
    month: str
    start: str = Field(alias="from")
    until: str
    valid: Valid
    zone: str
    known_at: str
    running: bool
    rules: list[str]
    rules_version: str
    calendars: list[str]
    provisional: bool
    devices_in_service: int
    score: str
    payment: str | None
    fee: str | None
    payment_rule: Any
    arithmetic: list[Step]
    lines: list[Line]
    open: list[str]
    tickets: list[Ticket]
    findings: list[Found]
    state: State
    head: str | None
    entry: int
    published_at: str | None
    dispute_until: str | None
    may_dispute: bool
    publications: list[dict[str, Any]]
    disputes: list[dict[str, Any]]
    counter_entries: list[dict[str, Any]]
    seal: dict[str, Any] | None
    amendments: list[dict[str, Any]]
    score_before: str
    payment_before: str | None
    settlement: list[Step]
