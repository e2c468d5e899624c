"""Photos made small, upright and silent about where they were taken, with Pillow; HEIC through libheif."""

from __future__ import annotations

import io
import logging
import threading

import pillow_heif
from PIL import Image, ImageCms, ImageOps
from PIL.Image import DecompressionBombError, DecompressionBombWarning, Resampling

from fieldsales.domain.pictures import Picture
from fieldsales.errors import NotAPhoto, PhotoTooLarge

LONGEST_SIDE_PX = 1600
PREVIEW_SIDE_PX = 360
QUALITY, PREVIEW_QUALITY = 82, 75
MAX_MEGAPIXELS = 80
AT_ONCE = 2  # unpacked pictures in memory at a time: 80 megapixels are 320 MB
_FORMATS = ("JPEG", "PNG", "HEIF", "WEBP", "GIF", "AVIF")

log = logging.getLogger(__name__)
pillow_heif.register_heif_opener(thumbnails=False)
_unpacking = threading.BoundedSemaphore(AT_ONCE)


class PillowPhotos:
    """Makes JPEGs of whatever phones take."""

    def make(self, data: bytes, *, name: str) -> Picture:
        """Return the picture upright, at most 1600 px a side, as a JPEG that holds nothing but its pixels.

        Raises:
            NotAPhoto, PhotoTooLarge: naming the file.
        """
        with _unpacking:
            try:
                image = _unpack(data, name)
            except (DecompressionBombError, DecompressionBombWarning):
                raise PhotoTooLarge(name=name, limit=MAX_MEGAPIXELS) from None
            except PhotoTooLarge:
                raise
            except Exception as error:  # what is no picture breaks a decoder in any way it likes
                log.info("a file is no picture: %r", error)
                raise NotAPhoto(name=name) from error
            small = image.copy()
            small.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX), Resampling.LANCZOS)
            return Picture(_to_jpeg(image, QUALITY), _to_jpeg(small, PREVIEW_QUALITY), image.width, image.height)


def _unpack(data: bytes, name: str) -> Image.Image:
    """Return the first frame, upright and small, as plain RGB without anything attached."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.width * image.height > MAX_MEGAPIXELS * 1_000_000:
            raise PhotoTooLarge(name=name, limit=MAX_MEGAPIXELS)
        profile = image.info.get("icc_profile")
        even = image.convert("RGBA") if image.mode in ("P", "PA", "1", "LA", "La") else image  # a palette cannot be made small
        even.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Resampling.LANCZOS, reducing_gap=2.0)
        upright = ImageOps.exif_transpose(even)
        coloured = _in_srgb(upright, profile) if profile and upright.mode == "RGB" else upright
        clean = Image.new("RGB", coloured.size, "white")
        if coloured.has_transparency_data:
            with_alpha = coloured.convert("RGBA")
            clean.paste(with_alpha, mask=with_alpha.getchannel("A"))
        else:
            clean.paste(coloured.convert("RGB"))
        return clean


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in the colours every screen understands; a phone's wider ones would look faint without their profile."""
    try:
        converted = ImageCms.profileToProfile(image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


def _to_jpeg(image: Image.Image, quality: int) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=quality, optimize=True, progressive=True)
    return packed.getvalue()
