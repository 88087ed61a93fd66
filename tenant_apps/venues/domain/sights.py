"""What is shown and said of a stretch of places of a published version."""

from __future__ import annotations

from dataclasses import dataclass

from kernel import errors


class NoSuchPart(errors.Invalid):
    code = "no_such_part_of_plan"
    message = "The published plan has no such section, row or seat."


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a plan by its keys: a section, a row of it, a seat of that."""

    section: str
    row: str = ""
    seat: str = ""


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture by its public id, its words, and its largest size in pixels."""

    public_id: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sight:
    """The part's labels, its ordinals from `first` up to before `end`, and what it has."""

    section: str
    row: str
    seat: str
    at_table: bool
    first: int
    end: int
    picture: ShownPicture | None
    note: str
