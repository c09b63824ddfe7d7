"""What came of all requests by SNMP v1 and v2c."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """Since the start; each datagram that comes in is counted once, as `answered` or as what else it was.

    `late`: answered after its end; `doubled`: answered again; `foreign`: from an address that was not asked; `forged`:
    from a right one with another id, community or version; `damaged`: no SNMP, or only names that were not asked.
    `resent`: asked again at half time; `unsent`: the system took no datagram for want of room; `refused`: closed
    ports; `unreachable`: other ICMP errors.
    """

    sent: int = 0
    resent: int = 0
    unsent: int = 0
    answered: int = 0
    late: int = 0
    doubled: int = 0
    foreign: int = 0
    forged: int = 0
    damaged: int = 0
    refused: int = 0
    unreachable: int = 0

    def read(self) -> dict[str, int]:
        """All by name."""
        return asdict(self)
