"""How the pages print money, icons, seats and posters."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

from kernel.formatting import count_text, money_text
from kernel.languages import current_language, isolated
from kernel.money import Money
from tenant_apps.storefront import domain
from tenant_apps.storefront.pages.parts import Poster
from tenant_apps.storefront.pages.seating import ATTRIBUTE_WORDS, STATE_WORDS, SeatState, SeatView
from tenant_apps.storefront.pages.sights import SightView

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """Print an amount as buyers read it: €40.00."""
    return "" if amount is None else money_text(amount, current_language())


@register.filter
def price(amount: Money | None) -> str:
    """Print an amount, or the word for nothing to pay."""
    if amount is not None and not amount:
        return gettext("Free")
    return money(amount)


@register.filter
def count(number: int | None) -> str:
    """Print a number in groups of its language, or a dash for one that nobody knows yet."""
    return "–" if number is None else count_text(number, current_language())


# What points on or back along the line of text: it turns where text is read from the right.
POINTING = frozenset({"arrow-left", "arrow-right"})


@register.simple_tag
@lru_cache(128)
def icon(name: str) -> SafeString:
    """Draw an icon of the sprite, hidden from screen readers."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"></use></svg>',
        " icon--turns" if name in POINTING else "",
        static("eventflow/icons.svg"),
        name,
    )


@register.simple_tag
def poster(art: Poster) -> SafeString:
    """Show the event's picture, or draw one from its seed."""
    if art.image_url:
        return format_html('<img class="poster" src="{}" alt="">', art.image_url)
    return _drawing(art.seed)


@lru_cache(512)
def _drawing(seed: str) -> SafeString:
    """Return the poster of a seed: always the same, so it is drawn once."""
    width, height = domain.POSTER_COLUMNS * domain.TILE, domain.POSTER_ROWS * domain.TILE
    tiles = ((_draw(tile),) for tile in domain.poster_tiles(seed))
    return format_html(
        '<svg class="poster" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice"'
        ' aria-hidden="true">{}</svg>',
        width,
        height,
        format_html_join("", "{}", tiles),
    )


SHAPES = {
    "plain": "",
    "quarter": '<path d="M0 0H100A100 100 0 0 1 0 100Z"/>',
    "half": '<path d="M0 0H100A50 50 0 0 1 0 0Z"/><path d="M0 50H100A50 50 0 0 1 0 50Z"/>',
    "leaf": '<path d="M0 0H50A50 50 0 0 1 100 50V100H50A50 50 0 0 1 0 50Z"/>',
    "circle": '<circle cx="50" cy="50" r="50"/>',
    "dot": '<circle cx="50" cy="50" r="22"/>',
    "rings": '<path fill-rule="evenodd" d="M0 0H100A100 100 0 0 1 0 100V75A75 75 0 0 0 75 0H50'
    'A50 50 0 0 1 0 50V25A25 25 0 0 0 25 0H0Z"/>',
}


def _draw(tile: domain.Tile) -> SafeString:
    return format_html(
        '<g transform="translate({} {}) scale({}) rotate({} 50 50)">'
        '<rect class="art-{}" width="100.3" height="100.3"/><g class="art-{}"'
        ' transform="translate(-.3 -.3) scale(1.006)">{}</g></g>',
        tile.x,
        tile.y,
        tile.size // domain.TILE,
        tile.turn,
        tile.ground,
        tile.figure,
        mark_safe(SHAPES[tile.shape]),  # noqa: S308 (our own constants)
    )


@register.simple_tag
def seat_name(seat: SeatView) -> str:
    """Say a seat as it is read aloud, without its state: Row C, seat 14, €40.00, companion."""
    parts = [_where(seat)]
    if seat.zone is not None:
        parts.append(price(seat.zone.price))
    parts += [str(words) for key, (words, _) in ATTRIBUTE_WORDS.items() if key in seat.attributes]
    parts += [isolated(note) for note in seat.notes]
    return gettext(", ").join(parts)


@register.filter
def part_name(sight: SightView) -> str:
    """Say which part of a plan is meant, within its section: Row C, seat 14."""
    if not sight.row:
        return isolated(sight.section)
    # Translators: %s is a label such as C.
    row = (gettext("Table %s") if sight.at_table else gettext("Row %s")) % isolated(sight.row)
    if not sight.seat:
        return row
    return gettext(", ").join([row, gettext("seat %s") % isolated(sight.seat)])


def _where(seat: SeatView) -> str:
    # Translators: %(row)s and %(seat)s are labels such as C and 14.
    pattern = gettext("Row %(row)s, seat %(seat)s")
    if seat.at_table:
        pattern = gettext("Table %(row)s, seat %(seat)s")
    return pattern % {"row": isolated(seat.row), "seat": isolated(seat.label)}


@register.filter
def isolate(text: object) -> str:
    """Print somebody's words as a part of a sentence of ours, in whatever script they are."""
    return isolated(text)


@register.filter
def state_word(state: SeatState) -> Any:
    """Say a seat's state."""
    return STATE_WORDS[state]


@register.simple_tag
def seat_box(seat: SeatView) -> SafeString:
    """Draw one seat: a checkbox whose name says everything that the face shows."""
    letter = seat.zone.letter if seat.zone is not None else ""
    flags = " checked" if seat.state is SeatState.MINE else ""
    flags += "" if seat.is_open else " disabled"
    flags += " data-out" if seat.filtered_out else ""
    return format_html(
        '<label class="seat seat--{} zone-{}{}"><input type="checkbox" name="place" value="{}"'
        ' aria-label="{}{}{}"{} data-name="{}"><span class="seat__face" aria-hidden="true">'
        '<b>{}</b><span class="seat__marks">{}<i>{}</i></span></span></label>',
        seat.state.value,
        letter or "none",
        f"{' has-aisle' * seat.aisle_before}{' is-out' * seat.filtered_out}",
        seat.ordinal,
        seat_name(seat),
        gettext(", "),
        STATE_WORDS[seat.state],
        mark_safe(flags),  # noqa: S308 (our own constants)
        _where(seat),
        seat.label,
        icon(seat.mark) if seat.mark else "",
        letter,
    )


STEPS = (gettext_lazy("Places"), gettext_lazy("Your details"), gettext_lazy("Pay"))


@register.inclusion_tag("storefront/parts/steps.html")
def steps(current: int, *urls: str) -> dict[str, Any]:
    """Show the way to the tickets; steps that are done lead back."""
    return {
        "steps": [
            {
                "number": number,
                "name": name,
                "current": number == current,
                "done": number < current,
                "url": urls[number - 1] if number < current and number <= len(urls) else "",
            }
            for number, name in enumerate(STEPS, 1)
        ]
    }
