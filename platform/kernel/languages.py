"""What a page's language means for the texts on it."""

from __future__ import annotations

from django.utils.translation import get_language, get_language_bidi

FALLBACK = "en"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def current_language() -> str:
    """Return the language of the page, mail or ticket that is being written."""
    return get_language() or FALLBACK


def isolated(text: object) -> str:
    """Return somebody's words as a part of a sentence of ours that is read from the right.

    A name in another script, or one that ends in a bracket, would else pull its neighbours to the
    wrong side (UAX 9). Where all is read from the left, nothing is added.
    """
    plain = str(text)
    if not plain or not get_language_bidi():
        return plain
    return f"{FIRST_STRONG_ISOLATE}{plain}{POP_ISOLATE}"
