from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kernel.money import UnknownCurrency
from tenant_apps.pricing import domain
from tenant_apps.pricing.domain import FeeRule, PriceListDraft, TaxRule, TierDraft, ZoneDraft

ADULT = TierDraft("adult", "Adult")
STALLS = ZoneDraft("stalls", "Stalls", "#3b5bdb", ("front",), {"adult": 4_000})
DRAFT = PriceListDraft("Usual", "EUR", zones=(STALLS,), tiers=(ADULT,))


def test_a_plain_list_is_good() -> None:
    domain.ensure_good(DRAFT)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"zones": ()}, "zones"),
        ({"zones": (STALLS, STALLS)}, "zones"),
        ({"tiers": ()}, "tiers"),
        ({"tiers": (ADULT, ADULT)}, "tiers"),
        ({"tax": TaxRule("", 700)}, "tax.name"),
        ({"tax": TaxRule("VAT", 10_001)}, "tax.basis_points"),
        ({"fee": FeeRule(fixed_minor=-1)}, "fee.fixed_minor"),
        ({"fee": FeeRule(basis_points=5_001)}, "fee.basis_points"),
        ({"fee": FeeRule(per_order_minor=10**12)}, "fee.per_order_minor"),
        ({"tiers": (replace(ADULT, key="Adult"),)}, "tiers[0].key"),
        ({"tiers": (replace(ADULT, name=" "),)}, "tiers[0].name"),
        ({"tiers": (replace(ADULT, description="x" * 201),)}, "tiers[0].description"),
        ({"tiers": (replace(ADULT, min_per_order=-1),)}, "tiers[0].min_per_order"),
        ({"tiers": (replace(ADULT, max_per_order=0),)}, "tiers[0].max_per_order"),
        (
            {"tiers": (replace(ADULT, min_per_order=4, max_per_order=3),)},
            "tiers[0].max_per_order",
        ),
        ({"zones": (replace(STALLS, key=""),)}, "zones[0].key"),
        ({"zones": (replace(STALLS, colour="red"),)}, "zones[0].colour"),
        ({"zones": (replace(STALLS, categories=()),)}, "zones[0].categories"),
        ({"zones": (replace(STALLS, categories=("x" * 65,)),)}, "zones[0].categories"),
        ({"zones": (replace(STALLS, prices={"child": 1}),)}, "zones[0].prices"),
        ({"zones": (replace(STALLS, prices={"adult": -1}),)}, "zones[0].prices.adult"),
        ({"zones": (replace(STALLS, prices={"adult": 10**12}),)}, "zones[0].prices.adult"),
    ],
)
def test_each_mistake_is_named_by_its_place(change: dict[str, Any], field: str) -> None:
    with pytest.raises(domain.BadPriceList) as refusal:
        domain.ensure_good(replace(DRAFT, **change))

    problems: Any = refusal.value.details["problems"]
    assert field in [problem["field"] for problem in problems]
    assert all(problem["text"] for problem in problems)


def test_a_category_in_two_zones_is_refused() -> None:
    other = replace(STALLS, key="balcony")

    with pytest.raises(domain.BadPriceList) as refusal:
        domain.ensure_good(replace(DRAFT, zones=(STALLS, other)))

    assert "'front'" in str(refusal.value.details["detail"])


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(domain.BadPriceList) as refusal:
        domain.ensure_good(replace(DRAFT, name="", tiers=(replace(ADULT, name=""),)))

    problems: Any = refusal.value.details["problems"]
    assert len(problems) == 2


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        domain.ensure_good(replace(DRAFT, currency="XXX"))


def test_amounts_that_no_card_can_be_charged_are_refused() -> None:
    dinars = replace(DRAFT, currency="KWD", zones=(replace(STALLS, prices={"adult": 4_005}),))

    with pytest.raises(domain.BadPriceList) as refusal:
        domain.ensure_good(dinars)

    assert "end in 0" in str(refusal.value.details["detail"])
    domain.ensure_good(replace(dinars, zones=(replace(STALLS, prices={"adult": 4_000}),)))
