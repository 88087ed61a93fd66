from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import EXPONENTS, Money, contained_tax
from tenant_apps.pricing import domain
from tenant_apps.pricing.domain import (
    BookTier,
    BookZone,
    Choice,
    FeeRule,
    PriceBook,
    TaxLine,
    TaxRule,
)

STALLS = BookZone("stalls", "Stalls", "#3b5bdb", ("front", "middle"))
BALCONY = BookZone("balcony", "Balcony", "#0b7285", ("balcony",))
ADULT = BookTier("adult", "Adult")
CHILD = BookTier("child", "Child", "under 16", max_per_order=3)
GROUP = BookTier("group", "Group", "ten or more", min_per_order=10)

BOOK = PriceBook(
    currency="EUR",
    zones=(STALLS, BALCONY),
    tiers=(ADULT, CHILD, GROUP),
    prices={
        ("stalls", "adult"): 4_000,
        ("stalls", "child"): 1_500,
        ("balcony", "adult"): 2_250,
        ("balcony", "group"): 0,
    },
    fee=FeeRule(fixed_minor=99, basis_points=250, per_order_minor=199),
    tax=TaxRule("VAT", 700, included=True),
    max_places=20,
)


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


@st.composite
def books(draw: st.DrawFn) -> PriceBook:
    """Any book in which each zone sells each tier."""
    currency = draw(st.sampled_from(sorted(EXPONENTS)))
    step = domain.step_of(currency)
    amounts = st.integers(0, 50_000).map(lambda amount: amount * step)
    return PriceBook(
        currency=currency,
        zones=(STALLS, BALCONY),
        tiers=(ADULT, BookTier("child", "Child")),
        prices={
            (zone, tier): draw(amounts)
            for zone in ("stalls", "balcony")
            for tier in ("adult", "child")
        },
        fee=FeeRule(
            fixed_minor=draw(amounts),
            basis_points=draw(st.integers(0, 5_000)),
            per_order_minor=draw(amounts),
        ),
        tax=TaxRule("VAT", draw(st.integers(0, 10_000)), included=draw(st.booleans())),
    )


choice_lists = st.lists(
    st.tuples(
        st.integers(0, 60_000),
        st.sampled_from(["front", "middle", "balcony"]),
        st.sampled_from(["adult", "child"]),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda choice: choice[0],
).map(lambda found: [Choice(*each) for each in found])


def test_a_quote_says_what_each_place_costs_and_why() -> None:
    quote = domain.quote(BOOK, [Choice(7, "middle", "child"), Choice(3, "balcony", "adult")])

    balcony, stalls = quote.lines
    assert (balcony.ordinal, balcony.zone_name, balcony.tier_name) == (3, "Balcony", "Adult")
    # 2.5 % of 22.50 is 0.5625, so 0.56, and 0.99; 7 % of tax are contained in 24.05.
    assert (balcony.face, balcony.fee, balcony.tax, balcony.total) == (
        eur(2_250),
        eur(155),
        eur(157),
        eur(2_405),
    )
    # 2.5 % of 15.00 is 0.375: half away from zero.
    assert (stalls.face, stalls.fee, stalls.total) == (eur(1_500), eur(137), eur(1_637))
    assert quote.order_fee is not None
    assert quote.order_fee.total == eur(199)
    assert quote.subtotal == eur(3_750)
    assert quote.fees == eur(155 + 137 + 199)
    assert quote.total == eur(2_405 + 1_637 + 199)
    assert quote.tax_lines == (
        TaxLine("VAT", 700, True, taxable=eur(4_241 - 277), tax=eur(157 + 107 + 13)),
    )
    assert quote.taxes == eur(277)


def test_a_tax_on_top_is_added() -> None:
    book = replace(BOOK, tax=TaxRule("Sales tax", 825, included=False))

    quote = domain.quote(book, [Choice(1, "front", "adult")])

    [line] = quote.lines
    assert line.fee == eur(199)
    assert line.tax == eur(346)  # 8.25 % of 41.99 is 3.464…
    assert line.total == eur(4_000 + 199 + 346)
    assert quote.order_fee is not None
    assert quote.order_fee.total == eur(199 + 16)
    assert quote.tax_lines[0].taxable == eur(4_000 + 199 + 199)


def test_what_costs_nothing_carries_no_fee() -> None:
    quote = domain.quote(BOOK, [Choice(n, "balcony", "group") for n in range(10)])

    assert quote.is_free
    assert quote.order_fee is None
    assert quote.tax_lines == ()
    assert quote.fees == eur(0)


def test_without_a_rate_there_is_no_tax_line() -> None:
    quote = domain.quote(replace(BOOK, tax=TaxRule()), [Choice(1, "front", "adult")])

    assert quote.tax_lines == ()
    assert quote.taxes == eur(0)


def test_an_empty_choice_is_refused() -> None:
    with pytest.raises(domain.EmptyChoice):
        domain.quote(BOOK, [])


def test_more_places_than_an_order_may_have_are_refused() -> None:
    with pytest.raises(domain.TooManyPlaces) as refusal:
        domain.quote(BOOK, [Choice(n, "front", "adult") for n in range(21)])

    assert refusal.value.details == {"field": "places", "most": 20, "chosen": 21}


def test_the_same_place_twice_is_refused() -> None:
    with pytest.raises(domain.PlaceTwice) as refusal:
        domain.quote(BOOK, [Choice(5, "front", "adult"), Choice(5, "front", "child")])

    assert refusal.value.details["places"] == [5]


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(domain.UnknownTier) as refusal:
        domain.quote(BOOK, [Choice(5, "front", "x" * 500)])

    assert refusal.value.details["tier"] == "x" * 64


@pytest.mark.parametrize(("category", "tier"), [("roof", "adult"), ("balcony", "child")])
def test_places_without_a_price_are_refused(category: str, tier: str) -> None:
    with pytest.raises(domain.NoPriceForCategory) as refusal:
        domain.quote(BOOK, [Choice(5, category, tier)])

    assert refusal.value.details["category"] == category
    assert refusal.value.details["ordinal"] == 5


@pytest.mark.parametrize(
    ("tier", "category", "count", "allowed"),
    [
        ("child", "front", 3, True),
        ("child", "front", 4, False),
        ("group", "balcony", 9, False),
        ("group", "balcony", 10, True),
    ],
)
def test_a_tier_has_a_least_and_a_most(tier: str, category: str, count: int, allowed: bool) -> None:
    choices = [Choice(n, category, tier) for n in range(count)]

    if allowed:
        assert len(domain.quote(BOOK, choices).lines) == count
    else:
        with pytest.raises(domain.TierLimit) as refusal:
            domain.quote(BOOK, choices)
        assert refusal.value.details["tier"] == tier
        assert refusal.value.details["chosen"] == count


@given(book=books(), choices=choice_lists)
def test_totals_are_the_sums_of_the_lines(book: PriceBook, choices: list[Choice]) -> None:
    quote = domain.quote(book, choices)

    fee = quote.order_fee
    lines = sum(line.total.amount_minor for line in quote.lines)
    assert quote.total.amount_minor == lines + (fee.total.amount_minor if fee else 0)
    on_top = 0 if book.tax.included else quote.taxes.amount_minor
    assert quote.total == quote.subtotal + quote.fees + book.money(on_top)
    for line in quote.lines:
        added = book.money(0) if book.tax.included else line.tax
        assert line.total == line.face + line.fee + added
    if quote.tax_lines:
        assert quote.tax_lines[0].taxable + quote.tax_lines[0].tax == quote.total


@given(book=books(), choices=choice_lists, seed=st.integers())
def test_the_order_of_the_choices_does_not_matter(
    book: PriceBook, choices: list[Choice], seed: int
) -> None:
    shuffled = list(choices)
    random.Random(seed).shuffle(shuffled)

    assert domain.quote(book, shuffled) == domain.quote(book, choices)


@given(book=books(), choices=choice_lists, where=st.integers(1, 29))
def test_splitting_an_order_changes_nothing_but_the_fee_per_order(
    book: PriceBook, choices: list[Choice], where: int
) -> None:
    parts = [part for part in (choices[:where], choices[where:]) if part]
    whole, quotes = domain.quote(book, choices), [domain.quote(book, part) for part in parts]

    assert {line for quote in quotes for line in quote.lines} == set(whole.lines)
    for quote in quotes:
        assert (quote.order_fee is None) == (not quote.total or not book.fee.per_order_minor)


@given(book=books(), choices=choice_lists)
def test_nothing_is_ever_negative(book: PriceBook, choices: list[Choice]) -> None:
    quote = domain.quote(book, choices)

    amounts = [quote.subtotal, quote.fees, quote.taxes, quote.total]
    for line in quote.lines:
        amounts += [line.face, line.fee, line.tax, line.total]
    assert all(amount.amount_minor >= 0 for amount in amounts)
    assert all(amount.currency == book.currency for amount in amounts)


@given(book=books(), choices=choice_lists)
def test_every_total_can_be_charged_by_card(book: PriceBook, choices: list[Choice]) -> None:
    quote = domain.quote(book, choices)

    assert quote.total.amount_minor % domain.step_of(book.currency) == 0


@given(gross=st.integers(0, 10_000_000), basis_points=st.integers(0, 10_000))
def test_a_contained_tax_is_off_by_half_a_unit_at_most(gross: int, basis_points: int) -> None:
    tax = contained_tax(gross, basis_points)

    assert abs(tax * (10_000 + basis_points) - gross * basis_points) * 2 <= 10_000 + basis_points


def test_a_contained_tax_of_half_a_unit_is_rounded_up() -> None:
    assert contained_tax(3, 2_000) == 1  # 20 % contained in 0.03 is 0.005


@given(book=books())
def test_the_range_is_what_the_tickets_cost_when_bought_alone(book: PriceBook) -> None:
    found = domain.price_range(book)
    tickets = [
        domain.quote(book, [Choice(0, category, tier)]).total.amount_minor
        for category in ("front", "middle", "balcony")
        for tier in ("adult", "child")
    ]

    assert found is not None
    assert found.lowest.amount_minor == min(tickets)
    assert found.highest.amount_minor == max(tickets)


def test_a_zone_shows_its_tiers_all_in() -> None:
    assert domain.zone_prices(BOOK, STALLS) == [(ADULT, eur(4_199)), (CHILD, eur(1_637))]
    assert domain.zone_prices(BOOK, BALCONY) == [(ADULT, eur(2_405)), (GROUP, eur(0))]


def test_a_book_without_prices_has_no_range() -> None:
    assert domain.price_range(replace(BOOK, prices={})) is None


def test_the_lowest_of_several_prices_is_found_among_those_that_there_are() -> None:
    assert domain.lowest_of([None, eur(3), eur(2)]) == eur(2)
    assert domain.lowest_of([None]) is None
