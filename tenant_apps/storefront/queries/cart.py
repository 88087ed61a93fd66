"""The cart: the holds that run, with their prices, as view models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from kernel.errors import DomainError
from kernel.formatting import percent_text
from kernel.languages import current_language, isolated
from kernel.money import Money, total
from tenant_apps.checkout.domain import CartPart
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import Hold
from tenant_apps.pricing import queries as pricing
from tenant_apps.pricing.domain import Choice, PriceBook, Quote, QuoteLine, line_of, quote
from tenant_apps.storefront.pages.buying import CartGroup, CartPlace, TierChoice
from tenant_apps.storefront.pages.parts import PriceLine, Summary, Text
from tenant_apps.storefront.pages.seating import ATTRIBUTE_WORDS
from tenant_apps.storefront.queries.parts import head_of, zones_of
from tenant_apps.venues import queries as venues


@dataclass(frozen=True, slots=True)
class Priced:
    """One hold with a tier for each of its places, and what that costs or why it cannot."""

    performance: Performance
    book: PriceBook
    hold: Hold
    choices: Sequence[Choice]
    quote: Quote | None
    refusal: DomainError | None

    @property
    def tiers(self) -> dict[int, str]:
        return {choice.ordinal: choice.tier_key for choice in self.choices}

    @property
    def part(self) -> CartPart:
        return CartPart(self.performance.pk, self.hold.hold_id, self.tiers)


def running(
    performance_ids: Sequence[str], *, session: str, tiers: Mapping[str, Mapping[int, str]]
) -> list[Priced]:
    """Return the session's running holds at these performances, priced.

    `tiers` names tickets by hold and place; a place that it does not know gets its zone's first.
    """
    found = []
    for public_id in performance_ids:
        try:
            performance = events.performance_for_sale(public_id)
            book = pricing.price_book(performance.pk)
        except DomainError:
            continue  # cancelled or taken off: its holds end by themselves
        holds = inventory.holds_of_session(performance_id=performance.pk, session=session)
        found += [_priced(performance, book, hold, tiers.get(hold.hold_id, {})) for hold in holds]
    return found


def _priced(
    performance: Performance, book: PriceBook, hold: Hold, tiers: Mapping[int, str]
) -> Priced:
    asked = pricing.choices_of(performance, {place: tiers.get(place, "") for place in hold.places})
    choices = [_offered(book, choice) for choice in asked]
    priced, refusal = None, None
    try:
        priced = quote(book, choices)
    except DomainError as error:
        refusal = error
    return Priced(performance, book, hold, choices, priced, refusal)


def _offered(book: PriceBook, choice: Choice) -> Choice:
    zone = book.zone_of.get(choice.category)
    offered = [tier.key for tier in book.tiers_of(zone)] if zone else []
    if choice.tier_key in offered or not offered:
        return choice
    return Choice(choice.ordinal, choice.category, offered[0])


def has_choices(priced: Sequence[Priced]) -> bool:
    """Whether a cart asks something of its buyer: a kind of ticket, or what is wrong with it."""
    if len(priced) != 1 or priced[0].quote is None:
        return True
    (only,) = priced
    zones = (only.book.zone_of.get(choice.category) for choice in only.choices)
    return any(zone is None or len(only.book.tiers_of(zone)) > 1 for zone in zones)


def group_of(priced: Priced) -> CartGroup:
    """Return one hold as the cart shows it."""
    zones = zones_of(priced.book)
    places = venues.places(priced.performance.plan_version_id, list(priced.hold.places))
    shown = []
    for choice in priced.choices:
        place = places[choice.ordinal]
        tiers = _tiers(priced.book, choice)
        shown.append(
            CartPlace(
                ordinal=choice.ordinal,
                field=f"tier-{choice.ordinal}",
                name=venues.place_name(place),
                zone=zones.of_category.get(choice.category),
                tiers=tiers,
                total=next((tier.price for tier in tiers if tier.chosen), tiers[0].price),
                notes=[
                    words for key, (words, _) in ATTRIBUTE_WORDS.items() if key in place.attributes
                ],
            )
        )
    return CartGroup(
        head=head_of(priced.performance),
        hold_id=priced.hold.hold_id,
        places=shown,
        update_url=reverse("storefront:change", args=[priced.hold.hold_id]),
        takes_more=len(shown) < priced.performance.max_places_per_order
        and any(place.kind == "seat" for place in places.values()),
        error=_why_not(priced.refusal),
    )


def _tiers(book: PriceBook, choice: Choice) -> list[TierChoice]:
    zone = book.zone_of[choice.category]
    return [
        TierChoice(
            key=tier.key,
            name=tier.name,
            price=line_of(book, Choice(choice.ordinal, choice.category, tier.key)).total,
            chosen=tier.key == choice.tier_key,
            description=tier.description,
        )
        for tier in book.tiers_of(zone)
    ]


def _why_not(refusal: DomainError | None) -> Text:
    if refusal is None:
        return ""
    if refusal.code != "tier_limit":
        return gettext(str(refusal.message))
    name, most = isolated(refusal.details["tier_name"]), refusal.details["most"]
    least, chosen = refusal.details["least"], refusal.details["chosen"]
    if isinstance(most, int) and isinstance(chosen, int) and chosen > most:
        return gettext("One order may have at most %(n)s tickets of the kind “%(tier)s”.") % {
            "n": most,
            "tier": name,
        }
    return gettext("One order needs at least %(n)s tickets of the kind “%(tier)s”.") % {
        "n": least,
        "tier": name,
    }


def summary_of(cart: Sequence[Priced]) -> Summary | None:
    """Return what the cart costs, all in; None when a part of it has no price as it stands."""
    quotes = [priced.quote for priced in cart if priced.quote is not None]
    if len(quotes) != len(cart) or not quotes or len({each.currency for each in quotes}) != 1:
        return None
    currency = quotes[0].currency
    lines = _by_tier([line for each in quotes for line in each.lines], currency)
    fees = total((each.fees for each in quotes), currency)
    if fees:
        lines.append(PriceLine(gettext_lazy("Fees"), fees))
    included: list[PriceLine] = []
    for each in quotes:
        for tax in each.tax_lines:
            name = f"{isolated(tax.name)} {_percent(tax.basis_points)}"
            line = PriceLine(name, tax.tax)
            (included if tax.included else lines).append(line)
    return Summary(
        lines=lines,
        total=total((each.total for each in quotes), currency),
        included=included,
        count=sum(len(each.lines) for each in quotes),
    )


def _by_tier(lines: Sequence[QuoteLine], currency: str) -> list[PriceLine]:
    faces: dict[tuple[str, str], list[Money]] = {}
    for line in lines:
        faces.setdefault((line.zone_name, line.tier_name), []).append(line.face)
    return [
        PriceLine(
            label=f"{isolated(zone)} · {isolated(tier)}",
            amount=total(amounts, currency),
            note=ngettext("%(n)s ticket", "%(n)s tickets", len(amounts)) % {"n": len(amounts)},
        )
        for (zone, tier), amounts in faces.items()
    ]


def _percent(basis_points: int) -> str:
    return percent_text(basis_points, current_language())
