"""The price of a choice of places, line by line. Pure: the same book and choice, the same quote.

How it is computed, for each place by itself:

    fee     the fixed fee plus the percentage of the face price; none where the face price is 0
    tax     contained in face + fee, or (on top) its percentage of face + fee
    total   face + fee, plus the tax where it is on top

Percentages are rounded once a line, half away from zero, to what can be charged in the currency
(`step_of`); a contained tax is only stated, so it is rounded to the minor unit. Totals are sums of
rounded lines and are never rounded again, so an order split in two costs the same but for the fee
per order, which each order that costs something carries once, as a line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernel import errors
from kernel.money import Money, contained_tax, total
from tenant_apps.pricing.domain.book import BookTier, BookZone, PriceBook, step_of


class EmptyChoice(errors.Invalid):
    code = "empty_choice"
    message = "No place is chosen."


class TooManyPlaces(errors.Invalid):
    code = "too_many_places"
    message = "These are more places than one order may have."


class PlaceTwice(errors.Invalid):
    code = "place_twice"
    message = "The same place is chosen twice."


class UnknownTier(errors.Invalid):
    code = "unknown_tier"
    message = "There is no such kind of ticket."


class NoPriceForCategory(errors.Invalid):
    code = "no_price_for_category"
    message = "These places are not for sale with this kind of ticket."


class TierLimit(errors.Invalid):
    code = "tier_limit"
    message = "One order may not have that many tickets of this kind, or needs more of them."


@dataclass(frozen=True, slots=True)
class Choice:
    """One place and who is to sit there. `category` is the plan's."""

    ordinal: int
    category: str
    tier_key: str


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What one place costs. `tax` is contained in `total` either way."""

    ordinal: int
    zone_key: str
    zone_name: str
    tier_key: str
    tier_name: str
    face: Money
    fee: Money
    tax: Money
    total: Money


@dataclass(frozen=True, slots=True)
class OrderFee:
    """What is charged once for the order. `tax` is contained in `total`."""

    fee: Money
    tax: Money
    total: Money


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax of one rate: `taxable` is the net amount that it is on."""

    name: str
    basis_points: int
    included: bool
    taxable: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a choice. `total` is all that is to be paid: the lines and the order fee."""

    currency: str
    lines: tuple[QuoteLine, ...]
    order_fee: OrderFee | None
    tax_lines: tuple[TaxLine, ...]
    subtotal: Money  # of face prices
    fees: Money  # of the lines and of the order
    taxes: Money  # contained in the total
    total: Money

    @property
    def is_free(self) -> bool:
        return not self.total


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The cheapest and the dearest ticket, bought alone: all in, with the fee of their order."""

    lowest: Money
    highest: Money


def quote(book: PriceBook, choices: Sequence[Choice]) -> Quote:
    """Return the price of the choice, its lines by ordinal.

    Refuses with EmptyChoice, TooManyPlaces, PlaceTwice, UnknownTier, NoPriceForCategory, TierLimit.
    """
    _ensure_fits(book, choices)
    ordered = sorted(choices, key=lambda choice: choice.ordinal)
    lines = tuple(line_of(book, choice) for choice in ordered)
    order_fee = _order_fee(book, lines)
    parts: list[QuoteLine | OrderFee] = [*lines]
    if order_fee is not None:
        parts.append(order_fee)
    taxes = total((part.tax for part in parts), book.currency)
    all_in = total((part.total for part in parts), book.currency)
    return Quote(
        currency=book.currency,
        lines=lines,
        order_fee=order_fee,
        tax_lines=_tax_lines(book, taxes=taxes, all_in=all_in),
        subtotal=total((line.face for line in lines), book.currency),
        fees=total((part.fee for part in parts), book.currency),
        taxes=taxes,
        total=all_in,
    )


def line_of(book: PriceBook, choice: Choice) -> QuoteLine:
    """Return what one place costs. Refuses with UnknownTier or NoPriceForCategory."""
    tier = book.tier_of.get(choice.tier_key)
    if tier is None:
        raise UnknownTier(field="tier", tier=choice.tier_key[:64], ordinal=choice.ordinal)
    zone = book.zone_of.get(choice.category)
    amount_minor = book.prices.get((zone.key, tier.key)) if zone else None
    if zone is None or amount_minor is None:
        raise NoPriceForCategory(
            field="tier", category=choice.category, tier=tier.key, ordinal=choice.ordinal
        )
    fee_minor = _fee(book, amount_minor)
    tax_minor, total_minor = _taxed(book, amount_minor + fee_minor)
    return QuoteLine(
        ordinal=choice.ordinal,
        zone_key=zone.key,
        zone_name=zone.name,
        tier_key=tier.key,
        tier_name=tier.name,
        face=book.money(amount_minor),
        fee=book.money(fee_minor),
        tax=book.money(tax_minor),
        total=book.money(total_minor),
    )


def zone_prices(book: PriceBook, zone: BookZone) -> list[tuple[BookTier, Money]]:
    """Return the tiers that the zone offers and what each costs, all in, in the list's order."""
    category = zone.categories[0] if zone.categories else ""
    return [
        (tier, line_of(book, Choice(0, category, tier.key)).total)
        for tier in book.tiers_of(zone)
        if category
    ]


def price_range(book: PriceBook) -> PriceRange | None:
    """Return the cheapest and the dearest ticket by itself; None when nothing has a price."""
    fee = order_fee(book)
    amounts = [
        price + fee if fee and price else price
        for zone in book.zones
        for _, price in zone_prices(book, zone)
    ]
    if not amounts:
        return None
    return PriceRange(
        lowest=min(amounts, key=lambda amount: amount.amount_minor),
        highest=max(amounts, key=lambda amount: amount.amount_minor),
    )


def order_fee(book: PriceBook) -> Money | None:
    """Return what an order that costs something costs once, all in; None for nothing."""
    fee_minor = book.fee.per_order_minor
    return book.money(_taxed(book, fee_minor)[1]) if fee_minor else None


def lowest_of(prices: Iterable[Money | None]) -> Money | None:
    """Return the least of the prices that there are; all of one currency."""
    return min((p for p in prices if p is not None), key=lambda p: p.amount_minor, default=None)


def _ensure_fits(book: PriceBook, choices: Sequence[Choice]) -> None:
    if not choices:
        raise EmptyChoice(field="places")
    if len(choices) > book.max_places:
        raise TooManyPlaces(field="places", most=book.max_places, chosen=len(choices))
    places = Counter(choice.ordinal for choice in choices)
    twice = sorted(ordinal for ordinal, count in places.items() if count > 1)
    if twice:
        raise PlaceTwice(field="places", places=twice)
    for tier_key, count in sorted(Counter(choice.tier_key for choice in choices).items()):
        tier = book.tier_of.get(tier_key)
        if tier is None:
            raise UnknownTier(field="tier", tier=tier_key[:64])
        most = tier.max_per_order
        if count < tier.min_per_order or (most is not None and count > most):
            raise TierLimit(
                field="tier",
                tier=tier.key,
                tier_name=tier.name,
                least=tier.min_per_order,
                most=most,
                chosen=count,
            )


def _fee(book: PriceBook, face_minor: int) -> int:
    if not face_minor:
        return 0
    return book.fee.fixed_minor + _share(book, face_minor, book.fee.basis_points)


def _taxed(book: PriceBook, amount_minor: int) -> tuple[int, int]:
    """Return the tax of an amount, and the amount with it."""
    if book.tax.included:
        return contained_tax(amount_minor, book.tax.basis_points), amount_minor
    tax_minor = _share(book, amount_minor, book.tax.basis_points)
    return tax_minor, amount_minor + tax_minor


def _share(book: PriceBook, amount_minor: int, basis_points: int) -> int:
    """Return the share, rounded half up once to what can be charged; no amount is negative."""
    whole = 10_000 * step_of(book.currency)
    return (amount_minor * basis_points + whole // 2) // whole * step_of(book.currency)


def _order_fee(book: PriceBook, lines: Sequence[QuoteLine]) -> OrderFee | None:
    fee_minor = book.fee.per_order_minor
    if not fee_minor or not any(line.total for line in lines):
        return None
    tax_minor, total_minor = _taxed(book, fee_minor)
    return OrderFee(
        fee=book.money(fee_minor), tax=book.money(tax_minor), total=book.money(total_minor)
    )


def _tax_lines(book: PriceBook, *, taxes: Money, all_in: Money) -> tuple[TaxLine, ...]:
    rule = book.tax
    if not rule.basis_points or not all_in:
        return ()
    return (
        TaxLine(
            name=rule.name,
            basis_points=rule.basis_points,
            included=rule.included,
            taxable=all_in - taxes,
            tax=taxes,
        ),
    )
