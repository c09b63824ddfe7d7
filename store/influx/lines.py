"""Line protocol: one point a line, escaped so that nothing that a device says can become anything but its value.

What the protocol cannot carry is replaced by something that people see: control characters by their pictures (a new
line by ␊), a backslash that would escape what follows by ＼, an empty tag by `-`, and a field `time` by `time_`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Final

from store.measurements import NONE
from store.metrics import Measured, Tags

_CONTROL: Final = {n: chr(0x2400 + n) for n in range(32)} | {127: "\u2421", 0x85: "\u2424"}
_CONTROL_MORE: Final = {0x2028: "\u2424", 0x2029: "\u2424"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_VISIBLE: Final = _CONTROL | _CONTROL_MORE
_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]*")
_ESCAPING: Final = re.compile(r"\\(?=[ ,=\\\"]|$)")
_SPECIAL: Final = re.compile(r"([ ,=])")
_TIME: Final = "time"


def line(measurement: str, tags: Mapping[str, str], fields: Mapping[str, float | str], ts: int) -> str | None:
    """One point at `ts` (ms); None where no field is left: numbers that are not finite are none."""
    return _line(_head(measurement, tuple(sorted(tags.items()))), fields, ts)


def device_line(sample: Measured) -> str | None:
    """A device's sample as a point of `device`."""
    return _line(_device_head(sample.device, Tags(*sample.tags)), sample.values, sample.ts)


def device_tags(device: str, tags: Tags) -> dict[str, str]:
    """The six tags of `device` and `device_hour`."""
    return {"device": device, **tags._asdict()}


@lru_cache(65_536)
def carried(name: str) -> str:
    """A tag's value or a field's name as it will be stored: what to ask for later."""
    text = visible(name)
    return NONE if not text else _ESCAPING.sub("＼", text)


def carried_field(name: str) -> str:
    """A field's name as it will be stored; `time` is the point's own."""
    text = carried(name)
    return f"{_TIME}_" if text == _TIME else text


def visible(text: str) -> str:
    """Without what would end a line or is no text at all."""
    return text if _PLAIN.fullmatch(text) else text.translate(_VISIBLE)


def _line(head: str, fields: Mapping[str, float | str], ts: int) -> str | None:
    parts = [f"{_key(name)}={said}" for name, value in fields.items() if (said := _value(value)) is not None]
    return f"{head} {','.join(parts)} {ts}" if parts else None


@lru_cache(65_536)
def _device_head(device: str, tags: Tags) -> str:
    return _head("device", tuple(sorted(device_tags(device, tags).items())))


def _head(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    """Everything before the fields; tags by name, which servers like best."""
    return ",".join(
        [_escape(carried(measurement)), *(f"{_key(name)}={_escape(carried(value))}" for name, value in tags)]
    )


@lru_cache(65_536)
def _key(name: str) -> str:
    return _escape(carried_field(name))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _value(value: float | str) -> str | None:
    if isinstance(value, str):
        text = visible(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    number = float(value)
    return repr(number) if isfinite(number) else None
