"""What people send as a picture is decoded, turned, scaled and made anew, or refused with the reason."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from api.pictures import LONGEST_SIDE, MAX_BYTES, BadPicture, checked
from tests.api.pictures import SVG, TAIL, bomb, by_a_telephone, image, written


def opened(data: bytes) -> Image.Image:
    """The picture as a viewer reads it."""
    return Image.open(io.BytesIO(data))


def test_place_camera_comment_and_profile_are_left_behind_and_it_stands_upright() -> None:
    sent = by_a_telephone()
    assert opened(sent).getexif().get_ifd(0x8825)
    made = checked(sent)
    shown = opened(made.data)
    assert shown.format == "JPEG"
    assert (made.width, made.height) == shown.size == (40, 60)
    assert not shown.getexif()
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for word in (b"Exif", b"CameraM", b"seen at home", b"ICC", b"GPS"):
        assert word not in made.data
    top, bottom = shown.getpixel((20, 5)), shown.getpixel((20, 55))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[0] > 200, bottom[0] < 60) == (True, True)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_three_formats_are_taken_and_become_a_jpeg(form: str) -> None:
    made = checked(written(image(), form))
    assert opened(made.data).format == "JPEG"
    assert made.type == "image/jpeg"


def test_a_large_one_is_scaled_and_a_small_one_is_not() -> None:
    assert (checked(written(image(3000, 1500))).width, checked(written(image(50, 30))).width) == (LONGEST_SIDE, 50)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P", "CMYK", "I;16"])
def test_other_colours_are_taken(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(checked(written(Image.new(mode, (30, 20)), form)).data).mode == "RGB"


def test_what_is_transparent_is_white() -> None:
    made = checked(written(Image.new("RGBA", (16, 16), (0, 0, 0, 0)), "PNG"))
    assert opened(made.data).getpixel((8, 8)) == (255, 255, 255)


def test_what_follows_the_picture_in_the_file_is_left_behind() -> None:
    made = checked(written(image()) + TAIL)
    assert b"script" not in made.data
    assert made.data.endswith(b"\xff\xd9")


def test_the_same_picture_again_is_the_same() -> None:
    assert checked(by_a_telephone()).digest == checked(by_a_telephone()).digest


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no picture in it"),
        (SVG, "no picture: JPEG, PNG"),
        (b"GIF89a" + b"\0" * 40, "no picture: JPEG, PNG"),
        (b"%PDF-1.7 \xff\xd8\xff", "no picture: JPEG, PNG"),
        (written(image(400, 300))[:-500], "damaged"),
        (written(image(400, 300), "PNG")[:-300], "damaged"),
        (written(image(400, 300), "WEBP")[:-100], "damaged"),
        (bomb(60_000), "40 million pixels"),
        (bomb(8_000), "40 million pixels"),
        (written(image()) + b"\xff\xda" * 100, "slow to read"),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "larger than 10 MB"),
    ],
    ids=["empty", "svg", "gif", "pdf", "cut", "cut-png", "cut-webp", "bomb", "large", "scans", "heavy"],
)
def test_what_is_no_whole_picture_of_bounded_size_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BadPicture, match=reason):
        checked(data)


@settings(max_examples=150, deadline=None)
@given(some.data(), some.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_damage_is_refused_or_decoded_and_nothing_else(data: some.DataObject, form: str) -> None:
    whole = bytearray(written(image(24, 16), form))
    for _ in range(data.draw(some.integers(1, 4))):
        whole[data.draw(some.integers(0, len(whole) - 1))] = data.draw(some.integers(0, 255))
    with suppress(BadPicture):
        assert opened(checked(bytes(whole)).data).format == "JPEG"
