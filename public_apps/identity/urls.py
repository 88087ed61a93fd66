"""Signing in, at every host. The names are those that allauth looks up."""

from __future__ import annotations

from django.urls import path

from public_apps.identity import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-out/", views.SignOutView.as_view(), name="account_logout"),
    path("password/forgotten/", views.AskForResetView.as_view(), name="account_reset_password"),
    path(
        "password/forgotten/sent/",
        views.ResetAskedView.as_view(),
        name="account_reset_password_done",
    ),
    path(
        "password/new/<str:uidb36>/<str:key>/",
        views.ResetView.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/new/done/",
        views.ResetDoneView.as_view(),
        name="account_reset_password_from_key_done",
    ),
    path("password/change/", views.ChangePasswordView.as_view(), name="account_change_password"),
    path(
        "password/changed/",
        views.PasswordChangedView.as_view(),
        name="account_password_changed",
    ),
]
