"""What a tenant has, so that a test can try to use it elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.test import Client
from redis import Redis

from kernel import signing
from kernel.db import tenant_context
from public_apps.identity import services as identity
from public_apps.identity.models import User
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import queries as links
from tenant_apps.events import services as events
from tenant_apps.events.domain import Texts
from tenant_apps.notifications import queries as alerts
from tenant_apps.notifications import services as notifications
from tenant_apps.notifications.models import PlaceAlert
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.domain.reviews import Pointing
from tenant_apps.queueing.domain.rules import Rule
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets import services as ticket_services
from tenant_apps.tickets.domain import TicketLine
from tenant_apps.venues import services as venues
from tenant_apps.venues.domain import Part
from tests.support.api import ApiClient, api_client
from tests.support.orders import place_order
from tests.support.people import PASSWORD, signed_in_member
from tests.support.pictures import photo
from tests.support.sale import put_on_sale

# Rows that looking on changes: when somebody came, and what was refused.
RESTLESS = {"django_session", "oauth2_provider_accesstoken", "access_answer", "tickets_scan"}

SECRETS = (
    "Title", "Buyer", "Seat", "Holder", "Owner", "Reason", "View", "Note",
)  # fmt: skip


@dataclass(slots=True)
class Belongings:
    """One tenant's things. `secrets` are texts that nobody sends and only its own pages show."""

    tenant: TenantRecord
    browser: Client
    api: ApiClient
    ids: dict[str, str]
    forms: dict[str, str]
    secrets: list[str]


def fill(tenant: TenantRecord, word: str) -> Belongings:
    """Put a member, a client, an event on sale and a paid order with tickets into the tenant."""
    browser = signed_in_member(tenant, email=f"owner@{word}.example")
    api = api_client(tenant)
    with tenant_context(tenant.schema_name):
        performance = put_on_sale()
        event = events.update_event(
            event_id=performance.event_id,
            texts=Texts(
                slug=f"{word}-only", title=f"Title of {word}", summary="", description="",
                language="en",
            ),
            actor=SYSTEM,
        )  # fmt: skip
        order = place_order(
            performance, (0,), name=f"Buyer of {word}", email=f"buyer@{word}.example"
        )
        [ticket] = ticket_services.issue_tickets(
            order_ref=order.public_id,
            lines=[
                TicketLine(
                    line_ref=order.lines.get().public_id, performance_id=performance.pk,
                    ordinal=0, place_name=f"Seat of {word}", holder_name=f"Holder of {word}",
                )
            ],
        )  # fmt: skip
        queueing.open_review(order_ref=order.public_id, why=Pointing((Rule.HOARDING,)))
        listing = queueing.list_buyer(
            Entry(Verdict.BLOCKED, What.MAIL, f"scalper@{word}.example", f"Reason of {word}"),
            actor=SYSTEM,
        )
        notifications.alert_me(performance=performance, email=order.email, places=2, locale="en")
        view = venues.add_view(
            plan_id=performance.plan_version.plan_id, part=Part("stalls"), content=photo(word),
            alt=f"View of {word}", note=f"Note of {word}", actor=SYSTEM,
        )  # fmt: skip
        user = User.objects.get(email=f"owner@{word}.example")
        User.objects.filter(pk=user.pk).update(name=f"Owner of {word}")
        user.refresh_from_db()
        reset = identity.reset_link(user, origin="").strip("/").split("/")
        cursor = signing.sign("api-cursor", {"p": "/api/v1/events", "k": 10**6})
        known = {
            "event_id": event.public_id,
            "performance_id": performance.public_id,
            "version_id": performance.plan_version.public_id,
            "order_id": order.public_id,
            "ticket_id": ticket.public_id,
            "listing_id": listing.public_id,
            "hold_id": "hld_000000000000000000000000",
            "slug": event.slug,
            "uidb36": reset[-2],
            "key": reset[-1],
            "link": links.order_link(order).strip("/").split("/")[-1],
            "alert_link": alerts.alert_link(PlaceAlert.objects.get()).strip("/").split("/")[-1],
            "cursor": cursor,
            "plan_id": performance.plan_version.plan.public_id,
            "view_id": view.public_id,
            "picture_id": view.picture.public_id if view.picture else "",
            "width": "480",
            "user_id": user.public_id,
            "refund_id": "ref_000000000000000000000000",
            "code": tickets.token_of(ticket),
        }
    return Belongings(
        tenant=tenant,
        browser=browser,
        api=api,
        ids=known,
        forms={
            "email": user.email,
            "password": PASSWORD,
            "buyer_email": order.email,
        },
        secrets=[f"{what} of {word}" for what in SECRETS],
    )


def print_of(tenant: TenantRecord) -> dict[str, str]:
    """Return a fingerprint of each table of the tenant, and of what Valkey knows of its sales."""
    with tenant_context(tenant.schema_name), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1",
            [tenant.schema_name],
        )
        tables = [name for (name,) in cursor.fetchall() if name not in RESTLESS]
        whole = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
        found = {}
        for table in tables:
            cursor.execute(f'SELECT {whole} FROM "{table}" t')
            found[table] = cursor.fetchone()[0]
    client = Redis.from_url(settings.HOLDS_URL)
    for key in sorted(client.scan_iter(f"*{{{tenant.schema_name}:*")):
        found[key.decode()] = hashlib.md5(client.dump(key), usedforsecurity=False).hexdigest()
    client.close()
    return found
