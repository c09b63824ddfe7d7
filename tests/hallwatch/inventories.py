"""Inventories that the tests check."""

from __future__ import annotations

from hallwatch.inventory import Checked, Rules, judge, read_inventory

NAMES = "printer list_printer copier kiosk queue pc handheld switch router ups camera"
KINDS = dict.fromkeys(NAMES.split(), 60.0)

CITY = """\
calendars:
  hall-hours: {zone: Asia/Shanghai, week: {mon-fri: ["08:30-18:00"], sat-sun: ["09:00-17:00"]},
               holidays: none, dates: {2026-10-01: closed, 2026-10-10: ["08:30-18:00"]}}
  repair-hours: {zone: Asia/Shanghai, week: {mon-sun: ["08:00-20:00"]}}
branches: [{id: liunan, name: 柳南分公司}]
halls:
  - {id: h-01, name: 飞鹅路营业厅, branch: liunan, kind: own, calendar: hall-hours, gateway: SW-0001, collector: c-01}
  - {id: h-02, name: 柳石路营业厅, branch: liunan, kind: built, calendar: hall-hours}
vendors: [{id: v-1, name: 代维一公司, notify: ["mailto:duty@vendor.example"]}]
contracts:
  - id: c-2026
    vendor: v-1
    valid: {from: 2026-01-01, until: 2027-01-01}
    calendar: repair-hours
    covers: {kinds: [printer, list_printer, copier, kiosk, queue, pc], halls: all}
    repair: {start: phone, warn: [50, 75, 100], targets: {printer: 2h, list_printer: 2h, copier: 2h}}
    travel: {mode: allowance, default: 30m, halls: {h-02: 90m}}
    pauses: [hall_closed, awaiting_customer, force_majeure]
    fee: "20000.00"
    payment: none
    terms:
      - {id: T1, term: late_repairs, allowance: 0, unit: 1, points: 5, round: up, group: repair}
      - {id: T2, term: fault_count, allowance: {per_100: 8}, unit: 1, points: 1, round: up, cap: 30}
devices:
  - {id: SW-0001, kind: switch, hall: h-01, address: 10.1.1.1, interval: 30s}
  - {id: P-0001, kind: printer, hall: h-01, address: 10.1.1.21, model: HP M404, vendor: v-1, interval: 60s,
     commissioned: 2025-03-01, serial: PHB1234567, asset_owner: operator,
     snmp: {version: 2c, community: "env:SNMP_COMMUNITY"}}
"""


def judged(*texts: str) -> Checked:
    """These texts as the files a.yaml, b.yaml … of one inventory."""
    files = [read_inventory(text, f"{chr(97 + index)}.yaml") for index, text in enumerate(texts)]
    return judge(files, Rules(KINDS))


def told(*texts: str) -> list[str]:
    """Every fault as `file:line place: reason [near miss]`."""
    return [
        f"{fault.file}:{fault.line} {fault.place}: {fault.reason}"
        + (f" [{fault.near_miss}]" if fault.near_miss else "")
        for fault in judged(*texts).faults
    ]
