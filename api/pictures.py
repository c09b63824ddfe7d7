"""Checking of images that people send: what they are is found by decoding, and they are made anew."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from threading import BoundedSemaphore
from typing import Final, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from api.words import N_

MAX_BYTES: Final = 10_000_000
MAX_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 2000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 85
_SCANS: Final = 60
"""A progressive JPEG has about ten; thousands of empty ones would keep a processor busy for hours."""
_SCAN: Final = b"\xff\xda"
_PATIENCE_S: Final = 20.0
_TURNS: Final = BoundedSemaphore(2)
"""So many are decoded at once; each may take some hundred MB."""
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What decoders raise on damaged files, by experience."""

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class BadPicture(Exception):
    """It is not taken; `reason` is a sentence (a msgid) for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Picture(NamedTuple):
    """A JPEG of ours, upright, without metadata; width and height in pixels, `digest` its SHA-256."""

    data: bytes
    width: int
    height: int
    digest: str
    type: str = "image/jpeg"


def checked(data: bytes) -> Picture:
    """The picture that these bytes show, made anew. Raises `BadPicture`.

    What follows the picture in the file, what a camera wrote into it (place, time, model) and colour profiles are left
    behind. The same bytes give the same picture.
    """
    if not data:
        raise BadPicture(N_("There is no picture in it."))
    if len(data) > MAX_BYTES:
        raise BadPicture(N_("The picture is larger than 10 MB."))
    if data.count(_SCAN) > _SCANS:
        raise BadPicture(N_("The picture is made to be slow to read."))
    if not _TURNS.acquire(timeout=_PATIENCE_S):
        raise BadPicture(N_("Too many pictures come at once; try again."))
    try:
        return _made(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(N_("The picture has more than 40 million pixels.")) from error
    except UnidentifiedImageError as error:
        raise BadPicture(N_("This is no picture: JPEG, PNG and WebP are taken.")) from error
    except _BROKEN as error:
        raise BadPicture(N_("The picture is damaged or not whole.")) from error
    finally:
        _TURNS.release()


def _made(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        canvas = _on_white(upright)
    written = io.BytesIO()
    canvas.save(written, "JPEG", quality=_QUALITY, optimize=True)
    made = written.getvalue()
    return Picture(made, canvas.width, canvas.height, hashlib.sha256(made).hexdigest())


def _on_white(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where they are transparent: a new image takes nothing else along."""
    canvas = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        canvas.paste(clear, mask=clear.getchannel("A"))
    else:
        canvas.paste(image.convert("RGB"))
    return canvas
