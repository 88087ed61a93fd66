"""`Idempotency-Key` on every unsafe verb: the same request twice is one request."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import errors
from tenant_apps.access import services
from tenant_apps.access.api.base import ApiView, caller_of, is_form

Handler = Callable[..., Response]

# A structured field's string ("…", RFC 9651) or the bare text that most clients send.
KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,128})"?')

# Refusals that say nothing about the operation: the same request may succeed in a moment.
PASSING = (errors.TooMany, errors.Unavailable, errors.Unauthenticated, errors.NotAllowed)


class KeyMissing(errors.DomainError):
    code = "idempotency_key_missing"
    message = "This request needs an Idempotency-Key header: a text of your own, new for each."


class BadKey(errors.DomainError):
    code = "idempotency_key_malformed"
    message = "An Idempotency-Key has 1 to 128 printable ASCII characters."


def idempotent(handler: Handler) -> Handler:
    """Do the handler's work once for each key, and repeat its answer afterwards.

    Success is kept, and so is a refusal that the operation itself decided. What passes by itself
    (busy, broken, not allowed) gives the key back.
    """

    @wraps(handler)
    def wrapper(view: ApiView, request: Request, *args: Any, **kwargs: Any) -> Response:
        taken = services.begin(
            client_pk=caller_of(request).client_pk,
            key=_key_of(request),
            fingerprint=_fingerprint(request),
        )
        if isinstance(taken, services.Replay):
            return _replayed(taken)
        try:
            response = handler(view, request, *args, **kwargs)
        except errors.DomainError as refusal:
            if isinstance(refusal, PASSING):
                services.abandon(taken)
                raise
            response = view.handle_exception(refusal)
        except BaseException:
            services.abandon(taken)
            raise
        services.answer(
            taken,
            status=response.status_code,
            body=JSONRenderer().render(response.data).decode(),
            content_type=response.content_type or JSONRenderer.media_type,
        )
        return response

    wrapper.is_idempotent = True  # type: ignore[attr-defined]
    return wrapper


def _key_of(request: Request) -> str:
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        raise KeyMissing
    match = KEY.fullmatch(given)
    if match is None:
        raise BadKey
    return match[1]


def _fingerprint(request: Request) -> str:
    form = is_form(request)
    parts = (
        request.method or "",
        request.path,
        request.META.get("QUERY_STRING", ""),
        "form" if form else request.content_type or "",
    )
    told = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape"))
    told.update(b"\0")
    told.update(_form_told(request) if form else request._request.body)
    return told.hexdigest()


def _form_told(request: Request) -> bytes:
    """Return what a form says: its bytes differ each time it is sent, by their boundary."""
    form: Mapping[str, str | UploadedFile] = dict(request.data)
    said = sorted((name, *_value_told(value)) for name, value in form.items())
    return json.dumps(said).encode()


def _value_told(value: str | UploadedFile) -> tuple[str, str]:
    if isinstance(value, str):
        return "text", value
    content = hashlib.sha256(value.read()).hexdigest()
    value.seek(0)
    return "file", content


def _replayed(replay: services.Replay) -> Response:
    return Response(
        json.loads(replay.body) if replay.body else None,
        status=replay.status,
        content_type=replay.content_type,
        headers={"Idempotent-Replayed": "true"},
    )
