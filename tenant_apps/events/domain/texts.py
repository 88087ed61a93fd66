"""An event's texts: bounds, and the small markup of descriptions.

A description is plain text. A blank line parts paragraphs; a block whose first line starts with
`## ` is a heading; lines that start with `- ` are a list. Nothing else means anything, so there is
nothing to escape from: whoever prints the blocks escapes each text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel import errors

TITLE_MAX, SUMMARY_MAX, DESCRIPTION_MAX, SLUG_MAX = 160, 300, 20_000, 80
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
LANGUAGE_MAX = 16


class BadSlug(errors.Invalid):
    code = "bad_event_slug"
    message = "The address may have lower-case letters, digits and single hyphens, 80 at most."


class SlugTaken(errors.Conflict):
    code = "event_slug_taken"
    message = "Another event has this address. Choose another."


class BadLanguage(errors.Invalid):
    code = "bad_language"
    message = "This is not a language tag such as en or pt-BR."


class TextMissing(errors.Invalid):
    code = "text_missing"
    message = "Something must stand here."


class TextTooLong(errors.Invalid):
    code = "text_too_long"
    message = "The text is too long."


class TextNotPlain(errors.Invalid):
    code = "text_not_plain"
    message = "The text has characters that cannot be stored or shown."


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a description: `kind` is heading, paragraph or list; a list has many lines."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said about an event."""

    slug: str
    title: str
    summary: str = ""
    description: str = ""
    language: str = "en"


def ensure_good_texts(texts: Texts) -> None:
    """Refuse with BadSlug, BadLanguage, TextMissing, TextTooLong or TextNotPlain."""
    if len(texts.slug) > SLUG_MAX or not SLUG.fullmatch(texts.slug):
        raise BadSlug(field="slug", value=texts.slug[:SLUG_MAX])
    if len(texts.language) > LANGUAGE_MAX or not LANGUAGE.fullmatch(texts.language):
        raise BadLanguage(field="language", value=texts.language[:LANGUAGE_MAX])
    if not texts.title.strip():
        raise TextMissing(field="title")
    for field, text, most in (
        ("title", texts.title, TITLE_MAX),
        ("summary", texts.summary, SUMMARY_MAX),
        ("description", texts.description, DESCRIPTION_MAX),
    ):
        if len(text) > most:
            raise TextTooLong(field=field, most=most)
        if any(not (mark.isprintable() or mark in "\n\r\t\u200d\u00ad") for mark in text):
            raise TextNotPlain(field=field)


def blocks_of(description: str) -> list[Block]:
    """Take a description apart into headings, paragraphs and lists."""
    found: list[Block] = []
    for chunk in re.split(r"\n[ \t]*\n", description.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in chunk.split("\n") if line.strip()]
        if lines and lines[0].startswith("## "):
            found.append(Block("heading", (lines.pop(0)[3:].strip(),)))
        if lines and all(line.startswith("- ") for line in lines):
            found.append(Block("list", tuple(line[2:].strip() for line in lines)))
        elif lines:
            found.append(Block("paragraph", tuple(lines)))
    return found
