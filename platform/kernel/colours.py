"""Colours that can be read: one brand colour becomes a palette with enough contrast.

Contrast is WCAG 2.2's ratio of relative luminances; shades are made in OKLCH (Björn Ottosson,
"A perceptual color space for image processing"), which keeps the hue while lightness moves.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
# Text on a ground; the pages' own grounds are not pure white and black, hence a little more.
TEXT_CONTRAST = 4.8

# The darkest light ground and the lightest dark ground that the pages put brand text on.
LIGHT_GROUND = "#f1efec"
DARK_GROUND = "#24262e"


@dataclass(frozen=True, slots=True)
class Palette:
    """One brand colour in one mode: a fill, text on it, text in it, a tint, the pressed fill."""

    fill: str
    on_fill: str
    ink: str
    soft: str
    strong: str


def is_colour(text: str) -> bool:
    """Whether the text is a colour as `#rrggbb`."""
    return _HEX.fullmatch(text) is not None


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def light_palette(brand: str) -> Palette:
    """Return the brand on light pages."""
    lightness, chroma, hue = to_oklch(brand)
    # A fill must stand out from the page (3:1) and carry text; pale brands get a darker fill.
    fill = _darkened(lightness, chroma, hue, against=LIGHT_GROUND, at_least=3.2)
    on_fill = "#ffffff" if contrast("#ffffff", fill) >= TEXT_CONTRAST else "#14151c"
    if contrast(on_fill, fill) < TEXT_CONTRAST:
        fill, on_fill = _darkened(lightness, chroma, hue, "#ffffff", TEXT_CONTRAST), "#ffffff"
    step = -0.08 if on_fill == "#ffffff" else 0.06
    fill_lightness = to_oklch(fill)[0]
    soft = from_oklch(0.955, min(chroma, 0.03), hue)
    return Palette(
        fill=fill,
        on_fill=on_fill,
        ink=_darkened(lightness, chroma, hue, LIGHT_GROUND, TEXT_CONTRAST + 0.4),
        soft=soft,
        strong=from_oklch(fill_lightness + step, chroma, hue),
    )


def dark_palette(brand: str) -> Palette:
    """Return the brand on dark pages."""
    lightness, chroma, hue = to_oklch(brand)
    chroma = min(chroma, 0.15)
    fill = _lightened(max(lightness, 0.72), chroma, hue, DARK_GROUND, TEXT_CONTRAST)
    return Palette(
        fill=fill,
        on_fill=from_oklch(0.2, min(chroma, 0.05), hue),
        ink=_lightened(max(lightness, 0.78), min(chroma, 0.12), hue, DARK_GROUND, 6.5),
        soft=from_oklch(0.27, min(chroma, 0.045), hue),
        strong=from_oklch(min(0.94, to_oklch(fill)[0] + 0.08), chroma * 0.8, hue),
    )


def art_colours(brand: str) -> tuple[str, str, str, str, str]:
    """Return five colours for a drawing: the brand, its night, an accent, paper, a pale sister."""
    lightness, chroma, hue = to_oklch(brand)
    lively = min(max(chroma, 0.11), 0.19)
    return (
        from_oklch(min(max(lightness, 0.45), 0.62), lively, hue),
        from_oklch(0.24, min(lively, 0.07), hue),
        _accent(hue),
        from_oklch(0.95, 0.018, hue + 60),
        from_oklch(0.76, lively * 0.62, hue - 18),
    )


def _accent(hue: float) -> str:
    """Return amber, or sky when the brand itself is near amber."""
    near_amber = abs((hue - 68 + 180) % 360 - 180) < 50
    return from_oklch(0.8, 0.11, 235) if near_amber else from_oklch(0.79, 0.15, 68)


def to_oklch(colour: str) -> tuple[float, float, float]:
    """Return lightness (0 to 1), chroma and hue (degrees) of `#rrggbb`."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return `#rrggbb`; chroma is lowered until the colour exists on a screen."""
    while True:
        channels = _srgb(lightness, chroma, hue)
        if chroma <= 0 or all(-0.001 <= channel <= 1.001 for channel in channels):
            break
        chroma = max(0.0, chroma - 0.004)
    levels = (round(255 * _encoded(min(max(channel, 0.0), 1.0))) for channel in channels)
    return "#" + "".join(f"{level:02x}" for level in levels)


def _darkened(lightness: float, chroma: float, hue: float, against: str, at_least: float) -> str:
    shade = from_oklch(lightness, chroma, hue)
    while contrast(shade, against) < at_least and lightness > 0:
        lightness -= 0.01
        shade = from_oklch(max(lightness, 0.0), chroma, hue)
    return shade


def _lightened(lightness: float, chroma: float, hue: float, against: str, at_least: float) -> str:
    shade = from_oklch(lightness, chroma, hue)
    while contrast(shade, against) < at_least and lightness < 1:
        lightness += 0.01
        shade = from_oklch(min(lightness, 1.0), chroma, hue)
    return shade


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else math.pow((channel + 0.055) / 1.055, 2.4)


def _encoded(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * math.pow(channel, 1 / 2.4) - 0.055


def _srgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Return linear sRGB, possibly outside 0 to 1."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
