"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from kernel import valkey

# Of each part: whoever asks has a time of its own, and asks again soon.
PATIENCE_S = 1.0


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process can answer at all: restart it when it cannot."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when PostgreSQL and both Valkeys answer, else 503: send no requests here."""
    parts = {
        "postgresql": _postgresql_answers(),
        "holds": _valkey_answers(settings.HOLDS_URL),
        "cache": _valkey_answers(settings.CACHE_URL),
    }
    ready = all(parts.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "parts": parts}, status=200 if ready else 503
    )


def _postgresql_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _valkey_answers(url: str) -> bool:
    try:
        return bool(_client(url).ping())
    except (RedisError, OSError):
        return False


@cache
def _client(url: str) -> Redis:
    return valkey.connect(url, max_connections=2, timeout_s=PATIENCE_S)
