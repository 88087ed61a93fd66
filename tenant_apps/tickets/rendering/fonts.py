"""Fonts that travel inside the PDF, chosen letter by letter, so that every name prints.

Inter has Latin, Greek, Cyrillic and Vietnamese; DejaVu Sans has Hebrew, Arabic, Armenian,
Georgian and symbols. Chinese, Japanese and Korean are left to the reader's own fonts (PDF 32000-1,
9.7.5.2), since embedding them would cost megabytes. What none of them has prints as U+FFFD.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files
from itertools import groupby

from arabic_reshaper import reshape
from bidi import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "…"


class Weight(StrEnum):
    REGULAR = "Inter-Regular"
    BOLD = "Inter-Bold"


FALLBACK = "DejaVuSans"

# First font first: a range of code points and the reader's font for it.
READERS_FONTS: tuple[tuple[range, str], ...] = (
    (range(0x3040, 0x3100), "HeiseiKakuGo-W5"),  # hiragana, katakana
    (range(0xAC00, 0xD7A4), "HYGothic-Medium"),  # hangul
    (range(0x3000, 0x3040), "STSong-Light"),  # punctuation of Chinese and Japanese
    (range(0x3400, 0xA000), "STSong-Light"),  # Chinese characters
    (range(0xF900, 0xFB00), "STSong-Light"),
    (range(0xFF00, 0xFFF0), "STSong-Light"),  # full-width forms
)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line that one font can draw."""

    font: str
    text: str


@cache
def _glyphs() -> dict[str, frozenset[int]]:
    """Register every font once in this process; the code points that each of ours has."""
    found = {}
    for name in (*Weight, FALLBACK):
        with as_file(files(__package__) / "ttf" / f"{name}.ttf") as path:
            font = TTFont(str(name), path)
        pdfmetrics.registerFont(font)
        found[str(name)] = frozenset(font.face.charToGlyph)
    for name in {name for _, name in READERS_FONTS}:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return found


def _font_of(letter: str, weight: Weight) -> str | None:
    glyphs = _glyphs()
    point = ord(letter)
    for name in (str(weight), FALLBACK):
        if point in glyphs[name]:
            return name
    return next((name for points, name in READERS_FONTS if point in points), None)


def clean(text: str) -> str:
    """Return the text composed, on one line and without invisible control characters."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(c for c in composed if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})


def runs(line: str, weight: Weight, *, from_right: bool = False) -> list[Run]:
    """Return the pieces of one line from left to right as they are drawn.

    Letters that join are joined, and what is read from the right is turned (UAX 9). `from_right`
    says that the text around the line is read so; by itself a line goes by its first letter.
    """
    seen = line
    if from_right:
        seen = get_display(reshape(line), base_dir="R")
    elif _is_right_to_left(line):
        seen = get_display(reshape(line))
    placed: list[tuple[str | None, str]] = []
    for letter in seen:
        # A space stays with the word before it, so that a phrase is one piece of text.
        stays = letter == " " and placed and placed[-1][0]
        placed.append((placed[-1][0] if stays else _font_of(letter, weight), letter))
    return [
        Run(font or FALLBACK, "".join(letter if font else REPLACEMENT for _, letter in group))
        for font, group in groupby(placed, key=lambda pair: pair[0])
    ]


def width(line: str, weight: Weight, size: float) -> float:
    """Return how wide the line is, in points."""
    return sum(pdfmetrics.stringWidth(run.text, run.font, size) for run in runs(line, weight))


def wrap(text: str, weight: Weight, size: float, *, within: float, most: int) -> list[str]:
    """Break the text into at most so many lines; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    rest = clean(text)
    while rest:
        if len(lines) == most - 1:
            lines.append(shorten(rest, weight, size, within=within))
            break
        head, rest = _first_line(rest, weight, size, within)
        lines.append(head)
    return lines


def shorten(line: str, weight: Weight, size: float, *, within: float) -> str:
    """Return the line, cut off with an ellipsis where it is too wide."""
    if width(line, weight, size) <= within:
        return line
    fits = _longest(line, lambda head: width(head.rstrip() + ELLIPSIS, weight, size) <= within)
    return line[:fits].rstrip() + ELLIPSIS


def size_to_fit(
    line: str, weight: Weight, *, within: float, largest: float, smallest: float
) -> float:
    """Return the largest size in points at which the line fits, never under the smallest."""
    at_one = width(line, weight, 1.0)
    return max(smallest, min(largest, within / at_one if at_one else largest))


def _first_line(text: str, weight: Weight, size: float, within: float) -> tuple[str, str]:
    line = ""
    for word in _words(text):
        longer = line + word
        if line and width(longer.rstrip(), weight, size) > within:
            break
        line = longer
    if width(line.rstrip(), weight, size) > within:  # one word that is wider than the line
        line = line[: max(1, _longest(line, lambda head: width(head, weight, size) <= within))]
    return line.rstrip(), text[len(line) :].lstrip()


def _words(text: str) -> Iterator[str]:
    """Yield each word with the space after it."""
    start = 0
    while start < len(text):
        end = text.find(" ", start)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end


def _longest(line: str, fits: Callable[[str], bool]) -> int:
    """Return the length of the longest beginning that fits, by halving."""
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(line[:middle]):
            low = middle
        else:
            high = middle - 1
    return low


def _is_right_to_left(line: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in line)
