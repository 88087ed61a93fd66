"""What is wrong with a plan: each problem has a code, a sentence, a pointer and a place.

Sentences are English templates in one table; pages translate them with
`gettext(problem.template) % problem.params`. Lists are bounded, counts are not: a document with
a million mistakes is answered with the first `MAX_LISTED` and the number of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_LISTED = 500

# A path from the root down, as a linked list: cheap to extend for 60,000 seats that are right.
Path = tuple["Path", str | int] | None


def gettext_noop(text: str) -> str:
    """Mark the text for translation and return it as it is; the domain knows no framework."""
    return text


SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        # The shape of the document.
        "not_json": gettext_noop("The file is not a JSON document: %(reason)s."),
        "too_big": gettext_noop("The file is larger than %(maximum)s MB."),
        "wrong_type": gettext_noop("%(value)s is not %(wanted)s."),
        "missing_field": gettext_noop("“%(field)s” is missing."),
        "unknown_field": gettext_noop("“%(field)s” is not a field of this object."),
        "too_many": gettext_noop("There are %(count)s entries; at most %(maximum)s are allowed."),
        "too_few": gettext_noop("There are %(count)s entries; at least %(minimum)s are needed."),
        "too_long": gettext_noop("The text has %(count)s characters; at most %(maximum)s fit."),
        "too_short": gettext_noop("The text must not be empty."),
        "too_large": gettext_noop("%(value)s is more than %(maximum)s."),
        "too_small": gettext_noop("%(value)s is less than %(minimum)s."),
        "bad_text": gettext_noop("%(value)s has characters that are not allowed here."),
        "not_a_choice": gettext_noop("%(value)s is none of: %(choices)s."),
        "repeated_entry": gettext_noop("%(value)s stands in the list twice."),
        # What must also hold before a plan is published.
        "missing_name": gettext_noop("It has no name."),
        "missing_label": gettext_noop("It has no label."),
        "duplicate_label": gettext_noop(
            "“%(label)s” is used more than once; the first is %(first)s."
        ),
        "duplicate_key": gettext_noop("The key “%(key)s” is used more than once."),
        "no_category": gettext_noop("It has no category, so it cannot have a price."),
        "unknown_category": gettext_noop("There is no category with the key “%(key)s”."),
        "unknown_floor": gettext_noop("There is no floor with the key “%(key)s”."),
        "unknown_entrance": gettext_noop("There is no entrance with the key “%(key)s”."),
        "unknown_section": gettext_noop("There is no section with the key “%(key)s”."),
        "no_capacity": gettext_noop("Its capacity is 0."),
        "no_size": gettext_noop("Its outline encloses no space."),
        "outside": gettext_noop("It lies outside the plan (%(x)s, %(y)s)."),
        "overlap": gettext_noop("It overlaps %(other)s."),
        "empty_row": gettext_noop("It has no seats."),
        "empty_section": gettext_noop("It has no rows, tables or areas."),
        "wrong_sides": gettext_noop("Its sides have %(sides)s seats, but it has %(seats)s."),
        "no_places": gettext_noop("The plan has no places at all."),
        "too_many_places": gettext_noop(
            "The plan has %(count)s places; at most %(maximum)s are allowed."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, and what to say about it."""

    code: str
    pointer: str  # RFC 6901
    place: str  # such as "Stalls, row C, seat 14"
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return SENTENCES[self.code]

    @property
    def sentence(self) -> str:
        return self.template % self.params

    def as_dict(self) -> dict[str, str]:
        """Return what a program or a page is told."""
        return {
            "code": self.code,
            "pointer": self.pointer,
            "place": self.place,
            "message": self.sentence,
        }


class Problems:
    """Collect problems: the first `MAX_LISTED` whole, of the rest only how many."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._found: list[tuple[str, Path, dict[str, object]]] = []

    def add(self, code: str, path: Path, **params: object) -> None:
        self.counts[code] += 1
        if len(self._found) < MAX_LISTED:
            self._found.append((code, path, params))

    @property
    def total(self) -> int:
        return self.counts.total()

    def listed(self, document: object) -> tuple[Problem, ...]:
        """Return the listed problems, placed by the labels of the document they were found in."""
        problems = []
        for code, path, params in self._found:
            parts = parts_of(path)
            shown = {
                name: place_in(document, parts_of(value)) if isinstance(value, tuple) else value
                for name, value in params.items()
            }
            problems.append(Problem(code, pointer_of(parts), place_in(document, parts), shown))
        return tuple(problems)


def parts_of(path: Path) -> list[str | int]:
    """Return a linked path's steps from the root down."""
    parts: list[str | int] = []
    while path is not None:
        path, part = path
        parts.append(part)
    parts.reverse()
    return parts


def pointer_of(parts: Sequence[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901); "" is the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def shorten(value: object) -> str:
    """Return a value as a short text that is fit for a sentence."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, int) and abs(value) > 10**30:
        return "a huge number"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = value if isinstance(value, str) else repr(value)
    text = "".join(sign if sign.isprintable() else "�" for sign in text[:61])
    text = f"{text[:60]}…" if len(text) > 60 else text
    return f"“{text}”" if isinstance(value, str) else text


# What people call the members of each list, and which field names one of them.
NOUNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "sections": ("section", "label"),
        "rows": ("row", "label"),
        "tables": ("table", "label"),
        "seats": ("seat", "label"),
        "areas": ("area", "label"),
        "categories": ("category", "name"),
        "floors": ("floor", "label"),
        "entrances": ("entrance", "label"),
        "shapes": ("shape", "key"),
        "texts": ("text", "text"),
        "backgrounds": ("background", "image"),
    }
)
# A section or an area is known by its label alone: "Stalls", not "section Stalls".
NAMED_ALONE = frozenset({"sections", "areas"})


def place_in(document: object, parts: Sequence[str | int]) -> str:
    """Return where the path leads in people's words, such as "Stalls, row C, seat 14".

    What has no label is counted from one: "row number 3". Fields are not named.
    """
    words: list[str] = []
    here: object = document
    for parent, part in zip([None, *parts], parts, strict=False):
        here = _step(here, part)
        if isinstance(part, int) and parent in NOUNS:
            words.append(_word(str(parent), part, here))
    if words:
        return ", ".join(words)
    return "the stage" if parts[:1] == ["stage"] else "the plan"


def _step(here: object, part: str | int) -> object:
    if isinstance(here, dict):
        return here.get(part)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None


def _word(collection: str, index: int, item: object) -> str:
    noun, field_name = NOUNS[collection]
    label = item.get(field_name) if isinstance(item, dict) else None
    if not isinstance(label, str) or not label.strip():
        return f"{noun} number {index + 1}"
    if len(label) > 60 or not label.isprintable():
        label = shorten(label)
    return label if collection in NAMED_ALONE else f"{noun} {label}"
