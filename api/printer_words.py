"""What a printer's codes mean, in words: units, supplies, trays, alerts (RFC 3805, IANA-PRINTER-MIB)."""

from __future__ import annotations

from typing import Final

from api.words import N_

UNITS: Final[dict[int, tuple[str, float]]] = {
    3: (N_("in"), 0.0001), 4: (N_("mm"), 0.001), 6: (N_("lines"), 1), 7: (N_("pages"), 1), 8: (N_("sheets"), 1),
    11: (N_("hours"), 1), 12: (N_("oz"), 0.001), 13: (N_("g"), 0.1), 14: (N_("fl oz"), 0.01), 15: (N_("ml"), 0.1),
    16: (N_("ft"), 1), 17: (N_("m"), 1), 18: (N_("items"), 1), 19: ("%", 1),
}  # fmt: skip
"""PrtMarkerSuppliesSupplyUnitTC and PrtCapacityUnitTC: the unit and what a number of it is multiplied by."""
TYPES: Final[dict[int, str]] = {
    3: N_("toner"), 4: N_("waste toner"), 5: N_("ink"), 6: N_("ink cartridge"), 7: N_("ribbon"), 8: N_("waste ink"),
    9: N_("drum"), 10: N_("developer"), 11: N_("fuser oil"), 12: N_("solid ink"), 13: N_("ribbon"),
    14: N_("waste wax"), 15: N_("fuser"), 16: N_("corona wire"), 18: N_("cleaner"), 20: N_("transfer unit"),
    21: N_("toner"), 32: N_("staples"),
}  # fmt: skip
"""PrtMarkerSuppliesTypeTC."""
SEVERITIES: Final[dict[int, str]] = {3: N_("critical"), 4: N_("warning")}
"""PrtAlertSeverityLevelTC; the others are notices."""
TRAININGS: Final[dict[int, str]] = {3: N_("anyone can help"), 4: N_("needs a trained person"), 5: N_("needs service")}
"""PrtAlertTrainingLevelTC."""
GROUPS: Final[dict[int, str]] = {
    5: N_("printer"), 6: N_("cover"), 8: N_("tray"), 9: N_("output"), 10: N_("print engine"), 11: N_("supplies"),
    13: N_("paper path"), 14: N_("interface"), 15: N_("interpreter"),
}  # fmt: skip
"""PrtAlertGroupTC."""
CODES: Final[dict[int, str]] = {
    3: N_("cover open"), 5: N_("interlock open"), 8: N_("paper jam"), 9: N_("missing"), 10: N_("life almost over"),
    11: N_("life over"), 12: N_("almost empty"), 13: N_("empty"), 14: N_("almost full"), 15: N_("full"),
    30: N_("failure"), 501: N_("door open"), 801: N_("tray missing"), 807: N_("paper low"), 808: N_("out of paper"),
    901: N_("output tray missing"), 902: N_("output almost full"), 903: N_("output full"), 1101: N_("toner empty"),
    1104: N_("toner almost empty"), 1107: N_("waste toner box almost full"), 1109: N_("waste toner box full"),
    1111: N_("drum life almost over"), 1112: N_("drum life over"), 1115: N_("toner cartridge missing"),
}  # fmt: skip
"""PrtAlertCodeTC, those that tell people something."""
OPEN: Final = (3, 5)
"""PrtCoverStatusTC: cover open, interlock open."""
COLOURS: Final[dict[str, tuple[str, ...]]] = {
    "black": ("black", "黑"),
    "cyan": ("cyan", "青"),
    "magenta": ("magenta", "品红", "洋红"),
    "yellow": ("yellow", "黄"),
}
"""The swatch's colour, by what the device calls the colorant or the supply."""
