"""Ids in addresses: what has not the shape of one leads nowhere."""

from __future__ import annotations

from django.urls import register_converter

from kernel import ids


class PublicIdConverter:
    """`<public_id:order_id>`: a prefix, an underscore and 24 characters."""

    regex = rf"[a-z]{{2,6}}_[{ids.ALPHABET}]{{{ids.LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def register() -> None:
    """Make the converter known to Django; called when this app is ready."""
    register_converter(PublicIdConverter, "public_id")
