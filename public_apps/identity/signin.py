"""How allauth is bent to the tenancy laws: who signs in, what a reset link proves, what is counted.

allauth finds these by name in the settings. Users, sessions and counters live in the schema of the
host that was asked, so members and operators share this code and never a table.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel import errors
from kernel.addresses import client_address
from kernel.signing import derive_key
from public_apps.identity.models import User

PURPOSE = "password-reset"
# The longest of the windows in ACCOUNT_RATE_LIMITS["login_failed"].
FAILED_RETRY_S = 300


class TooManyAttempts(errors.TooMany):
    code = "too_many_attempts"
    message = "Too many failed attempts to sign in. Wait a few minutes, or reset your password."


class ResetTokens(PasswordResetTokenGenerator):
    """Django's tokens, signed with a key that belongs to this schema and this purpose.

    As they are, they sign the primary key and the password's hash with one key for all: a copy of
    a user in another tenant would accept the same link.
    """

    key_salt = "eventflow.identity.reset"

    @property
    def secret(self) -> str:  # type: ignore[override]  # ours is never set
        return derive_key(PURPOSE).hex()

    @property
    def secret_fallbacks(self) -> list[str | bytes]:  # type: ignore[override]  # as above
        return [derive_key(PURPOSE, secret=old).hex() for old in settings.SECRET_KEY_FALLBACKS]


class Backend(AuthenticationBackend):
    """Mail address and password, equally slow for strangers; inactive users are strangers too."""

    def _check_password(
        self, user: AbstractBaseUser | None, password: str
    ) -> AbstractBaseUser | None:
        if user is None:
            return None
        self._did_check_password = True
        is_right = user.check_password(password)
        return user if is_right and user.is_active else None


class Adapter(DefaultAccountAdapter):
    """What allauth asks the project."""

    error_messages = {  # noqa: RUF012 - as its base has it
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The mail address or the password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """One way to answer a form: with a page."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say themselves what happened."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            trusted_proxies=settings.TRUSTED_PROXIES,
        )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Not by host as allauth has it: the port is the caller's to choose, and each would count
        # anew. The cache's keys name the tenant already.
        return str(credentials.get("email", "")).lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise TooManyAttempts(retry_after_s=FAILED_RETRY_S) from error

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        raise errors.Unauthenticated

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/console/" if getattr(request, "tenant", None) else "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_password_changed")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing of allauth's is mailed; see services."""
        raise NotImplementedError(template_prefix)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        from public_apps.identity import services

        assert isinstance(user, User)
        services.request_password_notice(user=user, origin=origin_of(self.request))


def origin_of(request: HttpRequest) -> str:
    """Return the scheme and host that links in mails lead to: ours, never what the caller sent."""
    tenant = getattr(request, "tenant", None)
    host = tenant.primary_host if tenant else settings.PUBLIC_HOSTS[0]
    default_port = {"http": 80, "https": 443}[settings.PUBLIC_SCHEME]
    is_default = settings.PUBLIC_PORT in (0, default_port)
    return f"{settings.PUBLIC_SCHEME}://{host}" + ("" if is_default else f":{settings.PUBLIC_PORT}")
