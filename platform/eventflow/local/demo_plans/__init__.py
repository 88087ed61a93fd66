"""Houses for the demo data, drawn by rule: a theatre and its studio, a stadium, a club.

Each function returns an `eventflow-plan/1` document. One plan unit is a centimetre, x grows to the
right, y downwards; rows are written from left to right as one faces the stage or the pitch.
"""

from __future__ import annotations

from eventflow.local.demo_plans.club_plan import club
from eventflow.local.demo_plans.stadium_plan import stadium
from eventflow.local.demo_plans.studio_plan import studio
from eventflow.local.demo_plans.theatre_plan import theatre

__all__ = ["club", "stadium", "studio", "theatre"]
