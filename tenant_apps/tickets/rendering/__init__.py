"""What a ticket looks like: its QR for pages, and its PDF for printers and phones."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import translation

from public_apps.tenants.domain import TenantRecord
from tenant_apps.tickets.models import Ticket
from tenant_apps.tickets.rendering.codes import qr_png, qr_svg
from tenant_apps.tickets.rendering.faces import TicketFace, faces_of

__all__ = ["TicketFace", "faces_of", "qr_png", "qr_svg", "render_pdf"]


def render_pdf(
    tickets: Sequence[Ticket],
    *,
    tenant: TenantRecord,
    order_number: str = "",
    locale: str = "en",
    terms: str = "",
) -> bytes:
    """Return an A4 page for each ticket, in the buyer's language; void tickets say so.

    `order_number` is what people call the order; without it the order's id is printed.
    Every script prints (see `fonts`). The same tickets under the same key give the same bytes.
    """
    # What draws is a fifth of a second to import, and web shows pages before anybody prints.
    from tenant_apps.tickets.rendering.page import draw_pdf

    with translation.override(locale):
        faces = faces_of(tickets, locale=locale, order_number=order_number)
        return draw_pdf(faces, tenant=tenant, locale=locale, terms=terms)
