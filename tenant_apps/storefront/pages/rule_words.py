"""What a sale asks of one's choice, said before anybody chooses."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from tenant_apps.events.domain import SeatRules, SingleSeats


def rule_words(rules: SeatRules, *, most: int, has_seats: bool, has_companions: bool) -> list[str]:
    """Return a sentence for each rule, in the page's language; the limit first."""
    found = [
        ngettext(
            "At most %(n)s place for each order.", "At most %(n)s places for each order.", most
        )
        % {"n": most}
    ]
    if not has_seats:
        return found
    if rules.single_seats is SingleSeats.STRICT:
        found.append(gettext("No single free seat may be left between taken ones."))
    elif rules.single_seats is SingleSeats.LENIENT:
        found.append(gettext("No single free seat may be left, unless there is no other way."))
    if rules.companions_with_wheelchair and has_companions:
        found.append(gettext("A companion seat goes with the wheelchair space beside it."))
    if rules.tables_whole:
        found.append(gettext("Tables are sold as a whole."))
    if rules.least_together > 1:
        least = gettext("At least %(n)s seats side by side.")
        found.append(least % {"n": rules.least_together})
    return found
