"""What the demo data says: three organizers, their houses, their events and prices.

Only words and figures; `demo.py` makes them. Days are counted from the day on which the demo is
made, times are those of the house's own clock. Amounts are in minor units.
"""

from __future__ import annotations

from eventflow.local.demo_content.aurora import AURORA
from eventflow.local.demo_content.pulse import PULSE
from eventflow.local.demo_content.summit import SUMMIT

# The sale that opens soon opens so many seconds after the demo is made.
SOON_S = 120

ORGANIZERS = (AURORA, SUMMIT, PULSE)

# Who has the seats of what is sold out.
GUESTS = (
    "Anna Bergström", "Bilal Qureshi", "Chiara Conti", "David Osei", "Elif Kaya", "Finn O'Connor",
    "Greta Schulz", "Hana Novotná", "Ivo Petrov", "Jasmin Keller", "Kofi Mensah", "Lucía Fernández",
    "Mateusz Nowak", "Nadia Rahman", "Oskar Lund", "Priya Nair", "Quentin Moreau", "Rosa Almeida",
    "Simone Weber", "Tadashi Mori",
)  # fmt: skip
