"""Make the demo data through the same services that people use; what is there already stays.

Every step looks first whether it was done, so the next run finishes what an interrupted one began.
The sale that opens soon opens soon again each time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from eventflow.local import demo_sign_ins
from eventflow.local.demo_content import ORGANIZERS, SOON_S
from eventflow.local.demo_content.shapes import Date, House, Organizer, Person, Show
from eventflow.local.demo_orders import open_account, sell_out
from eventflow.local.demo_sign_ins import DemoPlace
from eventflow.local.demo_views import DemoView, draw
from kernel import clock
from kernel.db import public_context, tenant_context
from public_apps.identity import services as identity
from public_apps.identity.models import User
from public_apps.tenants import services as tenant_services
from public_apps.tenants.models import Tenant
from tenant_apps.access import services as access
from tenant_apps.access.domain import EVERYTHING, Actor
from tenant_apps.access.models import Membership
from tenant_apps.events import domain as rules
from tenant_apps.events import services as events
from tenant_apps.events.domain import State
from tenant_apps.events.models import Event, Performance
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.pricing import services as pricing
from tenant_apps.pricing.domain import PriceListDraft
from tenant_apps.pricing.models import PriceList
from tenant_apps.venues import queries as venue_queries
from tenant_apps.venues import services as venues
from tenant_apps.venues.models import Plan, Venue

DEMO = Actor(kind="system", ref="", name="demo data", permissions=EVERYTHING)
OPERATOR = Person("Robin Operator", "operator@eventflow.example", "operator")
SIGN_IN = "/sign-in/"

Say = Callable[[str], None]


def make_demo(folder: Path, say: Say) -> list[DemoPlace]:
    """Make all of it and leave the sign-ins in the folder; what to visit, in order."""
    known = {place.email: place.password for place in demo_sign_ins.read(folder) if place.email}
    places = []
    for organizer in ORGANIZERS:
        places += _make_organizer(organizer, known)
        say(f"{organizer.name}: {len(organizer.shows)} events.")
    places.append(DemoPlace("Platform", path=SIGN_IN, **_operator(known)))
    demo_sign_ins.write(folder, places)
    return places


def _make_organizer(organizer: Organizer, known: dict[str, str]) -> list[DemoPlace]:
    schema_name = _schema_of(organizer)
    with tenant_context(schema_name):
        sign_ins = [
            DemoPlace(
                f"{organizer.name}, {person.role}",
                host=organizer.slug,
                path=SIGN_IN,
                **_member(person, known),
            )
            for person in organizer.people
        ]
        versions = {house.key: _house(house, organizer.timezone) for house in organizer.houses}
        if organizer.takes_cards and payments.account() is None:
            account_id = open_account(organizer)
            if account_id:
                payment_services.connect_account(account_id=account_id, actor=DEMO)
        lists = {draft.name: _price_list(draft) for draft in organizer.prices}
        for show in organizer.shows:
            make_show(
                show,
                plan_version_id=versions[show.house],
                price_list_id=lists[show.prices],
                timezone=organizer.timezone,
            )
    return [DemoPlace(organizer.name, host=organizer.slug), *sign_ins]


def _schema_of(organizer: Organizer) -> str:
    with public_context():
        found = Tenant.objects.filter(slug=organizer.slug).values_list("schema_name", flat=True)
        if found:
            return found[0]
        return tenant_services.provision_tenant(
            slug=organizer.slug,
            name=organizer.name,
            contact_email=f"tickets@{organizer.slug}.example",
            currency=organizer.currency,
            country=organizer.country,
            timezone=organizer.timezone,
            brand_colour=organizer.colour,
            actor=DEMO,
        ).schema_name


# --- people ---------------------------------------------------------------------------------------


def _operator(known: dict[str, str]) -> dict[str, str]:
    with public_context():
        password = _password(OPERATOR, known)
        if not User.objects.filter(email=OPERATOR.email).exists():
            identity.create_operator(
                email=OPERATOR.email, name=OPERATOR.name, password=password, actor=DEMO
            )
    return {"email": OPERATOR.email, "password": password}


def _member(person: Person, known: dict[str, str]) -> dict[str, str]:
    password = _password(person, known)
    if not Membership.objects.filter(user__email=person.email).exists():
        access.add_member(
            email=person.email,
            name=person.name,
            role=person.role,
            password=password,
            actor=DEMO,
        )
    return {"email": person.email, "password": password}


def _password(person: Person, known: dict[str, str]) -> str:
    """Return the password that was given out, or a new one; it is good for whoever is there."""
    password = known.get(person.email) or secrets.token_urlsafe(12)
    user = User.objects.filter(email=person.email).first()
    if user is not None and not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


# --- houses, prices, events -----------------------------------------------------------------------


def _house(house: House, timezone: str) -> int:
    """Return the database id of the house's published plan."""
    venue = Venue.objects.filter(name=house.name).first()
    if venue is None:
        venue = venues.create_venue(
            name=house.name, address=house.address, timezone=timezone, actor=DEMO
        )
    plan = Plan.objects.defer("draft").filter(venue=venue, name=house.plan_name).first()
    if plan is None:
        plan = venues.create_plan(
            venue_id=venue.pk, name=house.plan_name, document=house.draw(), actor=DEMO
        )
    version_id = plan.current_version_id
    if version_id is None:
        version_id = venues.publish_plan(plan_id=plan.pk, actor=DEMO).pk
    if house.views and not venue_queries.views_of(plan.pk).exists():
        for view in house.views:
            _show(view, plan.pk, version_id)
    return version_id


def _show(view: DemoView, plan_id: int, version_id: int) -> None:
    part = venue_queries.part_by_labels(
        version_id, section=view.section, row=view.row, seat=view.seat
    )
    if view.alt:
        drawn = draw(view)
        venues.add_view(
            plan_id=plan_id, part=part, content=drawn, size=len(drawn), alt=view.alt,
            note=view.note, actor=DEMO,
        )  # fmt: skip
    else:
        venues.set_view(plan_id=plan_id, part=part, note=view.note, actor=DEMO)


def _price_list(draft: PriceListDraft) -> int:
    found = PriceList.objects.filter(name=draft.name).first()
    return (found or pricing.create_price_list(draft=draft, actor=DEMO)).pk


def make_show(show: Show, *, plan_version_id: int, price_list_id: int, timezone: str) -> None:
    """Make an event with its performances and prices, published, sold out or cancelled."""
    now = clock.now()
    event = Event.objects.filter(slug=show.texts.slug).first()
    if event is None:
        event = events.create_event(texts=show.texts, actor=DEMO)
    there = list(event.performances.order_by("pk"))
    for date in show.dates[len(there) :]:
        times = times_of(date, timezone, now)
        there.append(
            events.create_performance(
                event_id=event.pk,
                plan_version_id=plan_version_id,
                timezone=timezone,
                limits=show.limits,
                actor=DEMO,
                starts_at=times.starts_at,
                ends_at=times.ends_at,
                doors_at=times.doors_at,
                sale_opens_at=times.sale_opens_at,
                sale_closes_at=times.sale_closes_at,
            )
        )
    for performance in there:
        if event.state == State.DRAFT:
            pricing.use_price_list(
                performance_id=performance.pk, price_list_id=price_list_id, actor=DEMO
            )
    if event.state == State.DRAFT:
        event = events.publish_event(event_id=event.pk, actor=DEMO)
    for date, performance in zip(show.dates, there, strict=False):
        if date.opens_soon:
            _open_soon(performance, now)
        if show.sell_out and event.state == State.PUBLISHED:
            sell_out(performance, tier="guest")
    if show.cancelled_because and event.state == State.PUBLISHED:
        events.cancel_event(event_id=event.pk, reason=show.cancelled_because, actor=DEMO)


def times_of(date: Date, timezone: str, now: datetime) -> rules.Times:
    """Return the moments of a date that is told in days from today."""
    today = rules.to_local(now, timezone).date()

    def on(day: int, time: str) -> datetime:
        wall = f"{today + timedelta(days=day)}T{time}"
        return rules.from_form(rules.WallTime(wall, fold=0), timezone)

    starts_at = on(date.day, date.start)
    opens_at = on(date.opens_day, "10:00")
    return rules.Times(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=date.minutes),
        doors_at=starts_at - timedelta(minutes=date.doors_minutes_before),
        sale_opens_at=now + timedelta(seconds=SOON_S) if date.opens_soon else opens_at,
        sale_closes_at=starts_at,
    )


def _open_soon(performance: Performance, now: datetime) -> None:
    """Have the sale open in two minutes, counted from now, if it still can."""
    opens_at = now + timedelta(seconds=SOON_S)
    if opens_at < performance.sale_closes_at:
        events.update_performance(
            performance_id=performance.pk,
            times=replace(performance.times, sale_opens_at=opens_at),
            limits=performance.limits,
            timezone=performance.timezone,
            actor=DEMO,
        )
