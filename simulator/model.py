"""Models of devices: data files that say what a device of a kind answers, laid out as its objects in order of OID."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import yaml

from collector.kind import Kind, kind_of
from collector.kind import Object as Asked
from collector.snmp import ber
from collector.snmp.ber import BadEncoding, Oid, Plain
from simulator.alerts import There, alert_rows
from simulator.message import MAX_BINDINGS, value_binding
from simulator.source import BadBehaviour, Source, source_of

MODELS: Final = Path(__file__).parent / "models"
MAX_FILE: Final = 1 << 20
MAX_DATAGRAM: Final = 1472
MAX_ROWS: Final = 4096
_TAGS: Final = {
    "integer": ber.INTEGER, "gauge": ber.GAUGE32, "counter32": ber.COUNTER32, "counter64": ber.COUNTER64,
    "timeticks": ber.TIME_TICKS, "text": ber.OCTET_STRING, "bits": ber.OCTET_STRING, "oid": ber.OBJECT_IDENTIFIER,
    "mac": ber.OCTET_STRING, "date": ber.OCTET_STRING, "hex": ber.OCTET_STRING,
}  # fmt: skip
_SYSTEM: Final[dict[str, tuple[str, str]]] = {
    "descr": ("1.3.6.1.2.1.1.1.0", "text"), "object_id": ("1.3.6.1.2.1.1.2.0", "oid"),
    "contact": ("1.3.6.1.2.1.1.4.0", "text"), "name": ("1.3.6.1.2.1.1.5.0", "text"),
    "location": ("1.3.6.1.2.1.1.6.0", "text"), "services": ("1.3.6.1.2.1.1.7.0", "integer"),
}  # fmt: skip
_DEFAULT: Final = {"contact": "duty@operator.example", "name": "{id}", "location": "{hall}", "services": 72}
_KEYS: Final = frozenset(
    {"model", "kinds", "system", "values", "tables", "objects", "device", "alerts", "max_bytes", "at_once", "delay_ms"}
)


class BadModel(Exception):
    """A model file that cannot be used; the text names the file, the place and the reason."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object: its encoded name, the tag of its type, its source or else `fixed`, its encoded binding.

    `there` says of an object that comes and goes whether it is there.
    """

    oid: Oid
    name: bytes
    tag: int
    source: Source | None
    fixed: bytes
    there: There | None = None


class Layout:
    """All objects of a model in order.

    `max_bytes` is the largest answer it gives, `at_once` how many variables it takes in a request; an answer takes it
    `delay_ms`.
    """

    def __init__(
        self, objects: list[Object], max_bytes: int = MAX_DATAGRAM, at_once: int = MAX_BINDINGS, delay_ms: int = 0
    ) -> None:
        self.objects = sorted(objects, key=lambda object_: object_.oid)
        self.max_bytes, self.at_once, self.delay_ms = max_bytes, at_once, delay_ms
        self._oids = [object_.oid for object_ in self.objects]
        self._index = {oid: index for index, oid in enumerate(self._oids)}
        self._types = {oid[:length] for oid in self._oids for length in range(len(oid) - 2, len(oid))}

    def find(self, oid: Oid) -> int | None:
        """The place of the object with just this name."""
        return self._index.get(oid)

    def behind(self, oid: Oid) -> int:
        """The place of the first object behind `oid`; as many as there are objects at the end."""
        return bisect_right(self._oids, oid)

    def knows(self, oid: Oid) -> bool:
        """Whether some object of the same type exists (noSuchInstance rather than noSuchObject)."""
        return any(oid[:length] in self._types for length in range(7, len(oid)))


class Models:
    """All model files, laid out for a kind when first wanted. Raises `BadModel`, also while laying out."""

    def __init__(self, kinds: Mapping[str, Kind], folder: Path = MODELS) -> None:
        self._kinds = kinds
        self._files = {}
        for path in sorted(folder.glob("*.yaml")):
            document = _read(path)
            self._files[document["model"]] = (path.name, document)
        self._layouts: dict[tuple[str, str], Layout] = {}

    def layout(self, kind: str, model: str) -> Layout:
        """The objects of a `model` used as a `kind`."""
        if (kind, model) not in self._layouts:
            if model not in self._files:
                raise BadModel(f"no file describes the model {model!r}")
            file, document = self._files[model]
            known = kind_of(self._kinds, kind, model)
            if known is None or kind not in document["kinds"]:
                raise BadModel(f"{file}: not of kind {kind!r}")
            self._layouts[kind, model] = _lay_out(file, document, known)
        return self._layouts[kind, model]


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_FILE:
            raise BadModel(f"{path.name}: larger than {MAX_FILE} bytes")
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise BadModel(f"{path.name}: {str(error)[:300]}") from error
    if not isinstance(document, dict) or not isinstance(document.get("model"), str) or not document.get("kinds"):
        raise BadModel(f"{path.name}: a model needs a name (model) and kinds")
    if unknown := sorted(map(str, document.keys() - _KEYS)):
        raise BadModel(f"{path.name}: unknown key {unknown[0]!r}")
    return document


def _lay_out(file: str, document: Mapping[str, Any], kind: Kind) -> Layout:
    objects: dict[Oid, Object] = {}
    place = "model"
    try:
        for entry in _entries(document, kind):
            place, oid, form, spec = entry
            found = _object(oid, form, spec)
            objects[found.oid] = found
        place = "alerts"
        for found in _alerts(document):
            objects[found.oid] = found
        return Layout(list(objects.values()), *_limits(document))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, BadEncoding) as error:
        raise BadModel(f"{file}: at or behind {place}: {str(error)[:200]}") from error


def _entries(document: Mapping[str, Any], kind: Kind) -> Iterator[tuple[str, str, str, object]]:
    for name, spec in (_DEFAULT | dict(document.get("system") or {})).items():
        oid, form = _SYSTEM.get(name, ("", ""))
        yield f"system.{name}", oid, form, spec
    for name, spec in ({"uptime": {"uptime": {}}} | dict(document.get("values") or {})).items():
        asked = kind.get.get(name)
        yield f"values.{name}", instance(asked, document) if asked else "", asked.form if asked else "", spec
    for name, rows in (document.get("tables") or {}).items():
        yield from _rows(name, rows, kind)
    for oid, entry in (document.get("objects") or {}).items():
        yield f"objects.{oid}", oid, entry.get("as", "integer"), entry.get("value")


def _limits(document: Mapping[str, Any]) -> tuple[int, int, int]:
    defaults = {"max_bytes": MAX_DATAGRAM, "at_once": MAX_BINDINGS, "delay_ms": 0}
    most, at_once, delay = (int(document.get(name, default)) for name, default in defaults.items())
    return most, at_once, delay


def _alerts(document: Mapping[str, Any]) -> Iterator[Object]:
    if "alerts" in document:
        for oid, form, source, there in alert_rows(_device(document), **document["alerts"]):
            numbers = tuple(map(int, oid.split(".")))
            yield Object(numbers, ber.write_oid(numbers), _TAGS[form], source, b"", there)


def _device(document: Mapping[str, Any]) -> int:
    """The printer's hrDeviceIndex."""
    return int(document.get("device", 1))


def _rows(name: str, rows: Mapping[str, Any], kind: Kind) -> Iterator[tuple[str, str, str, object]]:
    table = kind.tables.get(name)
    for row, cells in rows.items():
        for index in _indices(str(row)):
            for column, spec in cells.items():
                known = table.columns.get(column) if table else None
                place = f"tables.{name}.{index}.{column}"
                yield place, f"{known.oid}.{index}" if known else "", known.form if known else "", spec


def _indices(row: str) -> list[str]:
    """`1.2` is itself, `1..24` all of them."""
    first, _, last = row.partition("..")
    return [row] if not last else [str(index) for index in range(int(first), min(int(last), int(first) + MAX_ROWS) + 1)]


def _object(oid: str, form: str, spec: object) -> Object:
    if not oid:
        raise BadBehaviour("the kind has no such value")
    numbers = tuple(map(int, oid.split(".")))
    if len(numbers) < 3 or numbers[0] > 2 or any(not 0 <= number <= ber.MAX_SUB_ID for number in numbers):
        raise BadBehaviour(f"no object identifier: {oid[:80]}")
    source = source_of(spec, crc32(oid.encode()))
    tag, name = _TAGS[form], ber.write_oid(numbers)
    if callable(source):
        return Object(numbers, name, tag, source, b"")
    return Object(numbers, name, tag, None, value_binding(name, tag, _constant(tag, source)))


def _constant(tag: int, value: Plain) -> Plain:
    if tag == ber.OBJECT_IDENTIFIER and isinstance(value, bytes):
        return tuple(map(int, value.decode().split(".")))
    if (tag == ber.OCTET_STRING) != isinstance(value, bytes):
        raise BadBehaviour(f"{value!r} is not of its type")
    return value


def instance(asked: Asked, document: Mapping[str, Any]) -> str:
    """The OID of a kind's single value in this model: indexes stand at the printer's hrDeviceIndex, a chassis at 1."""
    if asked.at is None:
        return asked.oid
    device = _device(document)
    known = {"device": f"{device}", "general": f"{device}", "marker": f"{device}.1", "chassis": "1"}
    return ".".join([asked.oid, *(known.get(part, part) for part in asked.at.split("."))])
