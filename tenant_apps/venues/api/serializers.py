from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenant_apps.access.api import StrictSerializer, Text
from tenant_apps.venues.domain import pictures
from tenant_apps.venues.services import MOST_TEXT

KEY_MAX = 40
SMALL, LARGE, _WHOLE = pictures.WIDTHS


class PlanVersionResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    places = serializers.IntegerField(source="place_count")


class PlanResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    venue = serializers.CharField(source="venue.name")
    published = PlanVersionResponse(
        source="current_version", allow_null=True, help_text="What performances get now."
    )


class NoteRequest(StrictSerializer):
    """A part of the plan by its keys, and what is to be known of it."""

    section = Text(max_length=KEY_MAX, help_text="The section's key.")
    row = Text(
        max_length=KEY_MAX,
        required=False,
        default="",
        allow_blank=True,
        help_text="The key of a row or a table; none means the whole section.",
    )
    seat = Text(
        max_length=KEY_MAX,
        required=False,
        default="",
        allow_blank=True,
        help_text="The seat's key; none means the whole row.",
    )
    note = Text(
        max_length=MOST_TEXT,
        required=False,
        default="",
        allow_blank=True,
        help_text="What buyers should know: a pillar to the left.",
    )


class ViewRequest(NoteRequest):
    """The same with a picture."""

    picture = serializers.FileField(
        required=False,
        # What an empty file is, is said like of every other that is no picture.
        allow_empty_file=True,
        help_text="JPEG, PNG, WebP or AVIF, at most 8 MB and 40 million pixels.",
    )
    alt = Text(
        max_length=MOST_TEXT,
        required=False,
        default="",
        allow_blank=True,
        help_text="What the picture shows, for people who cannot see it.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["alt"] and "picture" not in attrs:
            reason = _("There is no picture that it describes.")
            raise serializers.ValidationError({"alt": [reason]})
        return attrs


class PictureResponse(serializers.Serializer):
    small = serializers.CharField(help_text="Its address at this host, 480 pixels wide at most.")
    large = serializers.CharField(help_text="The same, 1280 pixels wide at most.")
    alt = serializers.CharField()
    width = serializers.IntegerField(help_text="Of the largest size, in pixels.")
    height = serializers.IntegerField()


class ViewResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    section = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField()
    note = serializers.CharField()
    picture = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()

    @extend_schema_field(PictureResponse(allow_null=True))
    def get_picture(self, view: Any) -> dict[str, Any] | None:
        shown = view.picture
        if shown is None:
            return None
        return {
            "small": reverse("storefront:picture", args=[shown.public_id, SMALL]),
            "large": reverse("storefront:picture", args=[shown.public_id, LARGE]),
            "alt": view.alt,
            "width": shown.width,
            "height": shown.height,
        }
