"""The hardware addresses that this machine knows of its own segment (Linux: /proc/net/arp)."""

from __future__ import annotations

from pathlib import Path

from collector.snmp.identity import mac_of


def neighbours(table: Path = Path("/proc/net/arp")) -> dict[str, str]:
    """MAC by IPv4 address; empty where the system has no such table."""
    try:
        lines = table.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return {}
    rows = [line.split() for line in lines]
    return {row[0]: mac for row in rows if len(row) >= 4 and row[2] != "0x0" and (mac := mac_of(row[3]))}
