"""Pulse: a club in Manchester with free nights, and so without Stripe."""

from __future__ import annotations

from eventflow.local import demo_plans
from eventflow.local.demo_content.shapes import Date, House, Organizer, Show, paragraphs, people
from tenant_apps.events.domain import Limits, Texts
from tenant_apps.pricing.domain import PriceListDraft, TierDraft, ZoneDraft

_FREE_NIGHT = PriceListDraft(
    name="Free nights",
    currency="GBP",
    tiers=(TierDraft("guest", "Free entry", "18 and over", max_per_order=4),),
    zones=(
        ZoneDraft("floor", "Dance floor", "#b4315e", ("standing",), {"guest": 0}),
        ZoneDraft("gallery", "Gallery", "#2477b3", ("gallery",), {"guest": 0}),
        ZoneDraft("tables", "Tables", "#b7791f", ("table",), {"guest": 0}),
    ),
)
_OPEN_DECKS = Show(
    texts=Texts(
        slug="open-decks",
        title="Open Decks",
        summary="Twenty minutes each, no playlists, first come first played. Free entry.",
        description=paragraphs(
            "Bring a bag of records or a stick. The list for the decks opens at eight at the bar; "
            "the floor opens at nine.",
            "## Good to know\n- Free, with a ticket: we may let in 400 on the floor\n"
            "- 18 and over\n- The gallery has seats and a quieter corner",
        ),
    ),
    house="club",
    prices=_FREE_NIGHT.name,
    dates=(Date(5, "21:00", 300, 60), Date(33, "21:00", 300, 60)),
    limits=Limits(hold_seconds=300, max_places_per_order=4, max_places_per_session=4),
)
_JAZZ = Show(
    texts=Texts(
        slug="basement-jazz",
        title="Basement Jazz Sessions",
        summary="The Leah Okafor Quintet and whoever brings a horn. Free entry.",
        description=paragraphs(
            "One set by the quintet, then the stage is open until the neighbours knock.",
            "Tables are for those who eat; the kitchen closes at ten.",
        ),
    ),
    house="club",
    prices=_FREE_NIGHT.name,
    dates=(Date(13, "20:00", 180, 60),),
    limits=Limits(max_places_per_order=4, max_places_per_session=4),
)
_LAUNCH = Show(
    texts=Texts(
        slug="tape-launch",
        title="Static Bloom: tape launch",
        summary="Forty minutes of feedback, for those who were there.",
        description="The tapes are sold out. The noise is still in the walls.",
    ),
    house="club",
    prices=_FREE_NIGHT.name,
    dates=(Date(-9, "20:30", 150, 60, opens_day=-40),),
    limits=Limits(max_places_per_order=4, max_places_per_session=4),
)

PULSE = Organizer(
    slug="pulse",
    name="Pulse",
    colour="#0b7a75",
    currency="GBP",
    country="GB",
    timezone="Europe/London",
    takes_cards=False,
    people=people("pulse", "Maya Adeyemi", "Tom Hollis"),
    houses=(House("club", "Pulse", "27 Canal Street\nManchester M1 3HE", "Club", demo_plans.club),),
    prices=(_FREE_NIGHT,),
    shows=(_OPEN_DECKS, _JAZZ, _LAUNCH),
)
