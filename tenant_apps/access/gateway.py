"""How django-oauth-toolkit is bent to our needs: one grant, scopes per client, nothing else.

It finds these by name in the settings. Clients and tokens are rows of the tenant's schema, so what
another tenant issued does not exist here.
"""

from __future__ import annotations

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes

from tenant_apps.access.domain import SCOPE_DESCRIPTIONS
from tenant_apps.access.models import Client

MAX_CLIENT_ID_LENGTH = 255


class ClientScopes(BaseScopes):
    """A client gets what it was given, and all of that when it asks for nothing in particular."""

    def get_all_scopes(self) -> dict[str, str]:
        return SCOPE_DESCRIPTIONS

    def get_available_scopes(
        self, application: Client | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return list(application.scopes) if application else []

    def get_default_scopes(
        self, application: Client | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return list(application.scopes) if application else []


class Validator(OAuth2Validator):
    """What the toolkit asks about a request for a token."""

    def _load_application(self, client_id: Any, request: Any) -> Client | None:
        # PostgreSQL's texts hold no NUL, and psycopg's error for that is not the one caught there.
        if not isinstance(client_id, str) or "\0" in client_id:
            return None
        found: Client | None = super()._load_application(
            client_id[: MAX_CLIENT_ID_LENGTH + 1], request
        )
        return found

    def _check_and_set_request_resource(self, request: Any) -> None:
        """Take no resource indicators (RFC 8707): a token is good for its tenant's one API."""
        request.resource = []
