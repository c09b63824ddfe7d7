"""Taking an inventory in: judged, compared with what is there, stored all or nothing; files again when changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine

from collector.kind import Kind
from hallwatch.inventory import Checked, Inventory, Rules, judge, read_file, read_inventory
from hallwatch.inventory.alternative import Alternative, alternative
from hallwatch.inventory.faults import N_, Fault
from hallwatch.inventory.rendering import fault_document
from hallwatch.settings_file import Loaded
from store import statement_events
from store.city import City
from store.database import reading, writing
from store.difference import Difference
from store.inventory import apply, city_of, difference, digest_of, imported, load

MAY_GO: Final = 3
MOVED: Final = N_(
    "statements of {vendor} were published under this contract: another vendor's contract needs another id"
)


class TooMuchGone(Exception):
    """At the start nobody looks at the difference: a file that lost most of its devices is not taken unasked."""

    def __init__(self, gone: int, there: int, files: list[str]) -> None:
        names = " ".join(files)
        super().__init__(f"{names} would remove {gone} of {there} devices; if that is meant: hallwatch import {names}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an import: the faults where it was refused, else the difference (taken, or to be taken)."""

    checked: Checked
    difference: Difference | None

    @property
    def ok(self) -> bool:
        """Whether it was taken, or would be."""
        return self.difference is not None

    def document(self) -> Mapping[str, Any]:
        """For JSON."""
        warnings = [fault_document(fault, str) for fault in self.checked.faults if fault.warning]
        if self.difference is None:
            return {"faults": [fault_document(fault, str) for fault in self.checked.errors], "warnings": warnings}
        found = self.difference
        return {
            "added": [entry._asdict() for entry in found.added],
            "changed": [change._asdict() for change in found.changed],
            "removed": [entry._asdict() for entry in found.removed],
            "warnings": warnings,
        }


class Importer:
    """Imports into one database by the rules of one installation. `now` is the clock, ms."""

    def __init__(self, loaded: Loaded, engine: Engine, kinds: Mapping[str, Kind], now: Callable[[], int]) -> None:
        self._engine, self._now = engine, now
        settings = loaded.settings
        names = {name: kind.interval_s for name, kind in kinds.items() if "/" not in name}
        self.rules = Rules(names, settings.site.zone, settings.collector.id)

    def take(self, files: Sequence[Inventory], by: str, dry_run: bool = False) -> Taken:
        """Judge and, where nothing is wrong and it is no dry run, store."""
        checked = judge(files, self.rules)
        document = checked.document
        if document is None:
            return Taken(checked, None)
        new = city_of(document, self.rules.collector)
        with reading(self._engine) if dry_run else writing(self._engine) as conn:
            if moved := list(_moved(conn, new, files[0].name)):
                return Taken(checked._replace(faults=[*moved, *checked.faults], document=None), None)
            found = difference(load(conn), new)
            if not dry_run:
                apply(conn, document, self._now(), by, self.rules.collector)
        return Taken(checked, found)

    def take_text(self, text: str, dry_run: bool, by: str) -> Taken:
        """The same for a text that came over HTTP."""
        return self.take([read_inventory(text, "inventory")], by, dry_run)

    def alternative(self, city: City, contract: str, change: Mapping[str, Any]) -> Alternative:
        """A contract with other members, judged by the same rules (S9). Raises KeyError for one that is not there."""
        return alternative(city, contract, change, self.rules)

    def take_files_if_changed(self, files: Sequence[Path]) -> Taken | None:
        """At the start: import the configured files unless the newest import says the same. None: nothing to do."""
        read = [read_file(file) for file in files]
        checked = judge(read, self.rules)
        if checked.document is None:
            return Taken(checked, None)
        with reading(self._engine) as conn:
            if imported(conn) == digest_of(checked.document):
                return None
            before = load(conn)
        found = difference(before, city_of(checked.document, self.rules.collector))
        there = sum(device.gone_at is None for device in before.devices.values())
        gone = sum(entry.noun == "device" for entry in found.removed)
        if gone > MAY_GO and gone * 2 > there:
            raise TooMuchGone(gone, there, [str(file) for file in files])
        return self.take(read, by="start")


def _moved(conn: Connection, new: City, file: str) -> Iterator[Fault]:
    """A contract with published statements stays its vendor's: who has it reads and disputes them (S5)."""
    for id, vendor in sorted(statement_events.vendors(conn).items()):
        contract = new.contracts.get(id)
        if contract is not None and contract.vendor != vendor:
            yield Fault(file, 1, f"contracts.{id}.vendor", MOVED, {"vendor": vendor})
