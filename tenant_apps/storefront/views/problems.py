"""A refusal that the buyer can do something about, said on the page it happened on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError
from tenant_apps.events.models import Performance
from tenant_apps.venues import queries as venues

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Problem:
    title: Text
    text: Text = ""
    items: Sequence[str] = ()
    # Whom to write to.
    mail: str = ""
    status: int = 409


WORDS: dict[str, Problem] = {
    "seats_taken": Problem(
        _("Somebody was faster"),
        _("These places were just taken. Nothing was changed; choose others."),
    ),
    "few_places_left": Problem(
        _("There are not so many places left"), _("Take fewer, or look at another area.")
    ),
    "too_many_places": Problem(
        _("That is more than one buyer may have"), _("Give some places back first.")
    ),
    "single_seat_left": Problem(
        _("A single seat would be left"),
        _("Take these seats too, or move along so that nobody sits alone:"),
    ),
    "companion_alone": Problem(
        _("A companion seat needs its wheelchair space"),
        _("Choose the wheelchair space beside these seats too, or give them up:"),
    ),
    "table_sold_whole": Problem(
        _("This table is sold as a whole"),
        _("Choose its other seats too, or none of it. These are missing:"),
    ),
    "too_few_together": Problem(
        _("More seats must be side by side"),
        _("Choose a seat beside each of these, or leave them out:"),
    ),
    "none_together": Problem(
        _("There are not so many seats near each other"),
        _("Try fewer seats, another price or another section."),
    ),
    "no_more_time": Problem(
        _("There is no more time to add"),
        _("Your places are kept until the clock ends. What you typed is kept longer."),
    ),
    "hold_lapsed": Problem(
        _("Your time ran out"), _("Your places went back on sale. Choose again.")
    ),
    "no_such_hold": Problem(
        _("Your time ran out"), _("Your places went back on sale. Choose again.")
    ),
    "cart_changed": Problem(
        _("Your cart has changed"), _("Perhaps in another tab. Look at it once more.")
    ),
    "cart_empty": Problem(_("Nothing is chosen yet"), _("Choose at least one place first.")),
    "order_not_possible": Problem(
        _("This order cannot be placed online"),
        _("Nothing was charged. Please write to the organizer, who will look into it."),
        status=403,
    ),
    "cannot_sell": Problem(
        _("Payments are not possible yet"),
        _("The organizer has to finish setting them up first."),
    ),
    "stripe_unreachable": Problem(
        _("The payment page does not answer"),
        _("Your order waits and nothing was charged. Try again in a moment."),
        status=503,
    ),
    "availability_loading": Problem(
        _("One moment"), _("The seats are being laid out. Try again."), status=503
    ),
    "waiting_room_unavailable": Problem(
        _("The waiting room does not answer right now"),
        _("Nothing is lost. Try again in a moment."),
        status=503,
    ),
    "holds_unavailable": Problem(
        _("Reservations do not work right now"),
        _("Nothing is lost. Try again in a moment."),
        status=503,
    ),
}


# What is said of seats that were found and are not side by side.
APART: dict[str, Problem] = {
    "row": Problem(
        _("Your seats are in one row, but not side by side"),
        _("There were not so many together. Keep them, or choose others."),
        status=200,
    ),
    "near": Problem(
        _("Your seats are in rows near each other"),
        _("There were not so many in one row. Keep them, or choose others."),
        status=200,
    ),
}


def said(refusal: DomainError, performance: Performance | None = None) -> Problem:
    """Return the refusal in words for the buyer; places that it names, by their names."""
    problem = WORDS.get(refusal.code, Problem(gettext(str(refusal.message))))
    contact = refusal.details.get("contact")
    if isinstance(contact, str):
        return replace(problem, mail=contact)
    places = refusal.details.get("places")
    if performance is not None and isinstance(places, list) and places:
        named = venues.places(performance.plan_version_id, places[:20])
        return replace(problem, items=[venues.place_name(place) for place in named.values()])
    return problem
