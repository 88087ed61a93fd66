"""Pictures as somebody uploads them."""

from __future__ import annotations

import io
import zlib
from typing import Any

from PIL import Image


def photo(
    seed: str = "", width: int = 1600, height: int = 900, kind: str = "JPEG", **more: Any
) -> bytes:
    """Return a file of this size; another seed is another colour, and so another file."""
    out = io.BytesIO()
    shade = zlib.crc32(seed.encode()) & 0xFFFFFF
    colour = more.pop("colour", f"#{shade:06x}")
    Image.new(more.pop("mode", "RGB"), (width, height), colour).save(out, kind, **more)
    return out.getvalue()
