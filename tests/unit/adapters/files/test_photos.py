"""Any phone's photo becomes a small upright JPEG that tells nothing but what it shows; anything else is refused by name."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image, ImageCms

from fieldsales.adapters.files import photos
from fieldsales.adapters.files.photos import PillowPhotos
from fieldsales.domain.pictures import Picture
from fieldsales.errors import NotAPhoto, PhotoTooLarge

LEFT, RIGHT = (220, 30, 30), (30, 30, 220)


def two_halves(width: int = 400, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Return a picture that is red at the left and blue at the right."""
    image = Image.new("RGB", (width, height), RIGHT)
    image.paste(LEFT, (0, 0, width // 2, height))
    return image.convert(mode)


def packed(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


def made(data: bytes) -> tuple[Picture, Image.Image]:
    picture = PillowPhotos().make(data, name="IMG_1.jpg")
    return picture, Image.open(io.BytesIO(picture.data))


def is_near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF", "WEBP", "GIF", "AVIF"])
def test_every_phones_photo_becomes_a_jpeg(kind: str) -> None:
    picture, image = made(packed(two_halves(), kind))
    assert (image.format, image.size, (picture.width, picture.height)) == ("JPEG", (400, 200), (400, 200))
    assert is_near(image.getpixel((50, 100)), LEFT)
    assert is_near(image.getpixel((350, 100)), RIGHT)


@pytest.mark.parametrize("size", [(4032, 3024), (3024, 4032), (1601, 10), (20, 5000)])
def test_a_large_photo_is_made_small_without_changing_its_shape(size: tuple[int, int]) -> None:
    picture, image = made(packed(two_halves(*size)))
    assert max(image.size) == 1600
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.15)
    assert max(Image.open(io.BytesIO(picture.preview)).size) == 360


@pytest.mark.parametrize("kind", ["JPEG", "HEIF", "PNG", "WEBP"])
def test_a_photo_held_sideways_stands_upright_and_forgets_where_it_was_taken(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it right: what was left is on top
    exif[0x010F] = "Secret Phone"
    exif.get_ifd(0x8825)[2] = (34.0, 20.0, 24.0)
    picture, image = made(packed(two_halves(), kind, exif=exif.tobytes()))
    assert image.size == (200, 400)
    assert is_near(image.getpixel((100, 50)), LEFT)
    assert dict(image.getexif()) == {}
    assert b"Secret Phone" not in picture.data + picture.preview
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


def test_a_comment_in_the_photo_is_not_kept() -> None:
    picture, _ = made(packed(two_halves(), comment=b"at the customer's home"))
    assert b"at the customer" not in picture.data


def test_wide_colours_are_turned_into_those_of_every_screen() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, image = made(packed(two_halves(), icc_profile=profile))
    assert "icc_profile" not in image.info
    assert is_near(image.getpixel((50, 100)), LEFT)


def test_a_broken_colour_profile_is_no_reason_to_lose_the_photo() -> None:
    _, image = made(packed(two_halves(), icc_profile=b"not a profile at all"))
    assert image.size == (400, 200)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_screenshots_and_scans_of_all_sorts_are_read(mode: str) -> None:
    source = two_halves(mode="RGB").convert("L").convert("I").convert("I;16") if mode == "I;16" else two_halves(mode=mode)
    _, image = made(packed(source, "PNG"))
    assert (image.mode, image.size) == ("RGB", (400, 200))


def test_what_is_transparent_becomes_white() -> None:
    _, image = made(packed(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert is_near(image.getpixel((25, 25)), (255, 255, 255))


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "hello")
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        zipped(),
        b"\xff\xd8\xff" + bytes(100),
        packed(two_halves())[:300],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        packed(two_halves(), "PDF"),
        packed(two_halves(), "HEIF")[:400],
    ],
)
def test_what_is_no_picture_is_refused_by_its_name(data: bytes) -> None:
    with pytest.raises(NotAPhoto, match=r"IMG_1\.jpg"):
        made(data)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked() -> None:
    bomb = bytearray(packed(Image.new("1", (64, 64)), "PNG"))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2  # the header alone claims 3600 megapixels
    with pytest.raises((PhotoTooLarge, NotAPhoto)):
        made(bytes(bomb))
    with pytest.raises(PhotoTooLarge, match="80 megapixels"):
        made(packed(Image.new("1", (10_000, 8_100)), "PNG"))


def test_a_hundred_megapixels_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_MEGAPIXELS", 0.01)
    with pytest.raises(PhotoTooLarge):
        made(packed(two_halves()))
