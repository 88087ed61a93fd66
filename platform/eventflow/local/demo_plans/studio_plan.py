"""A black box: 72 seats on six steps, unnumbered to the eye and numbered on the ticket."""

from __future__ import annotations

from eventflow.local.demo_plans.strokes import Json, category, entrance, straight_row

WIDTH, HEIGHT = 1_200.0, 1_100.0
ROWS, SEATS = "ABCDEF", 12


def studio() -> Json:
    """Return a studio stage with 72 seats."""
    return {
        "format": "eventflow-plan/1",
        "name": "Aurora Studio",
        "size": {"width": WIDTH, "height": HEIGHT},
        "seat_size": 42,
        "focal_point": [WIDTH / 2, 200],
        "categories": [category("studio", "Studio", "#2e8b6f")],
        "entrances": [entrance("door", "Studio door", (WIDTH / 2, HEIGHT - 60))],
        "stage": {"label": "Stage", "polygon": [[250, 80], [950, 80], [950, 330], [250, 330]]},
        "sections": [
            {
                "key": "studio",
                "label": "Studio",
                "category": "studio",
                "entrance": "door",
                "rows": [
                    straight_row(
                        letter,
                        [_seat(place, seat) for seat in range(SEATS)],
                        start=(325, 450 + 90 * place),
                    )
                    for place, letter in enumerate(ROWS)
                ],
            }
        ],
    }


def _seat(row: int, seat: int) -> Json:
    wheelchair = row == 0 and seat in {0, 1}
    return {"label": str(seat + 1), **({"attributes": ["wheelchair"]} if wheelchair else {})}
