"""Summit: a stadium in Denver, with a tax on top of its prices."""

from __future__ import annotations

from eventflow.local import demo_plans
from eventflow.local.demo_content.shapes import Date, House, Organizer, Show, paragraphs, people
from tenant_apps.events.domain import Limits, Texts
from tenant_apps.pricing.domain import FeeRule, PriceListDraft, TaxRule, TierDraft, ZoneDraft

_SALES_TAX = TaxRule("Sales tax", 881, included=False)
_MATCH = PriceListDraft(
    name="League matches",
    currency="USD",
    tiers=(
        TierDraft("adult", "Adult"),
        TierDraft("youth", "Youth", "under 18"),
        TierDraft("senior", "Senior", "65 and over"),
    ),
    zones=(
        ZoneDraft("platinum", "Platinum", "#b4315e", ("platinum",), {"adult": 18_500}),
        ZoneDraft(
            "gold", "Gold", "#b7791f", ("gold",),
            {"adult": 9_800, "youth": 6_500, "senior": 7_800},
        ),
        ZoneDraft(
            "silver", "Silver", "#2477b3", ("silver",),
            {"adult": 6_400, "youth": 4_200, "senior": 5_000},
        ),
        ZoneDraft(
            "bronze", "Bronze", "#2e8b6f", ("bronze",),
            {"adult": 3_900, "youth": 2_500, "senior": 3_000},
        ),
        ZoneDraft(
            "family", "Family block", "#6a4fb6", ("family",), {"adult": 3_200, "youth": 1_200}
        ),
        ZoneDraft("away", "Visitors", "#7a7f8c", ("away",), {"adult": 4_200, "youth": 2_500}),
    ),
    fee=FeeRule(fixed_minor=150, basis_points=300, per_order_minor=250),
    tax=_SALES_TAX,
)  # fmt: skip
_CONCERT = PriceListDraft(
    name="Stadium concerts",
    currency="USD",
    tiers=(TierDraft("standard", "Standard"),),
    zones=(
        ZoneDraft("front", "Platinum", "#b4315e", ("platinum",), {"standard": 24_500}),
        ZoneDraft("gold", "Gold", "#b7791f", ("gold", "family"), {"standard": 16_500}),
        ZoneDraft("silver", "Silver", "#2477b3", ("silver",), {"standard": 11_000}),
        # The visitors' block lies behind the stage: it is not sold.
        ZoneDraft("bronze", "Bronze", "#2e8b6f", ("bronze",), {"standard": 6_900}),
    ),
    fee=FeeRule(fixed_minor=250, basis_points=400, per_order_minor=250),
    tax=_SALES_TAX,
)

_DERBY = Show(
    texts=Texts(
        slug="rovers-v-lakeside",
        title="Highland Rovers v Lakeside United",
        summary="The mountain derby. The last three ended level; this one decides the division.",
        description=paragraphs(
            "Second against first, and 5,280 feet of thin air on our side. Gates open two hours "
            "before kick-off, the fan village on the south lawn at noon.",
            "## Getting here\n- Light rail to Summit Station, five minutes on foot\n"
            "- Match tickets are valid on buses and trains from three hours before kick-off\n"
            "- Bicycle parking at Gate West",
            "## In the ground\n- Bags up to the size of a sheet of letter paper\n"
            "- The family block is alcohol-free\n- Wheelchair places in every stand",
        ),
    ),
    house="arena",
    prices=_MATCH.name,
    dates=(Date(20, "14:05", 120, 120),),
)
_FINAL = Show(
    texts=Texts(
        slug="rovers-v-harbor-city",
        title="Highland Rovers v Harbor City",
        summary="A league night under the lights.",
        description=paragraphs(
            "Harbor City come with the league's best defence, and we with a point to prove. "
            "Under-18s pay half in the family block."
        ),
    ),
    house="arena",
    prices=_MATCH.name,
    dates=(Date(31, "19:05", 120, 120),),
)
_TOUR = Show(
    texts=Texts(
        slug="velvet-static",
        title="Velvet Static: The Long Way Home",
        summary="Fifteen years, six records, one last stadium tour.",
        description=paragraphs(
            "They said goodbye twice already and meant it both times. Now Velvet Static bring the "
            "whole catalogue, a 24-piece band and a stage in the round.",
            "Support: Paper Lanterns.",
            "## Tickets\n- The sale opens for everybody at the same moment\n"
            "- At most four tickets for each person\n- Names are not printed on tickets",
        ),
    ),
    house="arena",
    prices=_CONCERT.name,
    dates=(Date(75, "19:30", 180, 150, opens_day=3), Date(76, "19:30", 180, 150, opens_day=3)),
    limits=Limits(max_places_per_order=4, max_places_per_session=4),
)
_OPENER = Show(
    texts=Texts(
        slug="season-opener",
        title="Season Opener: Rovers v Mesa Athletic",
        summary="It ended three to one. See you at the derby.",
        description="Forty-one thousand of you, and not one empty seat in the south stand.",
    ),
    house="arena",
    prices=_MATCH.name,
    dates=(Date(-15, "14:05", 120, 120, opens_day=-80),),
)

SUMMIT = Organizer(
    slug="summit",
    name="Summit Stadium",
    colour="#1d4f91",
    currency="USD",
    country="US",
    timezone="America/Denver",
    takes_cards=True,
    people=people("summit", "Grace Whitfield", "Diego Ramos"),
    houses=(
        House(
            "arena",
            "Summit Stadium",
            "1 Summit Way\nDenver, CO 80204",
            "Bowl",
            demo_plans.stadium,
        ),
    ),
    prices=(_MATCH, _CONCERT),
    shows=(_DERBY, _FINAL, _TOUR, _OPENER),
)
