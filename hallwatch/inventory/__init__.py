"""The inventory file: read with line numbers, judged with every fault at once, normalised for the store."""

from hallwatch.inventory.checking import Checked, Faulty, Rules, check, judge, normalise
from hallwatch.inventory.faults import Fault
from hallwatch.inventory.reading import Inventory, read_file, read_inventory

__all__ = [
    "Checked",
    "Fault",
    "Faulty",
    "Inventory",
    "Rules",
    "check",
    "judge",
    "normalise",
    "read_file",
    "read_inventory",
]
