"""The forms of signing in; allauth finds them by name in the settings."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from public_apps.identity import queries, services, signin

# Hashing megabytes would be an attack.
MAX_PASSWORD_LENGTH = 256


class BoundedMixin:
    """Texts have a bound, and our words for what they are."""

    labels: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
            if isinstance(field.widget, forms.PasswordInput):
                field.max_length = MAX_PASSWORD_LENGTH
                field.validators.append(MaxLengthValidator(MAX_PASSWORD_LENGTH))
                field.widget.attrs["maxlength"] = str(MAX_PASSWORD_LENGTH)


class SignInForm(BoundedMixin, allauth_forms.LoginForm):
    labels = {"login": _("Mail address"), "password": _("Password")}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class AskForResetForm(BoundedMixin, allauth_forms.ResetPasswordForm):
    labels = {"email": _("Mail address")}  # noqa: RUF012

    def clean_email(self) -> str:
        """Look nobody up: the worker does, so that the answer says nothing, not by its time."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        services.request_password_reset(email=email, origin=signin.origin_of(request))
        return email


class ResetLinkForm(allauth_forms.UserTokenForm):
    """Whether the link in the mail is good. It names the user by the public id."""

    token_generator = signin.ResetTokens()

    def _get_user(self, uidb36: str) -> Any:
        user = queries.find_by_public_id(uidb36 or "")
        return user if user is not None and user.is_active else None


class SetPasswordForm(BoundedMixin, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password, again")}  # noqa: RUF012


class ChangePasswordForm(BoundedMixin, allauth_forms.ChangePasswordForm):
    labels = {  # noqa: RUF012
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password, again"),
    }
