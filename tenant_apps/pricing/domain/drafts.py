"""What an organizer writes down as a price list, and what may be wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kernel import errors
from kernel.money import exponent_of
from tenant_apps.pricing.domain.book import NO_FEE, NO_TAX, FeeRule, TaxRule, step_of

KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}")
KEY_MAX, NAME_MAX, DESCRIPTION_MAX, CATEGORY_MAX = 40, 80, 200, 64
ZONES_MOST, TIERS_MOST, CATEGORIES_MOST = 64, 32, 64
AMOUNT_MOST = 1_000_000_000  # ten million euros; a slip of the keyboard, not a price
FEE_BASIS_POINTS_MOST, TAX_BASIS_POINTS_MOST = 5_000, 10_000
PER_ORDER_MOST = 200


class BadPriceList(errors.Invalid):
    """`problems` lists all that is wrong: each with a `field` (a path) and a sentence."""

    code = "bad_price_list"
    message = "The price list has mistakes."


@dataclass(frozen=True, slots=True)
class TierDraft:
    key: str
    name: str
    description: str = ""
    min_per_order: int = 0
    max_per_order: int | None = None


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """`prices` is by tier key, in minor units; a tier without a price is not sold here."""

    key: str
    name: str
    colour: str
    categories: tuple[str, ...]
    prices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceListDraft:
    name: str
    currency: str
    zones: tuple[ZoneDraft, ...]
    tiers: tuple[TierDraft, ...]
    fee: FeeRule = NO_FEE
    tax: TaxRule = NO_TAX


@dataclass(frozen=True, slots=True)
class Problem:
    field: str
    text: str


def ensure_good(draft: PriceListDraft) -> None:
    """Refuse with UnknownCurrency, or BadPriceList, which lists every mistake."""
    exponent_of(draft.currency)
    problems = [*_of_list(draft), *_of_tiers(draft), *_of_zones(draft)]
    if problems:
        raise BadPriceList(
            field=problems[0].field,
            detail=problems[0].text,
            problems=[{"field": each.field, "text": each.text} for each in problems[:50]],
        )


def _of_list(draft: PriceListDraft) -> Iterable[Problem]:
    yield from _text(draft.name, "name", NAME_MAX)
    yield from _text(draft.tax.name, "tax.name", NAME_MAX, needed=draft.tax.basis_points > 0)
    yield from _within(draft.tax.basis_points, "tax.basis_points", TAX_BASIS_POINTS_MOST)
    yield from _within(draft.fee.basis_points, "fee.basis_points", FEE_BASIS_POINTS_MOST)
    for name in ("fixed_minor", "per_order_minor"):
        yield from _amount(getattr(draft.fee, name), f"fee.{name}", draft.currency)
    yield from _count(len(draft.zones), "zones", ZONES_MOST)
    yield from _count(len(draft.tiers), "tiers", TIERS_MOST)
    yield from _twice((zone.key for zone in draft.zones), "zones", "key")
    yield from _twice((tier.key for tier in draft.tiers), "tiers", "key")
    categories = (category for zone in draft.zones for category in zone.categories)
    yield from _twice(categories, "zones", "category")


def _of_tiers(draft: PriceListDraft) -> Iterable[Problem]:
    for place, tier in enumerate(draft.tiers[:TIERS_MOST]):
        at = f"tiers[{place}]"
        yield from _key(tier.key, f"{at}.key")
        yield from _text(tier.name, f"{at}.name", NAME_MAX)
        yield from _text(tier.description, f"{at}.description", DESCRIPTION_MAX, needed=False)
        yield from _within(tier.min_per_order, f"{at}.min_per_order", PER_ORDER_MOST)
        if tier.max_per_order is not None:
            yield from _within(tier.max_per_order, f"{at}.max_per_order", PER_ORDER_MOST)
            if tier.max_per_order < max(1, tier.min_per_order):
                yield Problem(f"{at}.max_per_order", "The most is less than the least.")


def _of_zones(draft: PriceListDraft) -> Iterable[Problem]:
    tiers = {tier.key for tier in draft.tiers}
    for place, zone in enumerate(draft.zones[:ZONES_MOST]):
        at = f"zones[{place}]"
        yield from _key(zone.key, f"{at}.key")
        yield from _text(zone.name, f"{at}.name", NAME_MAX)
        if not COLOUR.fullmatch(zone.colour):
            yield Problem(f"{at}.colour", "A colour is written like #3b5bdb.")
        yield from _count(len(zone.categories), f"{at}.categories", CATEGORIES_MOST)
        for category in zone.categories[:CATEGORIES_MOST]:
            yield from _text(category, f"{at}.categories", CATEGORY_MAX)
        for tier_key, amount_minor in zone.prices.items():
            if tier_key not in tiers:
                yield Problem(f"{at}.prices", f"There is no tier {tier_key[:KEY_MAX]!r}.")
            yield from _amount(amount_minor, f"{at}.prices.{tier_key[:KEY_MAX]}", draft.currency)


def _key(key: str, at: str) -> Iterable[Problem]:
    if len(key) > KEY_MAX or not KEY.fullmatch(key):
        yield Problem(at, f"A key has lower-case letters, digits and hyphens, {KEY_MAX} at most.")


def _text(text: str, at: str, most: int, *, needed: bool = True) -> Iterable[Problem]:
    if needed and not text.strip():
        yield Problem(at, "Something must stand here.")
    elif len(text) > most:
        yield Problem(at, f"At most {most} characters.")
    elif not text.isprintable():
        yield Problem(at, "There are characters that cannot be stored or shown.")


def _within(value: int, at: str, most: int) -> Iterable[Problem]:
    if not 0 <= value <= most:
        yield Problem(at, f"A number from 0 to {most}.")


def _amount(amount_minor: int, at: str, currency: str) -> Iterable[Problem]:
    if not 0 <= amount_minor <= AMOUNT_MOST:
        yield Problem(at, f"An amount from 0 to {AMOUNT_MOST}, in minor units.")
    elif amount_minor % step_of(currency):
        yield Problem(at, f"Amounts in {currency} end in 0: cards are charged in tens of it.")


def _count(count: int, at: str, most: int) -> Iterable[Problem]:
    if not 1 <= count <= most:
        yield Problem(at, f"From 1 to {most} of them.")


def _twice(names: Iterable[str], at: str, what: str) -> Iterable[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(at, f"The {what} {name[:KEY_MAX]!r} stands here {count} times.")
