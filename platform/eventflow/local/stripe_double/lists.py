"""Stripe's lists: newest first, by cursor. https://docs.stripe.com/api/pagination"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .refusals import invalid, resource_missing
from .store import Row
from .world import Call

MAX_LIMIT = 100


def page(oldest_first: Sequence[Row], call: Call, url: str, *, reverse: bool = True) -> Row:
    """Return the page of the rows that the call asks for."""
    params = call.params
    limit = params.get("limit", 10)
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(f"Invalid limit: must be between 1 and {MAX_LIMIT}.", param="limit")
    rows = [row for row in oldest_first if _made_when(params.get("created"), row)]
    rows = rows[::-1] if reverse else rows
    if "starting_after" in params:
        rows = rows[_position(rows, params["starting_after"], "starting_after") + 1 :]
    if "ending_before" in params:
        rows = rows[: _position(rows, params["ending_before"], "ending_before")]
        return listed(rows[-limit:], url, has_more=len(rows) > limit)
    return listed(rows[:limit], url, has_more=len(rows) > limit)


def listed(rows: Sequence[Row], url: str, *, has_more: bool = False) -> Row:
    return {"object": "list", "data": list(rows), "has_more": has_more, "url": url}


def _position(rows: Sequence[Row], row_id: str, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == row_id:
            return place
    raise resource_missing("object", row_id, param=param, status=400)


def _made_when(wanted: Any, row: Row) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(row["created"] == wanted)
    bounds = {name: int(value) for name, value in wanted.items()}
    created = row["created"]
    return bool(
        bounds.get("gte", created) <= created <= bounds.get("lte", created)
        and bounds.get("gt", created - 1) < created < bounds.get("lt", created + 1)
    )
