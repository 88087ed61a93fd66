"""What the seat page's script says: every word of it, so that it is translated like the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenant_apps.storefront.pages.seating import ATTRIBUTE_WORDS, STATE_WORDS

SEAT_WORDS: dict[str, object] = {
    "looks": {
        **{state.value: word for state, word in STATE_WORDS.items()},
        # Of a seat that the buyer's filter leaves out.
        "out": _("not among what you look for"),
    },
    "attributes": {name: word for name, (word, _sign) in ATTRIBUTE_WORDS.items()},
    # Each rule's words are under its code.
    "rules": {
        "single_seat_left": _("A single seat would be left: %s. Choose it too, or move along."),
        "companion_alone": _("A companion seat goes with the wheelchair space beside it: %s."),
        "table_sold_whole": _("This table is sold as a whole. Choose also: %s."),
        "too_few_together": _("Choose more seats side by side with: %s."),
    },
    "free": _("%s free"),
    "sold_out": _("Sold out"),
    "from_price": _("from %s"),
    "no_price": _("Free"),
    "row": _("Row %s"),
    "table": _("Table %s"),
    "seat": _("seat %s"),
    # Translators: what stands between the parts of a seat's name.
    "comma": _(", "),
    "map": _("Map of the places"),
    "map_help": _(
        "Arrow keys move between seats, Enter chooses."
        " Type a row and a seat, such as C14 or 12-14, to jump."
        " Page keys change the section, plus and minus zoom, Escape shows the whole map."
        " The list below has the same places."
    ),
    "zoom_in": _("Zoom in"),
    "zoom_out": _("Zoom out"),
    "whole": _("Show the whole map"),
    "mine": _("Show my places"),
    "floors": _("Floor"),
    "all_floors": _("All floors"),
    # Translators: %s is a seat's name.
    "view": _("The view from %s"),
    "lost": _("Sorry: %s was just taken by someone else."),
    "gone": _("No longer in your cart: %s."),
    "chosen": _("%s is yours for now."),
    "chosen_many": _("Yours for now: %s."),
    "dropped": _("%s given back."),
    "fewer": _("Only %s side by side here. They are yours for now."),
    "most": _("You can choose at most %s places."),
    "none_together": _(
        "There are not so many free seats near each other. Try fewer, or other prices."
    ),
    # By how the seats lie that were found.
    "best": {
        "neat": _("The best seats together are yours for now: %s."),
        "together": _("The best seats together are yours for now: %s."),
        "row": _("In one row, though not side by side: %s."),
        "near": _("Near each other, though not side by side: %s."),
    },
    "proof": _("Checking that you are a person with a browser…"),
    "failed": _("That did not work. Check your connection and try again."),
    "places_none": _("No places chosen yet"),
    "place_one": _("1 place"),
    "places_many": _("%s places"),
}
