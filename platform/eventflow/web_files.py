"""What the build made for browsers (`platform/web/build.mjs`): the file that a name stands for.

The files are served at /assets/. Their names carry a hash of their content, so they never change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from whitenoise.middleware import WhiteNoiseMiddleware

PREFIX = "/assets/"


@dataclass(frozen=True, slots=True)
class WebFile:
    """An entry: its address, and those of the parts that it cannot begin without."""

    url: str
    parts: Sequence[str]


def web_file(name: str) -> WebFile:
    """Return the built file of an entry. An unknown name is a fault in a template."""
    return _all()[name]


@cache
def _all() -> Mapping[str, WebFile]:
    path = settings.WEB_FILES / "assets.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} is missing: the pages' scripts are not built. Run `make install`."
        ) from error
    return {
        name: WebFile(PREFIX + entry["file"], tuple(PREFIX + part for part in entry["preload"]))
        for name, entry in entries.items()
    }


class WebFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise that knows: what the build named by its hash may be kept for ever."""

    def immutable_file_test(self, path: str, url: str) -> bool:
        return url.startswith(PREFIX) or bool(super().immutable_file_test(path, url))
