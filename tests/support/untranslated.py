"""Words of a template that stand outside of what is translated."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

# Names are the same in every language.
NAMES = re.compile(r"EventFlow|Stripe")
ATTRIBUTES = re.compile(
    r"aria-label|aria-description|title|placeholder|alt|content|data-(said|text).*"
)
# A template may fill in the attributes of another one's tag.
GIVEN = re.compile(r'([\w-]+)="([^"]*)"')
# Their content is for browsers.
SILENT_METAS = {"viewport", "color-scheme", "robots", "referrer"}
HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"


def untranslated(source: str) -> list[str]:
    """Return the texts and attributes of a template with letters that no language can change."""
    reader = _Reader()
    reader.feed(_plain(source))
    reader.close()
    return [text for text in reader.found if re.search(r"[^\W\d_]{2}", NAMES.sub("", text))]


def _plain(source: str) -> str:
    """Return what a template writes itself: what it is told and what is translated are holes."""
    written, inside = [], False
    for token in Lexer(source).tokenize():
        if token.token_type is TokenType.BLOCK:
            name = token.split_contents()[0]
            inside = (inside or name == "blocktranslate") and name != "endblocktranslate"
        if token.token_type is TokenType.TEXT and not inside:
            written.append(token.contents)
        elif token.token_type is not TokenType.COMMENT:
            written.append(HOLE)
    # A tag whose name is told.
    return re.sub(f"(</?){HOLE}", r"\1div", "".join(written))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script"}:
            self.silent = tag
        given = {name.strip(HOLE): value or "" for name, value in attrs}
        is_silent = tag == "meta" and not SILENT_METAS.isdisjoint(
            {given.get("name", ""), "" if "http-equiv" not in given else "robots"}
        )
        self.found += [
            value for name, value in given.items() if ATTRIBUTES.fullmatch(name) and not is_silent
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = ""

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        self.found += [value for name, value in GIVEN.findall(data) if ATTRIBUTES.fullmatch(name)]
        self.found += re.split(rf"{HOLE}|\n", GIVEN.sub("", data))
