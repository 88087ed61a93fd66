"""Lists in pages: newest first, bounded, and steady while rows are added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import errors, signing
from tenant_apps.access.api.strict import StrictSerializer

M = TypeVar("M", bound=Model)

DEFAULT_SIZE = 50
MOST = 100
CURSOR_LENGTH = 400
# A list that is walked through takes minutes; a cursor is no bookmark.
CURSOR_LIVES = timedelta(days=1)
PURPOSE = "api-cursor"


class BadCursor(errors.Invalid):
    code = "bad_cursor"
    message = "This cursor is not from this list, or too old. Start again without one."


class PageRequest(StrictSerializer):
    """What every list understands."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=DEFAULT_SIZE, help_text="How many at most."
    )
    cursor = serializers.CharField(
        max_length=CURSOR_LENGTH, required=False, help_text="`next` of the page before."
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows, and how to get the ones after them."""

    rows: list[M]
    next: str | None


def page_of(rows: QuerySet[M], request: Request, query: dict[str, Any]) -> Page[M]:
    """Return the page that the checked query asks for, newest first. Refuses with BadCursor.

    A cursor is signed for this tenant and this path, as database ids stay inside.
    """
    limit, cursor = query["limit"], query.get("cursor")
    if cursor is not None:
        rows = rows.filter(pk__lt=_position(cursor, request.path))
    found = list(rows.order_by("-pk")[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    after = signing.sign(PURPOSE, {"p": request.path, "k": found[limit - 1].pk})
    return Page(found[:limit], after)


def page_response(page: Page[M], item: type[serializers.Serializer], **context: object) -> Response:
    """Return the answer of a list: `items` and `next`."""
    items = item(page.rows, many=True, context=context).data
    return Response({"items": items, "next": page.next})


def page_schema(item: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """Return the serializer that describes a page of such items."""
    name = f"{item.__name__.removesuffix('Response')}Page"

    class PageResponse(serializers.Serializer):
        items = item(many=True)
        next = serializers.CharField(
            allow_null=True, help_text="The cursor of the next page; null on the last one."
        )

    PageResponse.__name__ = name
    return extend_schema_serializer(component_name=name)(PageResponse)


def _position(cursor: str, path: str) -> int:
    try:
        payload = signing.unsign(PURPOSE, cursor, max_age=CURSOR_LIVES)
    except (signing.BadSignature, signing.Expired) as error:
        raise BadCursor(field="cursor") from error
    if payload.get("p") != path:
        raise BadCursor(field="cursor")
    return int(payload["k"])
