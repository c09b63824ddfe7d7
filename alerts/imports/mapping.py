"""The mapping: which column of the operator's system says what, how times are written, what its values mean here."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping as Dict
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from alerts.imports.fault import Fault, Unreadable, near_miss, shown
from alerts.settings import N_
from sla.ticket import HOW

MAX_BYTES: Final = 256 * 1024
SOURCES: Final = ("phone", "patrol", "vendor", "import", "complaint")
"""What a row may be: a report by one of the sources (K1), or a complaint without a fault (K5)."""
INSTANTS: Final = ("opened", "acknowledged", "dispatched", "arrived", "restored", "cancelled")
ISO, EXCEL = "iso", "excel"
USUAL_TIMES: Final = (ISO, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", EXCEL)
_YES_NO: Final = ("yes", "no")
_MEANINGS: Final = {"source": SOURCES, "how": tuple(sorted(HOW)), "cancelled": _YES_NO}
_DIRECTIVE: Final = re.compile(r"%(.)")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("not an IANA time zone such as Asia/Shanghai") from error
    return name


def _time_format(text: str) -> str:
    if text not in (ISO, EXCEL):
        used = _DIRECTIVE.findall(text)
        if not {"Y", "m", "d"} <= set(used) or not set(used) <= set("YmdHMSfpIz%"):
            raise ValueError("neither iso nor excel nor a format such as %Y-%m-%d %H:%M")
    return text


Word = Annotated[str, Field(min_length=1, max_length=128)]
Format = Annotated[str, Field(max_length=64), AfterValidator(_time_format)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Part):
    """The heading of the column that holds each thing; what the file does not have is left out."""

    external_id: Word
    opened: Word
    device: Word | None = None
    serial: Word | None = None
    hall: Word | None = None
    kind: Word | None = None
    sticker: Word | None = None
    acknowledged: Word | None = None
    dispatched: Word | None = None
    arrived: Word | None = None
    restored: Word | None = None
    cancelled: Word | None = None
    reason: Word | None = None
    source: Word | None = None
    symptom: Word | None = None
    cause: Word | None = None
    how: Word | None = None
    complaint: Word | None = None
    complained: Word | None = None

    @model_validator(mode="after")
    def _finds_devices(self) -> Self:
        if not (self.device or self.serial or (self.hall and (self.kind or self.sticker))):
            raise ValueError("a device is found by device, by serial, or by hall with kind or sticker")
        return self

    def named(self) -> dict[str, str]:
        """What the file has: our name and its heading."""
        return {name: heading for name, heading in self.model_dump().items() if heading is not None}


class Layout(_Part):
    """How the file is written, where it cannot be seen: `header` is the row of the headings, counted from 1."""

    delimiter: Literal[",", ";", "\t"] | None = None
    encoding: Literal["utf-8", "gbk"] | None = None
    sheet: str | None = None
    header: Annotated[int, Field(ge=1, le=100)] = 1


class Mapping(_Part):
    """One system's mapping. `values` translate what a column says, `defaults` stand where it says nothing."""

    system: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")] = "import"
    zone: Annotated[str, AfterValidator(_known_zone)] | None = None
    times: Annotated[tuple[Format, ...], Field(min_length=1, max_length=20)] = USUAL_TIMES
    columns: Columns
    values: Dict[Literal["source", "how", "cancelled", "kind", "hall", "cause", "symptom"], Dict[str, str]] = Field(
        default_factory=dict
    )
    defaults: Dict[Literal["source", "how", "symptom", "cause", "reason"], str] = Field(default_factory=dict)
    file: Layout = Layout()

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        said = [(name, meant) for name, table in self.values.items() for meant in table.values()]
        for name, meant in [*said, *self.defaults.items()]:
            known = _MEANINGS.get(name)
            if known and meant not in known:
                raise ValueError(f"{name}: {shown(meant)} is none of {', '.join(known)}")
        return self


PLAIN: Final = Mapping(columns=Columns(**{name: name for name in Columns.model_fields}))
"""Of rows that bear our own names."""


def read_mapping(text: str, file: str) -> Mapping:
    """A mapping in TOML or JSON. Raises `Unreadable` with every fault."""
    if len(text) > MAX_BYTES:
        raise Unreadable([Fault(file, 0, "", N_("larger than {size}"), {"size": "256 KiB"})])
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        told = {"error": shown(error)}
        raise Unreadable([Fault(file, 0, "", N_("neither TOML nor JSON: {error}"), told)]) from error
    return mapping_of(document, file)


def mapping_of(document: Any, file: str) -> Mapping:
    """A mapping that was read already. Raises `Unreadable` with every fault."""
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        raise Unreadable([_fault(one, file) for one in error.errors(include_url=False, include_input=False)]) from error


def _fault(one: Any, file: str) -> Fault:
    path = [str(part) for part in one["loc"]]
    place = shown(".".join(path))
    if one["type"] == "extra_forbidden":
        return Fault(file, 0, place, N_("unknown key"), near_miss=near_miss(path[-1], _known(path[:-1])))
    return Fault(file, 0, place, "{reason}", {"reason": one["msg"].removeprefix("Value error, ")})


def _known(path: list[str]) -> list[str]:
    models: dict[str, type[BaseModel]] = {"": Mapping, "columns": Columns, "file": Layout}
    return list(models[path[0] if path else ""].model_fields) if not path or path[0] in models else []
