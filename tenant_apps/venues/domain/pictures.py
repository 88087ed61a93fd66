"""Pictures as they are uploaded, and as they are kept.

A file is believed by its content alone. It is decoded and written anew, so that nothing else that
was in it (a place, a name, a program) is ever handed on.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from kernel import errors

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
LEAST_WIDTH, LEAST_HEIGHT = 320, 180
# Widths in pixels: beside a seat, on a whole screen, under a plan. Never larger than the original.
WIDTHS = (480, 1280, 2560)
TALLEST = 2
QUALITY = 80
CONTENT_TYPE = "image/webp"


class PictureRefused(errors.Invalid):
    """The file cannot be a picture here; each kind says why."""

    code = "picture_refused"
    message = "This picture cannot be used."

    def __init__(self) -> None:
        super().__init__(field="picture")


class PictureTooBig(PictureRefused):
    code = "picture_too_big"
    message = "The file is larger than 8 MB. Save it smaller or with less quality."


class NoPicture(PictureRefused):
    code = "no_picture"
    message = "The file is no JPEG, PNG, WebP or AVIF picture, or is damaged."


class TooManyPixels(PictureRefused):
    code = "picture_too_many_pixels"
    message = "The picture has more than 40 million pixels. Save it smaller."


class PictureTooSmall(PictureRefused):
    code = "picture_too_small"
    message = "The picture is smaller than 320 by 180 pixels."


class PictureTooTall(PictureRefused):
    code = "picture_too_tall"
    message = "The picture is more than twice as high as it is wide."


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture in our own format: its largest size in pixels, and each width's bytes."""

    checksum: str
    width: int
    height: int
    sizes: Mapping[int, bytes]


def render_picture(content: bytes, size: int | None = None) -> Rendered:
    """Return the picture written anew in each width. Refuses with PictureRefused.

    `size` is that of the file, where not all of it was kept.
    """
    if (len(content) if size is None else size) > MOST_BYTES:
        raise PictureTooBig
    picture = _decode(content)
    sizes = {}
    for width in WIDTHS:
        sizes[width] = _encode(picture, min(width, picture.width))
        if width >= picture.width:
            break
    return Rendered(
        checksum=hashlib.sha256(content).hexdigest(),
        width=min(picture.width, WIDTHS[-1]),
        height=round(picture.height * min(picture.width, WIDTHS[-1]) / picture.width),
        sizes=sizes,
    )


def _decode(content: bytes) -> Image:
    # A second of start-up for processes that never see a picture.
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # Ours is the stricter bound, and it refuses.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(BytesIO(content), formats=FORMATS)
            _ensure_size(*opened.size)
            # A camera writes how it was held beside the pixels.
            picture = ImageOps.exif_transpose(opened)
            assert picture is not None
            _ensure_shape(*picture.size)
            return _in_srgb(picture)
    except PictureRefused:
        raise
    except Image.DecompressionBombError:
        raise TooManyPixels from None
    except Exception as error:
        # Decoders raise whatever they like about bytes that are damaged or made to hurt.
        raise NoPicture from error


def _ensure_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise TooManyPixels


def _ensure_shape(width: int, height: int) -> None:
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        raise PictureTooSmall
    if height > TALLEST * width:
        raise PictureTooTall


def _in_srgb(picture: Image) -> Image:
    from PIL import ImageCms

    has_alpha = picture.has_transparency_data
    flat = picture.convert("RGBA" if has_alpha else "RGB")
    profile = picture.info.get("icc_profile")
    if profile and not has_alpha and picture.mode == "RGB":
        # What browsers take a picture without a profile for. A broken profile changes nothing.
        with suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(flat, source, ImageCms.createProfile("sRGB"))
            flat = converted or flat
    return flat


def _encode(picture: Image, width: int) -> bytes:
    from PIL import Image

    height = max(1, round(picture.height * width / picture.width))
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    # What the file said about itself came along, and would be written again.
    small.info.clear()
    out = BytesIO()
    small.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
