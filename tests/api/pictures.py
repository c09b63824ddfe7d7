"""Pictures for tests: with a camera's metadata, with a tail, too large, broken, and what only pretends to be one."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, TiffImagePlugin

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
TAIL = b"<html><script>alert('tail')</script></html>PK\x03\x04"


def image(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue."""
    made = Image.new(mode, (width, height), "red" if mode == "RGB" else 0)
    made.paste(Image.new(mode, (width - width // 2, height), "blue" if mode == "RGB" else 255), (width // 2, 0))
    return made


def written(made: Image.Image, form: str = "JPEG", **given: Any) -> bytes:
    """The file's bytes."""
    out = io.BytesIO()
    made.save(out, form, **given)
    return out.getvalue()


def by_a_telephone() -> bytes:
    """A JPEG with place, camera, time, a comment, and lying on its side (orientation 6)."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "CameraMaker", "CameraModel X1"
    place = exif.get_ifd(0x8825)
    degrees = tuple(TiffImagePlugin.IFDRational(n) for n in (24, 19, 33))
    place[1], place[2], place[3], place[4] = "N", degrees, "E", degrees
    exif[0x8825] = place
    return written(image(), exif=exif, comment=b"seen at home", icc_profile=b"ICCPROFILE" * 20)


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few bytes that says it is side x side."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
