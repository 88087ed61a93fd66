"""allauth's views with our pages; a form that is refused is a 422, not a success."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView


class RefusingMixin:
    def form_invalid(self, form: Any) -> HttpResponse:
        page: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        page.status_code = 422
        return page


class SignInView(RefusingMixin, allauth_views.LoginView):
    template_name = "identity/sign_in.html"


class SignOutView(allauth_views.LogoutView):
    template_name = "identity/sign_out.html"


class AskForResetView(RefusingMixin, allauth_views.PasswordResetView):
    template_name = "identity/ask_for_reset.html"


class ResetAskedView(allauth_views.PasswordResetDoneView):
    template_name = "identity/reset_asked.html"


class ResetView(RefusingMixin, allauth_views.PasswordResetFromKeyView):
    template_name = "identity/reset.html"

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        # Whoever has the mailbox is no longer guessing.
        get_adapter()._delete_login_attempts_cached_email(self.request, email=self.reset_user.email)
        return answer

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if context.get("token_fail"):
            kwargs["status"] = 404
        return super().render_to_response(context, **kwargs)


class ResetDoneView(allauth_views.PasswordResetFromKeyDoneView):
    template_name = "identity/reset_done.html"


class ChangePasswordView(RefusingMixin, allauth_views.PasswordChangeView):
    template_name = "identity/change_password.html"


@method_decorator(login_required, name="dispatch")
class PasswordChangedView(TemplateView):
    template_name = "identity/password_changed.html"
