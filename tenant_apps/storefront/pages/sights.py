"""Pictures and notes of a plan's parts, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureView:
    """Addresses of both sizes, words, and the largest size in pixels: it keeps the place free."""

    small: str
    large: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SightView:
    """What one sees from a section, a row or a seat, and is to know of it."""

    section: str
    row: str
    seat: str
    at_table: bool
    note: str
    picture: PictureView | None


@dataclass(frozen=True, slots=True)
class Notes:
    """What is said of single places, by stretches of ordinals."""

    stretches: Sequence[tuple[int, int, str]] = ()

    def of(self, ordinal: int) -> list[str]:
        return [note for first, end, note in self.stretches if note and first <= ordinal < end]
