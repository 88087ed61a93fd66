"""Rules of the pages that need no tables: sales in a word, posters, neighbours, colours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernel import colours

POSTER_COLUMNS = 5
POSTER_ROWS = 3
TILE = 100

# Which shapes go together, and on which grounds (numbers of the five art colours).
_SUITS: tuple[tuple[str, ...], ...] = (
    ("quarter", "quarter", "circle", "plain"),
    ("quarter", "leaf", "plain", "dot"),
    ("half", "quarter", "plain", "rings"),
    ("leaf", "leaf", "circle", "plain"),
    ("half", "half", "dot", "plain"),
    ("rings", "quarter", "plain", "quarter"),
)
_GROUNDS: tuple[tuple[int, int, int], ...] = ((2, 1, 2), (1, 2, 4), (2, 2, 1), (4, 1, 2), (1, 1, 2))


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the drawing: where it lies, how it is turned, which shape in which colours."""

    x: int
    y: int
    size: int
    turn: int
    shape: str
    ground: int
    figure: int


# How an event's sale reads when its performances differ: the first that one of them has.
SALE_ORDER = (
    "on_sale", "few_left", "opens_later", "sold_out", "closed", "cancelled", "past",
)  # fmt: skip
# What a performance's phase means before its stock is looked at.
_STATE_OF_PHASE = {
    "not_published": "closed",
    "not_yet": "opens_later",
    "open": "on_sale",
    "closed": "closed",
    "cancelled": "cancelled",
    "past": "past",
}
FEW_LEFT_PERCENT = 5


def sale_state(phase: str, *, free: int, places: int) -> str:
    """Say how a sale stands, from the performance's phase and what is left of its places."""
    state = _STATE_OF_PHASE[phase]
    if state != "on_sale":
        return state
    if not free:
        return "sold_out"
    return "few_left" if free * 100 <= places * FEW_LEFT_PERCENT else "on_sale"


def best_of(states: Iterable[str]) -> str:
    """Return the state that says most about an event with several performances."""
    return min(states, key=SALE_ORDER.index)


def poster_tiles(seed: str) -> list[Tile]:
    """Draw a poster for an event that has no picture: the same one for the same seed."""
    dice = _dice(seed)
    suit = _SUITS[next(dice) % len(_SUITS)]
    grounds = _GROUNDS[next(dice) % len(_GROUNDS)]
    big = (next(dice) % (POSTER_COLUMNS - 1), next(dice) % (POSTER_ROWS - 1))
    tiles = [
        _tile(at=(column * TILE, row * TILE), size=TILE, suit=suit, grounds=grounds, dice=dice)
        for row in range(POSTER_ROWS)
        for column in range(POSTER_COLUMNS)
        if not (0 <= column - big[0] < 2 and 0 <= row - big[1] < 2)
    ]
    shapes = tuple(shape for shape in suit if shape != "plain")
    corner = (big[0] * TILE, big[1] * TILE)
    tiles.append(_tile(at=corner, size=2 * TILE, suit=shapes, grounds=grounds, dice=dice))
    return tiles


def _tile(
    *,
    at: tuple[int, int],
    size: int,
    suit: Sequence[str],
    grounds: Sequence[int],
    dice: Iterator[int],
) -> Tile:
    ground = grounds[next(dice) % len(grounds)]
    figures = [colour for colour in (1, 3, 4, 5, 2) if colour != ground]
    # The accent (3) is rare, so that it stays one.
    figure = figures[next(dice) % len(figures)]
    if figure == 3 and next(dice) % 3:
        figure = 5 if ground != 5 else 4
    return Tile(
        x=at[0],
        y=at[1],
        size=size,
        turn=next(dice) % 4 * 90,
        shape=suit[next(dice) % len(suit)],
        ground=ground,
        figure=figure,
    )


def _dice(seed: str) -> Iterator[int]:
    """Yield bytes that follow from the seed alone."""
    block = seed.encode()
    while True:
        block = hashlib.sha256(block).digest()
        yield from block


def brand_sheet(colour: str) -> str:
    """Return the style sheet that puts an organizer's colour (`#rrggbb`) into the design tokens."""
    light, dark = colours.light_palette(colour), colours.dark_palette(colour)
    pairs = {
        "--brand": (light.fill, dark.fill),
        "--on-brand": (light.on_fill, dark.on_fill),
        "--brand-ink": (light.ink, dark.ink),
        "--brand-soft": (light.soft, dark.soft),
        "--brand-strong": (light.strong, dark.strong),
    }
    lines = [f"{name}: light-dark({day}, {night});" for name, (day, night) in pairs.items()]
    lines += [f"--art-{n}: {shade};" for n, shade in enumerate(colours.art_colours(colour), 1)]
    return "@layer tokens { :root { " + " ".join(lines) + " } }\n"
