"""The view that every API view is: small requests, known callers, fair use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import parse_header_parameters
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kernel import errors, limits
from kernel.addresses import client_address, prefix_of
from kernel.db import current_schema
from tenant_apps.access import queries
from tenant_apps.access.api.strict import JSONParser, StrictSerializer, query_of
from tenant_apps.access.domain import Actor, Caller, InvalidToken, MissingScope

# No request of ours is near this; orders and scans are some hundreds of bytes.
MAX_BODY_BYTES = 64 * 1024

# A client: bursts of 120, ten a second in the long run. Many clients may share an address.
CLIENT_CAPACITY = 120
CLIENT_REFILL_PER_S = 10.0
ADDRESS_CAPACITY = 600
ADDRESS_REFILL_PER_S = 50.0


class BodyTooLarge(errors.TooLarge):
    code = "body_too_large"
    message = "The body is larger than is taken here."


class Bearer(BaseAuthentication):
    """`Authorization: Bearer …`: a token that this tenant issued. No cookie opens the API."""

    def authenticate(self, request: Request) -> tuple[Actor, Caller] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise InvalidToken
        caller = queries.caller_of_token(token.strip())
        return caller.actor, caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The token has the view's scope."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.auth is None:
            raise errors.Unauthenticated
        scope = getattr(view, "scope", None)
        if scope is not None and scope not in caller_of(request).scopes:
            raise MissingScope(scope=scope)
        return True


class ApiView(APIView):
    """One resource of the API. Each view names the one scope it needs, or None for any client."""

    scope: ClassVar[str | None]
    # What the query may say; nothing unless named.
    query_serializer: ClassVar[type[StrictSerializer]] = StrictSerializer
    # Of a form with files, where the view takes one. It is read after it is known who sends it.
    most_form_bytes: ClassVar[int] = MAX_BODY_BYTES

    authentication_classes = (Bearer,)
    permission_classes = (HasScope,)
    parser_classes: Sequence[type[BaseParser]] = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    metadata_class = None

    verdict: limits.Verdict | None = None
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too much before anything is read, then as DRF does."""
        # The address first: whoever sends rubbish tokens costs a query each.
        _take("api-address", prefix_of(address_of(request)),
              capacity=ADDRESS_CAPACITY, refill_per_s=ADDRESS_REFILL_PER_S).ensure()  # fmt: skip
        ensure_small(request, self.most_form_bytes if is_form(request) else MAX_BODY_BYTES)
        super().initial(request, *args, **kwargs)
        self.query = query_of(self.query_serializer, request)

    def check_permissions(self, request: Request) -> None:
        """Count the client's requests first, those that will be refused too."""
        if request.auth is not None:
            self.verdict = _take(
                "api-client",
                caller_of(request).actor.ref,
                capacity=CLIENT_CAPACITY,
                refill_per_s=CLIENT_REFILL_PER_S,
            )
            self.verdict.ensure()
        super().check_permissions(request)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        answer["Vary"] = "Authorization, Accept"
        if self.verdict is not None:
            for name, value in limits.headers_of(self.verdict).items():
                answer[name] = value
        return answer


def caller_of(request: Request) -> Caller:
    """Return who calls. Only behind HasScope."""
    assert isinstance(request.auth, Caller)
    return request.auth


def address_of(request: HttpRequest | Request) -> str:
    """Return the caller's address, as far as our proxies noted it."""
    return client_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        trusted_proxies=settings.TRUSTED_PROXIES,
    )


def is_form(request: HttpRequest | Request) -> bool:
    """Whether what is sent is a form that may have files."""
    media_type, _ = parse_header_parameters(request.content_type or "")
    return media_type == "multipart/form-data"


def ensure_small(request: HttpRequest | Request, most_bytes: int = MAX_BODY_BYTES) -> None:
    """Refuse with BodyTooLarge by the length that was announced; WSGI reads no more than that."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal() or int(announced) > most_bytes:
        raise BodyTooLarge(most_bytes=most_bytes)


def _take(purpose: str, who: str, *, capacity: int, refill_per_s: float) -> limits.Verdict:
    key = limits.bucket(current_schema(), purpose, who)
    return limits.take(key, capacity=capacity, refill_per_s=refill_per_s, name="client")
