"""A hall of 100,000 seats, for the map and for those that it is measured beside."""

from __future__ import annotations

from typing import Any

SECTIONS, ROWS, SEATS = 100, 25, 40


def hall() -> dict[str, Any]:
    """Return a hall of ten by ten sections of 1,000 seats, in curved rows, of eight categories."""
    sections = []
    for index in range(SECTIONS):
        left, top = 200 + index % 10 * 2_300, 600 + index // 10 * 2_100
        rows = [
            {
                "key": f"r{row}",
                "label": str(row + 1),
                "start": [left, top + 75 * row],
                "spacing": 50,
                "angle": 4,
                "radius": -14_000,
                "seats": [{"label": str(seat + 1)} for seat in range(SEATS)],
            }
            for row in range(ROWS)
        ]
        sections.append(
            {
                "key": f"s{index}",
                "label": f"Block {index + 1}",
                "category": f"c{index // 10 % 8}",
                "rows": rows,
            }
        )
    return {
        "format": "eventflow-plan/1",
        "name": "A hundred thousand",
        "size": {"width": 24_000, "height": 22_000},
        "seat_size": 42,
        "categories": [
            {"key": f"c{index}", "name": f"Category {index}", "colour": "#336699"}
            for index in range(8)
        ],
        "stage": {
            "label": "Stage",
            "polygon": [[8_000, 50], [16_000, 50], [16_000, 450], [8_000, 450]],
        },
        "sections": sections,
    }


def sections_of(size: int) -> list[dict[str, Any]]:
    """Return so many seats of the hall as sections of rows of points."""
    each = ROWS * SEATS
    return [
        {
            "label": f"Block {index + 1}",
            "rows": [
                [
                    {
                        "x": index % 10 * 2_300 + 50 * seat,
                        "y": index // 10 * 2_100 + 75 * row,
                    }
                    for seat in range(SEATS)
                ]
                for row in range(ROWS)
            ],
        }
        for index in range(size // each)
    ]
