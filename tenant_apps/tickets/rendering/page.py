"""The ticket's page: A4, large enough to be read from a phone held at arm's length.

Measures are points from the lower left corner; where people read from the right, the page is
mirrored. A page holds one ticket: the organizer's colour with title, date and venue; place and code
side by side; what the small print says.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from kernel.colours import light_palette
from public_apps.tenants.domain import TenantRecord
from tenant_apps.tickets.rendering import fonts
from tenant_apps.tickets.rendering.codes import QUIET_ZONE, qr_code
from tenant_apps.tickets.rendering.faces import TicketFace
from tenant_apps.tickets.rendering.fonts import Weight

WIDTH, HEIGHT = A4
MARGIN = 16 * mm
INNER = WIDTH - 2 * MARGIN
BAND = 96 * mm
CODE = 84 * mm
COLUMN = INNER - CODE - 10 * mm
CORNER = 4 * mm

INK = HexColor("#16181d")
QUIET = HexColor("#5b616e")
LINE = HexColor("#d5d8de")
ALERT = HexColor("#b3261e")


@dataclass(frozen=True, slots=True)
class Look:
    """The organizer's colour and what can be read on it."""

    band: Color
    on_band: Color


def draw_pdf(
    faces: Sequence[TicketFace], *, tenant: TenantRecord, locale: str, terms: str = ""
) -> bytes:
    """Draw a page for each face, in the active language. The same faces give the same bytes."""
    out = io.BytesIO()
    # invariant: no dates and no random ids, so that a page can be compared and cached.
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1, lang=locale)
    canvas.setTitle(_("Tickets: %(title)s") % {"title": faces[0].title if faces else tenant.name})
    canvas.setAuthor(tenant.name)
    canvas.setCreator("EventFlow")
    look = look_of(tenant.brand_colour)
    for number, face in enumerate(faces, start=1):
        _draw_band(canvas, face, tenant, look)
        _draw_place(canvas, face)
        _draw_code(canvas, face)
        _draw_small_print(canvas, face, tenant, terms, f"{number} / {len(faces)}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def look_of(brand: str) -> Look:
    """Return the organizer's colour and what can be read on it."""
    palette = light_palette(brand)
    band, on_band = HexColor(palette.fill), HexColor(palette.on_fill)
    return Look(band=band, on_band=on_band)


def _draw_band(canvas: Canvas, face: TicketFace, tenant: TenantRecord, look: Look) -> None:
    canvas.setFillColor(look.band)
    canvas.rect(0, HEIGHT - BAND, WIDTH, BAND, stroke=0, fill=1)
    canvas.setFillColor(look.on_band)
    y = HEIGHT - MARGIN - 10
    _text(canvas, MARGIN, y, tenant.name, weight=Weight.BOLD, size=12, within=INNER)

    size, lines = _title_lines(face.title)
    y -= 20
    for line in lines:
        y -= size * 1.15
        _text(canvas, MARGIN, y, line, weight=Weight.BOLD, size=size, within=INNER)

    base = HEIGHT - BAND + MARGIN
    _text(
        canvas,
        MARGIN,
        base + 44,
        f"{face.day} · {face.time}",
        weight=Weight.BOLD,
        size=17,
        within=INNER,
    )
    doors = _("Doors open %(time)s") % {"time": face.doors_time} if face.doors_time else ""
    where = ", ".join(part for part in (face.venue_name, face.venue_address) if part)
    lines = [line for line in (doors, where) if line]
    for place, line in enumerate(reversed(lines)):
        _text(canvas, MARGIN, base + 18 * place, line, weight=Weight.REGULAR, size=12, within=INNER)


def _title_lines(title: str) -> tuple[float, list[str]]:
    """Return the title's size and lines: a long one is set smaller and ends in an ellipsis."""
    for size, most in ((34.0, 2), (22.0, 3)):
        lines = fonts.wrap(title, Weight.BOLD, size, within=INNER, most=most)
        if not lines or not lines[-1].endswith(fonts.ELLIPSIS):
            break
    return size, lines


def _draw_place(canvas: Canvas, face: TicketFace) -> None:
    """Draw where to sit, in the left column, as large as it fits."""
    y = HEIGHT - BAND - 18 * mm
    if face.section:
        y = _labelled(
            canvas, MARGIN, y, label=_("Section"), value=face.section, within=COLUMN, largest=36
        )
    if face.row or face.seat:
        half = COLUMN / 2
        below = y
        for x, label, value in (
            (MARGIN, _("Row"), face.row),
            (MARGIN + half, _("Seat"), face.seat),
        ):
            if value:
                below = min(
                    below,
                    _labelled(canvas, x, y, label=label, value=value, within=half - 12, largest=36),
                )
        y = below
    elif face.place_name != face.section:
        y = _labelled(
            canvas, MARGIN, y, label=_("Place"), value=face.place_name, within=COLUMN, largest=30
        )
    for label, value in ((_("Ticket"), face.tier_name), (_("Name"), face.holder_name)):
        if value:
            y = _labelled(canvas, MARGIN, y, label=label, value=value, within=COLUMN, largest=18)


def _labelled(
    canvas: Canvas, x: float, y: float, *, label: str, value: str, within: float, largest: float
) -> float:
    """Draw a small label over a large value and return where the next one begins."""
    canvas.setFillColor(QUIET)
    _text(canvas, x, y, label, weight=Weight.REGULAR, size=10, within=within)
    canvas.setFillColor(INK)
    line = fonts.clean(value)
    size = fonts.size_to_fit(
        line, Weight.BOLD, within=within, largest=largest, smallest=largest * 0.55
    )
    lines = fonts.wrap(line, Weight.BOLD, size, within=within, most=2)
    for part in lines:
        y -= size * 1.15
        _text(canvas, x, y, part, weight=Weight.BOLD, size=size, within=within)
    return y - 30


def _draw_code(canvas: Canvas, face: TicketFace) -> None:
    """Draw the code as rectangles: sharp at every zoom, and no picture to blur."""
    x = MARGIN if get_language_bidi() else WIDTH - MARGIN - CODE
    y = HEIGHT - BAND - 12 * mm - CODE
    canvas.setFillColor(white)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.8)
    canvas.roundRect(x, y, CODE, CODE, CORNER, stroke=1, fill=1)
    canvas.setFillColor(QUIET)
    canvas.setFont("Courier", 9)
    canvas.drawCentredString(x + CODE / 2, y - 14, face.ticket_id)
    if face.is_void:
        _draw_void(canvas, x + CODE / 2, y + CODE / 2)
        return
    matrix = qr_code(face.token).matrix
    module = CODE / (len(matrix) + 2 * QUIET_ZONE)
    canvas.saveState()
    canvas.setFillColorRGB(0, 0, 0)
    # In whole modules from the top left: short numbers, which are quick to write.
    canvas.translate(x, y + CODE)
    canvas.scale(module, -module)
    path = canvas.beginPath()
    for line, modules in enumerate(matrix):
        for start, length in _dark_runs(modules):
            path.rect(start + QUIET_ZONE, line + QUIET_ZONE, length, 1)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _dark_runs(modules: bytearray) -> list[tuple[int, int]]:
    """Return (start, length) of what is dark: neighbours in one rectangle leave no hairline."""
    found, start = [], None
    for place, dark in enumerate([*modules, 0]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            found.append((start, place - start))
            start = None
    return found


def _draw_small_print(
    canvas: Canvas, face: TicketFace, tenant: TenantRecord, terms: str, page: str
) -> None:
    y = 62 * mm
    canvas.setStrokeColor(LINE)
    canvas.setDash(3, 3)
    canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    canvas.setDash()
    y -= 20
    canvas.setFillColor(INK)
    order = _("Order %(order)s") % {"order": face.order_number}
    _text(canvas, MARGIN, y, order, weight=Weight.BOLD, size=11, within=INNER)
    canvas.setFillColor(QUIET)
    lines = [
        _("Show this code at the entrance, on paper or on a phone with its screen turned bright."),
        _("It admits one person, once: whoever shows it first. Do not publish a picture of it."),
    ]
    if tenant.contact_email:
        lines.append(
            _("Questions? %(name)s, %(email)s")
            % {"name": tenant.name, "email": tenant.contact_email}
        )
    y -= 4
    for text in [*lines, terms]:
        for line in fonts.wrap(text, Weight.REGULAR, 9.5, within=INNER, most=3):
            y -= 14
            _text(canvas, MARGIN, y, line, weight=Weight.REGULAR, size=9.5, within=INNER)
    _text(canvas, MARGIN, MARGIN - 14, page, weight=Weight.REGULAR, size=9, within=INNER)


def _draw_void(canvas: Canvas, x: float, y: float) -> None:
    """Say, where the code would be, that there is none."""
    canvas.setFillColor(ALERT)
    word = _("VOID")
    size = fonts.size_to_fit(word, Weight.BOLD, within=CODE * 0.7, largest=72, smallest=18)
    left = x - fonts.width(word, Weight.BOLD, size) / 2
    _draw_runs(canvas, left, y - size / 3, word, weight=Weight.BOLD, size=size)


def _text(
    canvas: Canvas, x: float, y: float, text: str, *, weight: Weight, size: float, within: float
) -> None:
    """Draw one line from where it begins to be read; `x` is how far in that is."""
    line = fonts.shorten(fonts.clean(text), weight, size, within=within)
    left = WIDTH - x - fonts.width(line, weight, size) if get_language_bidi() else x
    _draw_runs(canvas, left, y, line, weight=weight, size=size)


def _draw_runs(
    canvas: Canvas, x: float, y: float, line: str, *, weight: Weight, size: float
) -> None:
    """Draw one line at its left end, in as many fonts as its letters need."""
    for run in fonts.runs(line, weight, from_right=get_language_bidi()):
        canvas.setFont(run.font, size)
        canvas.drawString(x, y, run.text)
        x += canvas.stringWidth(run.text, run.font, size)
