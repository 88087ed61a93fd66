"""A token as a QR symbol (ISO/IEC 18004)."""

from __future__ import annotations

import io

import segno

# 15 % of the code may be worn off; the token then fits version 7, so its modules stay large.
CORRECTION = "m"
# The standard tries eight masks and takes the one with the fewest large patches. A signed token is
# as good as random, so it has none under any; and trying takes most of the time.
MASK = 0
# What the standard asks for around the code, in modules.
QUIET_ZONE = 4


def qr_code(token: str) -> segno.QRCode:
    """Return the token as a QR symbol of at most version 10."""
    return segno.make(token, error=CORRECTION, micro=False, mask=MASK)


def qr_svg(token: str, *, label: str = "") -> str:
    """Return the QR as inline SVG without styles or scripts, dark on white in every theme.

    It has a view box and no size: the page's style sheet decides (`.qr`).
    """
    out = io.BytesIO()
    qr_code(token).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        light="#fff",
        dark="#000",
        xmldecl=False,
        nl=False,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=label or None,
    )
    return out.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)


def qr_png(token: str, *, scale: int = 8) -> bytes:
    """Return the QR as a PNG; `scale` is a module's width in pixels."""
    out = io.BytesIO()
    qr_code(token).save(out, kind="png", border=QUIET_ZONE, scale=scale)
    return out.getvalue()
