"""The written rules by which somebody is suspicious, or an order is looked at. Pure.

Each threshold is chosen so that it stays far from what honest buyers do; `docs/reviews.md` tells
the rules in plain words, and the tests have an honest buyer and an abuser for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# Signs are counted together for so long, from the first one on; a score lives as long.
WINDOW_S = 2 * 3_600
# Which mails and cards belong together is looked at over so long.
RELATED_S = 48 * 3_600
# Somebody who is at a place sooner after its release has not found it by looking.
SNIPE_MS = 2_000
# What is at least so suspicious is asked for a proof, and holds for a shorter time ...
ASK = 10
# ... and from here on is held back, and what it bought before is looked at.
HOLD_BACK = 30
# How long a suspect's hold lives, once. Who has shown a proof is let in and may be honest: it is
# long enough to type a name and an address, and what is typed outlives the hold.
SHORT_HOLD_MS = 180_000

# Different mails that paid with one card, and different cards that one mail has paid with.
MAILS_A_CARD, CARDS_A_MAIL = 4, 4
# Orders of one mail for one performance, in multiples of what one order may have.
TIMES_THE_LIMIT = 4


class Kind(StrEnum):
    """Whom a sign tells of, and what a score can belong to; the limits have the same names."""

    SESSION = "session"
    DEVICE = "device"
    PREFIX = "prefix"


class Rule(StrEnum):
    HOARDING = "hoarding"
    SNIPING = "sniping"
    SHARED_CARD = "shared_card"
    MANY_CARDS = "many_cards"
    BEYOND_LIMIT = "beyond_limit"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Signs:
    """What was counted of one session, device or prefix within the window.

    `lapsed`: holds that kept their places for at least half of their time and ended without an
    order, and orders that were never paid. `sniped`: holds with a place that another session had
    given back moments before. `bought`: orders.
    """

    lapsed: int = 0
    sniped: int = 0
    bought: int = 0


# From so many on, so many points: (count, points), the greater last. What many people share leads
# to a question and never to more: behind one address there may be an office, a school, a box office
# or a whole town, and all of an office's machines have one print.
STEPS: dict[tuple[Rule, Kind], tuple[tuple[int, int], ...]] = {
    (Rule.HOARDING, Kind.SESSION): ((3, ASK), (6, HOLD_BACK)),
    (Rule.HOARDING, Kind.DEVICE): ((15, ASK),),
    (Rule.HOARDING, Kind.PREFIX): ((30, ASK),),
    (Rule.SNIPING, Kind.SESSION): ((4, ASK), (10, HOLD_BACK)),
    (Rule.SNIPING, Kind.DEVICE): ((15, ASK),),
    (Rule.SNIPING, Kind.PREFIX): ((30, ASK),),
}
# So many lapsed holds does one order make good: who buys may have thought about it before.
EXCUSED_BY_AN_ORDER: dict[Kind, int] = {Kind.SESSION: 2, Kind.DEVICE: 5, Kind.PREFIX: 5}


def points_of(kind: Kind, signs: Signs) -> dict[Rule, int]:
    """Return the points by rule; a rule that gives none is left out."""
    counts = {
        Rule.HOARDING: signs.lapsed - EXCUSED_BY_AN_ORDER[kind] * signs.bought,
        Rule.SNIPING: signs.sniped,
    }
    found: dict[Rule, int] = {}
    for rule, count in counts.items():
        reached = [points for least, points in STEPS[rule, kind] if count >= least]
        if reached:
            found[rule] = reached[-1]
    return found


def score_of(kind: Kind, signs: Signs) -> int:
    """Return how suspicious that is: the points of all rules together."""
    return sum(points_of(kind, signs).values())


@dataclass(frozen=True, slots=True)
class Relations:
    """How one order's buyer stands to others. Counts of the last two days, this order included."""

    mails_of_card: int = 0
    cards_of_mail: int = 0
    # The most places that this mail has at one performance, and what one order may have there.
    places_of_mail: int = 0
    places_an_order: int = 1


def reasons_of(
    signs: Iterable[tuple[Kind, Signs]], relations: Relations, *, is_blocked: bool = False
) -> list[Rule]:
    """Return the rules that point at a paid order, in their order; none for an honest buyer."""
    found = {
        rule
        for kind, counted in signs
        for rule, points in points_of(kind, counted).items()
        if points >= HOLD_BACK
    }
    related = {
        Rule.SHARED_CARD: relations.mails_of_card >= MAILS_A_CARD,
        Rule.MANY_CARDS: relations.cards_of_mail >= CARDS_A_MAIL,
        Rule.BEYOND_LIMIT: relations.places_of_mail > TIMES_THE_LIMIT * relations.places_an_order,
        Rule.BLOCKED: is_blocked,
    }
    found |= {rule for rule, points_at_it in related.items() if points_at_it}
    return [rule for rule in Rule if rule in found]


def hold_ms_of(score: int) -> int:
    """Return how long a hold of somebody with this score may live; 0: as long as the sale says."""
    return SHORT_HOLD_MS if score >= ASK else 0
