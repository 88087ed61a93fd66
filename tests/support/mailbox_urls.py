"""The public host's addresses as the embedded run has them: with the mailbox."""

from __future__ import annotations

from django.urls import include, path

from eventflow import urls_public

urlpatterns = [path("_mail/", include("eventflow.local.mailbox")), *urls_public.urlpatterns]
handler404 = urls_public.handler404
