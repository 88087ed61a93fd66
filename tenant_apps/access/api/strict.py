"""Reading what a program sends: exactly what is documented and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, TypeVar

import orjson
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from kernel import ids

S = TypeVar("S", bound="StrictSerializer")


class StrictSerializer(serializers.Serializer):
    """A request's body or query. A name that is not known is refused: it was meant to do something.

    A query's name that comes twice is refused too, as one of both would be dropped in silence.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {
                str(name)[:64]: [serializers.ErrorDetail(_("There is no such field."), "unknown")]
                for name in data
                if name not in self.fields
            }
            if unknown:
                raise serializers.ValidationError(dict(list(unknown.items())[:20]))
        return super().to_internal_value(data)


class JSONParser(BaseParser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no endless nesting."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ParseError(_("The body is not valid JSON.")) from error


class FormParser(BaseParser):
    """A form with files: each name once, as one of both would be dropped in silence."""

    media_type = MultiPartParser.media_type

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, str | UploadedFile]:
        try:
            sent = MultiPartParser().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:
            raise ParseError(_("The form has too many fields, or too long ones.")) from error
        form: dict[str, str | UploadedFile] = {}
        for name, values in [*sent.data.lists(), *sent.files.lists()]:
            if len(values) > 1 or name in form:
                raise serializers.ValidationError({str(name)[:64]: [_("Give this once.")]})
            form[name] = values[0]
        return form


class Text(serializers.CharField):
    """A text and nothing that could be made into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Shaped(serializers.RegexField):
    """A text of one shape, and nothing that could be made into one."""

    def __init__(self, shape: str, **options: Any) -> None:
        # Blanks around it are no part of the shape, so there is nothing to trim.
        super().__init__(rf"^{shape}\Z", trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class PublicId(Shaped):
    """A public id of one kind, such as `ord_…`."""

    def __init__(self, prefix: str, **options: Any) -> None:
        shape = rf"{prefix}_[{ids.ALPHABET}]{{{ids.LENGTH}}}"
        super().__init__(shape, max_length=ids.MAX_LENGTH, **options)


def body_of(serializer: type[S], request: Request) -> dict[str, Any]:
    """Return the body's checked values. Refuses with DRF's ValidationError, field by field."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    values_by_name: dict[str, Any] = dict(checked.validated_data)
    return values_by_name


def query_of(serializer: type[S], request: Request) -> dict[str, Any]:
    """Return the query's checked values. Refuses with DRF's ValidationError, field by field."""
    for name, values in request.query_params.lists():
        if len(values) > 1:
            raise serializers.ValidationError({str(name)[:64]: [_("Give this once.")]})
    checked = serializer(data=request.query_params.dict())
    checked.is_valid(raise_exception=True)
    values_by_name: dict[str, Any] = dict(checked.validated_data)
    return values_by_name
