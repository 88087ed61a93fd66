"""In which language a page is written: the one that was chosen, else the browser's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from eventflow.translations import catalogues

ENGLISH = "en"
# Pages of members and operators, and what programs read: not translated, so all of it is English.
ENGLISH_PATHS = (
    "/_mail/",
    "/api/",
    "/console/",
    "/oauth/",
    "/password/",
    "/sign-in/",
    "/sign-out/",
    "/webhooks/",
)


def is_translated(path: str) -> bool:
    """Whether what stands at the address is written in the reader's language."""
    return not path.startswith(ENGLISH_PATHS)


class LanguageMiddleware(LocaleMiddleware):
    """Django's own choice, by cookie and then Accept-Language, for pages that are translated.

    It stands before whatever may refuse, so that no refusal is in the language of the thread's
    request before.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        # Django would say nothing of it and show English.
        for code, _name in settings.LANGUAGES:
            if code != ENGLISH and not catalogues.path_of(code).with_suffix(".mo").exists():
                raise ImproperlyConfigured(f"The texts in “{code}” are not made: `make install`.")

    def process_request(self, request: HttpRequest) -> None:
        if is_translated(request.path_info):
            super().process_request(request)
            request.languages = settings.LANGUAGES  # type: ignore[attr-defined]
            return
        translation.activate(ENGLISH)
        request.LANGUAGE_CODE = ENGLISH


# A page that everybody is given has no token in it. All that a forged form can do is choose a
# language.
@csrf_exempt
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language for this host, and go back to the page that it was chosen on."""
    back = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    answer = HttpResponseRedirect(back if is_here else "/")
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            # No domain: it is this organizer's host alone that remembers it.
            samesite="Lax",
        )
    return answer
