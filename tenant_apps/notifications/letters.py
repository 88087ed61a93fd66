"""What each message says: a subject, text, HTML and what is attached, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from kernel.colours import light_palette
from kernel.formatting import moment_text, money_text
from kernel.money import Money
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.checkout import queries as checkout
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.notifications.domain import Kind, NotReady
from tenant_apps.notifications.models import Message
from tenant_apps.orders import queries as orders
from tenant_apps.orders.models import Order, OrderLine
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets.rendering import render_pdf
from tenant_apps.venues import queries as venue_queries


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says, before it is a mail."""

    subject: str
    template: str
    context: dict[str, Any]
    attachments: tuple[Attachment, ...] = ()


def write(message: Message) -> EmailMultiAlternatives:
    """Return the mail that the message stands for. Refuses with NotReady or NoSuchOrder."""
    tenant = tenants.current_tenant()
    with translation.override(message.locale):
        letter = WRITERS.get(message.kind, _as_queued)(message, tenant)
        subject = " ".join(letter.subject.split())
        context = {**_frame(tenant), **letter.context, "subject": subject}
        text = render_to_string(f"notifications/{letter.template}.txt", context)
        html = render_to_string(f"notifications/{letter.template}.html", context)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        from_email=_sender(tenant),
        to=[message.to],
        reply_to=[tenant.contact_email] if tenant.contact_email else None,
        headers={
            "Message-ID": message_id_of(message),
            # RFC 3834: no out-of-office note comes back.
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    for attachment in letter.attachments:
        mail.attach(attachment.name, attachment.content, attachment.content_type)
    return mail


def message_id_of(message: Message) -> str:
    """Return the Message-ID: the same whenever the message is sent."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or settings.BASE_DOMAIN
    return f"<{message.public_id}@{domain}>"


def _sender(tenant: TenantRecord) -> str:
    name = " ".join(tenant.name.split())
    return formataddr((name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _frame(tenant: TenantRecord) -> dict[str, Any]:
    palette = light_palette(tenant.brand_colour)
    return {
        "tenant": tenant,
        "home_url": tenants.url_of(tenant, "/"),
        "colour": palette.fill,
        "on_colour": palette.on_fill,
        "link_colour": palette.ink,
    }


def _as_queued(message: Message, tenant: TenantRecord) -> Letter:
    """Say what was queued, as it was queued."""
    context = dict(message.context)
    return Letter(
        subject=message.subject,
        template=str(context.pop("template", message.kind)),
        context=context,
    )


def _order_paid(message: Message, tenant: TenantRecord) -> Letter:
    order = orders.get_order(message.order_ref)
    issued = tickets.tickets_of_order(order.public_id)
    if not issued:
        raise NotReady(order=order.public_id)
    valid = [ticket for ticket in issued if ticket.is_valid]
    attachments: tuple[Attachment, ...] = ()
    if valid:
        pdf = render_pdf(valid, tenant=tenant, order_number=order.number, locale=message.locale)
        attachments = (Attachment(f"tickets-{order.number}.pdf", pdf, "application/pdf"),)
    titles = list(dict.fromkeys(line.performance.event.title for line in order.lines.all()))
    subject = (
        _("Your tickets: %(title)s") % {"title": titles[0]}
        if len(titles) == 1
        else _("Your tickets: order %(number)s") % {"number": order.number}
    )
    return Letter(
        subject=subject,
        template=Kind.ORDER_PAID,
        context={**_order(order, tenant, message.locale), "has_tickets": bool(valid)},
        attachments=attachments,
    )


def _order_refunded(message: Message, tenant: TenantRecord) -> Letter:
    order = orders.get_order(message.order_ref)
    return Letter(
        subject=_("Refund of order %(number)s") % {"number": order.number},
        template=Kind.ORDER_REFUNDED,
        context={
            **_order(order, tenant, message.locale),
            # Only of an order that was paid as agreed is it sure how much came and went.
            "knows_amount": order.paid_at is not None and order.total_minor > 0,
            "was_free": order.total_minor == 0,
        },
    )


def _order_late_refunded(message: Message, tenant: TenantRecord) -> Letter:
    order = orders.get_order(message.order_ref)
    return Letter(
        subject=_("Your payment for order %(number)s came too late") % {"number": order.number},
        template=Kind.ORDER_LATE_REFUNDED,
        context=_order(order, tenant, message.locale),
    )


def _order_links(message: Message, tenant: TenantRecord) -> Letter:
    letter = _as_queued(message, tenant)
    return Letter(
        _("Your orders at %(name)s") % {"name": tenant.name}, letter.template, letter.context
    )


def _alert_noted(message: Message, tenant: TenantRecord) -> Letter:
    about = _performance(message, tenant)
    return Letter(
        _("We will tell you about places: %(title)s") % {"title": about["title"]},
        Kind.ALERT_NOTED,
        {**about, "stop_url": tenants.url_of(tenant, message.context["stop"])},
    )


def _places_back(message: Message, tenant: TenantRecord) -> Letter:
    about = _performance(message, tenant)
    return Letter(_("Places again: %(title)s") % {"title": about["title"]}, Kind.PLACES_BACK, about)


def _performance(message: Message, tenant: TenantRecord) -> dict[str, Any]:
    """Return what the mails say of a performance. Refuses with NoSuchPerformance."""
    performance = events.get_performance(message.context["performance"], None)
    return {
        "title": performance.event.title,
        "when": moment_text(performance.starts_at, performance.timezone, message.locale),
        "venue": performance.plan_version.plan.venue.name,
        "places": message.context["places"],
        "url": tenants.url_of(tenant, f"/performances/{performance.public_id}/"),
        "alert_url": tenants.url_of(tenant, f"/performances/{performance.public_id}/alert/"),
    }


WRITERS: dict[str, Callable[[Message, TenantRecord], Letter]] = {
    Kind.ORDER_PAID: _order_paid,
    Kind.ORDER_REFUNDED: _order_refunded,
    Kind.ORDER_LATE_REFUNDED: _order_late_refunded,
    Kind.ORDER_LINKS: _order_links,
    Kind.ALERT_NOTED: _alert_noted,
    Kind.PLACES_BACK: _places_back,
}


def _order(order: Order, tenant: TenantRecord, locale: str) -> dict[str, Any]:
    """Return what the templates print of an order: words only, nothing to compute."""

    def money(amount_minor: int) -> str:
        return money_text(Money(amount_minor, order.currency), locale)

    lines = list(order.lines.all())
    taxes_on_top = order.subtotal_minor + order.fees_minor < order.total_minor
    paid_at = order.paid_at or order.created_at
    return {
        "number": order.number,
        "name": order.name,
        "order_url": checkout.order_address(order),
        "paid_at": moment_text(paid_at, tenant.timezone, locale),
        "performances": _performances(lines, order, locale),
        "fees": money(order.fees_minor) if order.fees_minor else "",
        "taxes": money(order.taxes_minor) if order.taxes_minor else "",
        "taxes_on_top": taxes_on_top,
        "total": money(order.total_minor) if order.total_minor else _("Free"),
    }


def _performances(lines: Sequence[OrderLine], order: Order, locale: str) -> list[dict[str, Any]]:
    venues = dict(
        Performance.objects.filter(pk__in={line.performance_id for line in lines}).values_list(
            "pk", "plan_version__plan__venue__name"
        )
    )
    shown = []
    for performance, group in groupby(lines, key=lambda line: line.performance):
        shown.append(
            {
                "title": performance.event.title,
                "when": moment_text(performance.starts_at, performance.timezone, locale),
                "venue": venues[performance.pk],
                "places": [
                    {
                        "place": venue_queries.kept_name(line),
                        "tier": line.tier_name,
                        "price": money_text(Money(line.face_minor, order.currency), locale)
                        if line.face_minor
                        else _("Free"),
                    }
                    for line in group
                ],
            }
        )
    return shown
