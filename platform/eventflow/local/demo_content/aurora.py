"""Aurora: a theatre with a main stage and a studio, in Berlin."""

from __future__ import annotations

from eventflow.local import demo_plans, demo_views
from eventflow.local.demo_content.shapes import Date, House, Organizer, Show, paragraphs, people
from tenant_apps.events.domain import Limits, Texts
from tenant_apps.pricing.domain import FeeRule, PriceListDraft, TaxRule, TierDraft, ZoneDraft

_THEATRE_TIERS = (
    TierDraft("adult", "Adult"),
    TierDraft("reduced", "Reduced", "students, under 27, unemployed; please bring proof"),
    TierDraft("child", "Child", "under 16", max_per_order=6),
)
_EVENING = PriceListDraft(
    name="Evening performances",
    currency="EUR",
    tiers=_THEATRE_TIERS,
    zones=(
        ZoneDraft("premium", "Premium", "#b4315e", ("premium",), {"adult": 6_900}),
        ZoneDraft(
            "one", "Price group 1", "#6a4fb6", ("first", "box"),
            {"adult": 5_400, "reduced": 4_000, "child": 2_500},
        ),
        ZoneDraft(
            "two", "Price group 2", "#2477b3", ("second",),
            {"adult": 4_200, "reduced": 3_000, "child": 2_000},
        ),
        ZoneDraft(
            "three", "Price group 3", "#2e8b6f", ("third",),
            {"adult": 2_800, "reduced": 2_000, "child": 1_400},
        ),
        ZoneDraft(
            "view", "Restricted view", "#7a7f8c", ("restricted",),
            {"adult": 1_500, "reduced": 1_000, "child": 1_000},
        ),
    ),
    fee=FeeRule(fixed_minor=90, basis_points=250),
    tax=TaxRule("VAT", 700, included=True),
)  # fmt: skip
_FAMILY = PriceListDraft(
    name="Family matinees",
    currency="EUR",
    tiers=(
        TierDraft("adult", "Adult"),
        TierDraft("child", "Child", "under 16; babies on a lap come in free", max_per_order=8),
        TierDraft("class", "School class", "from ten pupils", min_per_order=10),
    ),
    zones=(
        ZoneDraft(
            "floor", "Stalls and boxes", "#6a4fb6", ("premium", "first", "box"),
            {"adult": 2_400, "child": 1_200, "class": 800},
        ),
        ZoneDraft(
            "circles", "Circles", "#2477b3", ("second", "third", "restricted"),
            {"adult": 1_600, "child": 800, "class": 600},
        ),
    ),
    fee=FeeRule(fixed_minor=50),
    tax=TaxRule("VAT", 700, included=True),
)  # fmt: skip
_REHEARSAL = PriceListDraft(
    name="Free admission",
    currency="EUR",
    tiers=(TierDraft("guest", "Free ticket", max_per_order=4),),
    zones=(ZoneDraft("studio", "Free seating", "#2e8b6f", ("studio",), {"guest": 0}),),
)

_TEMPEST = Show(
    texts=Texts(
        slug="the-tempest",
        title="The Tempest",
        summary="Shakespeare's last island, with a storm made by forty hands and no machine.",
        description=paragraphs(
            "A duke without a duchy, a daughter who has never seen a stranger, a spirit who counts "
            "the hours to freedom. When the ship of his enemies passes, Prospero raises a storm.",
            "Ingrid Solheim stages Shakespeare's late play on an empty floor: the sea is cloth, "
            "the thunder is the ensemble, and every sound is made where you can see it.",
            "## Cast\n- Prospero: Marta Lindqvist\n- Miranda: Ayo Bello\n- Ariel: Jun Takeda\n"
            "- Caliban: Piet van Houten",
            "## Good to know\n- Two hours and forty minutes with one interval\n"
            "- In English, with German surtitles\n- From 12 years\n- Loud thunder in the first "
            "scene, and stage smoke",
        ),
    ),
    house="playhouse",
    prices=_EVENING.name,
    dates=(
        Date(9, "19:30", 160),
        Date(10, "19:30", 160),
        Date(16, "19:30", 160),
        Date(17, "15:00", 160),
        Date(23, "19:30", 160),
    ),
)
_WOLF = Show(
    texts=Texts(
        slug="peter-and-the-wolf",
        title="Peter and the Wolf",
        summary="Prokofiev's tale for everyone from five, with an orchestra you may go and touch.",
        description=paragraphs(
            "The bird is a flute, the duck an oboe, the cat creeps in on a clarinet, and three "
            "horns are enough to make a whole row of children hold hands.",
            "The Aurora Youth Orchestra plays, Noor Haddad tells the story. Afterwards the players "
            "come into the foyer and hand their instruments around.",
            "## Good to know\n- 50 minutes without an interval\n- From 5 years\n"
            "- Cushions for small guests at the cloakroom\n- The afternoon show is relaxed: doors "
            "stay open, and nobody minds a noise",
        ),
    ),
    house="playhouse",
    prices=_FAMILY.name,
    dates=(Date(12, "11:00", 50, 30), Date(12, "15:00", 50, 30), Date(19, "11:00", 50, 30)),
)
_GALA = Show(
    texts=Texts(
        slug="new-season-gala",
        title="New Season Gala",
        summary="One night, the whole house: scenes, songs and a first look at what is coming.",
        description=paragraphs(
            "Once a year everybody is on stage: the ensemble, the orchestra, the choir of the "
            "friends of the theatre, and at the end the people who build, sew and light it all.",
            "After the curtain the bar stays open, the band moves to the foyer, and there is "
            "dancing until the last tram.",
            "## Good to know\n- Three hours with one interval\n- At most six tickets an order\n"
            "- Dress as you like: half of us will be in sequins",
        ),
    ),
    house="playhouse",
    prices=_EVENING.name,
    dates=(Date(40, "18:00", 180, opens_soon=True),),
    limits=Limits(hold_seconds=480, max_places_per_order=6, max_places_per_session=6),
)
_OPEN_REHEARSAL = Show(
    texts=Texts(
        slug="open-rehearsal",
        title="Open rehearsal: The Tempest",
        summary="An hour in the studio with director and ensemble. Free of charge.",
        description=paragraphs(
            "How does a storm come into a room? Ingrid Solheim and the ensemble work on the first "
            "scene, and on questions from the seats.",
            "Admission is free; a ticket is needed, since the studio has 72 seats.",
        ),
    ),
    house="studio",
    prices=_REHEARSAL.name,
    dates=(Date(4, "17:00", 75, 15),),
    sell_out=True,
)
_READING = Show(
    texts=Texts(
        slug="letters-from-the-archive",
        title="Letters from the Archive",
        summary="The ensemble reads what was found behind the prompter's box. Free of charge.",
        description=paragraphs(
            "When the old prompter's box was taken out, there were letters behind it: complaints, "
            "love, a recipe for stage blood. Two actors read them aloud for the first time.",
            "Admission is free; a ticket is needed, since the studio has 72 seats.",
        ),
    ),
    house="studio",
    prices=_REHEARSAL.name,
    dates=(Date(11, "20:00", 70, 30), Date(18, "20:00", 70, 30)),
)
_DOLLS_HOUSE = Show(
    texts=Texts(
        slug="a-dolls-house",
        title="A Doll's House",
        summary="Ibsen's door, slammed once more. The season's last performances are over.",
        description=paragraphs(
            "Nora has borrowed money, and has been proud of it for eight years. In three days "
            "before Christmas the price becomes known.",
            "Thank you to the 14,000 people who came to see it.",
        ),
    ),
    house="playhouse",
    prices=_EVENING.name,
    dates=(
        Date(-20, "19:30", 130, opens_day=-90),
        Date(-6, "19:30", 130, opens_day=-90),
    ),
)
_COURTYARD = Show(
    texts=Texts(
        slug="courtyard-serenade",
        title="Courtyard Serenade",
        summary="Mozart and Dvořák under the plane trees.",
        description=paragraphs(
            "The wind players of the house had planned an evening of serenades in the courtyard.",
            "The courtyard's paving has to be mended first, so the serenade cannot take place. "
            "Tickets that were bought are paid back without asking.",
        ),
    ),
    house="playhouse",
    prices=_EVENING.name,
    dates=(Date(14, "20:30", 90),),
    cancelled_because="The courtyard's paving has to be mended.",
)

AURORA = Organizer(
    slug="aurora",
    name="Aurora Theatre",
    colour="#7a2048",
    currency="EUR",
    country="DE",
    timezone="Europe/Berlin",
    takes_cards=True,
    people=people("aurora", "Olivia Brandt", "Samir Yılmaz"),
    houses=(
        House(
            "playhouse",
            "Aurora Playhouse",
            "Lindenallee 12\n10117 Berlin",
            "Main stage",
            demo_plans.theatre,
            demo_views.PLAYHOUSE,
        ),
        House(
            "studio", "Aurora Studio", "Lindenallee 14\n10117 Berlin", "Studio", demo_plans.studio
        ),
    ),
    prices=(_EVENING, _FAMILY, _REHEARSAL),
    shows=(_TEMPEST, _WOLF, _GALA, _OPEN_REHEARSAL, _READING, _DOLLS_HOUSE, _COURTYARD),
)
