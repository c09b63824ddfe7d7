"""What printers answered in public recordings (librenms' tests/snmpsim, GitHub issues), as facts: object and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from collector.reading import Raw

PRINTER: Final = "1.3.6.1.2.1.25.3.1.5"
Supply = tuple[int, str, int, int]  # type, description, capacity, level


def recorded(
    object_id: str,
    errors: bytes,
    status: int,
    supplies: Sequence[Supply],
    more: Mapping[str, Raw] | None = None,
) -> dict[str, Raw]:
    """The objects of one recording, in order of OID."""
    held: dict[str, Raw] = {
        "1.3.6.1.2.1.1.2.0": object_id,
        "1.3.6.1.2.1.1.3.0": 4280423,
        "1.3.6.1.2.1.25.3.2.1.2.1": PRINTER,
        "1.3.6.1.2.1.25.3.2.1.5.1": status,
        "1.3.6.1.2.1.25.3.5.1.2.1": errors,
        **(more or {}),
    }
    for n, (type_, description, capacity, level) in enumerate(supplies, 1):
        cells: dict[int, Raw] = {5: type_, 6: description.encode(), 8: capacity, 9: level}
        held |= {f"1.3.6.1.2.1.43.11.1.1.{column}.1.{n}": value for column, value in cells.items()}
    return dict(sorted(held.items(), key=lambda one: tuple(map(int, one[0].split(".")))))


SHARP: Final = recorded(
    "1.3.6.1.4.1.2385.3.1.112.1.2",
    b"\x20\x00",
    3,
    [
        (3, "Cyan Toner", 100, 55),
        (3, "Magenta Toner", 100, 19),
        (4, "Waste Toner", -2, 100),
        (15, "Fusing Unit", -2, -2),
    ],
    {
        "1.3.6.1.2.1.43.10.2.1.4.1.1": 121104,
        "1.3.6.1.2.1.43.5.1.1.17.1": b"6509415X00",
        "1.3.6.1.4.1.2385.1.1.19.2.1.3.5.4.61": 91164,
        "1.3.6.1.4.1.2385.1.1.19.2.1.3.5.4.63": 29940,
    },
)
_TRAYS: Final[dict[str, Raw]] = {
    **{f"1.3.6.1.2.1.43.8.2.1.9.1.{n}": capacity for n, capacity in enumerate((560, 560, 980), 1)},
    **{f"1.3.6.1.2.1.43.8.2.1.10.1.{n}": level for n, level in enumerate((140, 420, 735), 1)},
    **{f"1.3.6.1.2.1.43.8.2.1.18.1.{n}": f"Tray {n}".encode() for n in (1, 2, 3)},
}
"""As a WorkCentre says its trays: prtInputDescription and no prtInputName."""
XEROX: Final = recorded(
    "1.3.6.1.4.1.253.8.62.1.35.2.3.1.1",
    b"",
    2,
    [(3, "Black Toner, PN 006R01509", 5300, 1060), (4, "Waste Toner Container, PN 008R13061", 100, 5)],
    _TRAYS,
)
EPSON: Final = recorded("1.3.6.1.4.1.1248.1.1.2.1.3.5.69.69.80.83.50", b"", 3, [(5, "Black Ink Supply Unit", 100, 1)])
BROTHER: Final = recorded(
    "1.3.6.1.4.1.2435.2.3.9.1", b"\0", 2, [(3, "Black Toner Cartridge", -2, -3), (9, "Drum Unit", 12000, 11501)]
)
KYOCERA: Final = recorded("1.3.6.1.4.1.1347.41", b"\0", 2, [(3, "TK-895C", 6000, 4260), (4, "Waste Toner Box", -2, -3)])
RICOH: Final = recorded(
    "1.3.6.1.4.1.367.1.1",
    b"\0\0",
    2,
    [(3, "Black Toner", 100, -3), (3, "Yellow Toner", 100, -3)],
    {
        "1.3.6.1.4.1.367.3.2.1.2.24.1.1.2.1": b"Black Toner",
        "1.3.6.1.4.1.367.3.2.1.2.24.1.1.2.2": b"Yellow Toner",
        "1.3.6.1.4.1.367.3.2.1.2.24.1.1.5.1": 30,
        "1.3.6.1.4.1.367.3.2.1.2.24.1.1.5.2": -100,
    },
)
STALE: Final = recorded(
    "1.3.6.1.4.1.11.2.3.9.1",
    b"",
    3,
    [],
    {
        f"1.3.6.1.2.1.43.18.1.1.{column}.1.{row}": value
        for row, code, text in ((231, 1, b"Wrong file format"), (1854, 1, b"Ready"), (1855, 501, b"Lower lever"))
        for column, value in ((2, 4), (4, 6), (7, code), (8, text))
    },
)
"""An HP Designjet Z5200: alerts of long ago are still there (fusioninventory-for-glpi issue 1698)."""
