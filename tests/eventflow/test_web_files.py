"""What the build made for browsers: named by its content, packed, kept for good, and small."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import Client, override_settings

from eventflow import web_files

pytestmark = pytest.mark.django_db

ASSETS = settings.WEB_FILES / "assets"
# What a page of the shop may cost a phone, in bytes as they are sent.
SCRIPTS_OF_THE_SEAT_PAGE, SCRIPTS_ELSEWHERE, STYLES = 40_000, 5_000, 14_000


def packed(url: str) -> int:
    """The bytes that are sent for a file: gzipped where that was worth it."""
    path = ASSETS / Path(url).name
    zipped = path.with_name(f"{path.name}.gz")
    return (zipped if zipped.exists() else path).stat().st_size


def scripts_of(*entries: str) -> int:
    files = [web_files.web_file(entry) for entry in entries]
    return sum(map(packed, {url for file in files for url in (file.url, *file.parts)}))


def test_a_page_names_the_file_of_the_last_build_and_what_it_imports() -> None:
    html = Template("{% load web %}{% script 'seats' %}{% style 'shop' %}").render(Context())
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', html)
    assert len(named) >= 3
    assert all((ASSETS / Path(url).name).exists() for url in named)
    assert all(re.search(r"-[0-9A-Z]{8}\.(js|css)$", url) for url in named)


def test_they_are_kept_for_good_and_sent_packed() -> None:
    url = web_files.web_file("seats").url
    answer = Client().get(url, headers={"accept-encoding": "br, gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Encoding"] == "br"
    assert Client().get(url, headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"


def test_what_lies_beside_them_is_not_served() -> None:
    for path in ("/assets/../assets.json", "/assets/nothing-AAAAAAAA.js"):
        assert Client().get(path).status_code == 404


def test_the_scripts_stay_small() -> None:
    assert scripts_of("shop", "seats") < SCRIPTS_OF_THE_SEAT_PAGE
    assert scripts_of("shop", "waiting") < SCRIPTS_ELSEWHERE
    assert packed(web_files.web_file("shop.css").url) < STYLES


def test_without_a_build_the_page_says_what_to_do(tmp_path: Path) -> None:
    web_files._all.cache_clear()
    try:
        with (
            override_settings(WEB_FILES=tmp_path),
            pytest.raises(ImproperlyConfigured, match="Run `make install`"),
        ):
            web_files.web_file("shop")
    finally:
        web_files._all.cache_clear()


def test_the_list_names_every_entry_of_the_templates() -> None:
    root = Path(__file__).resolve().parents[2]
    named: set[str] = set()
    for path in root.glob("*_apps/*/templates/**/*.html"):
        named |= set(re.findall(r'{% script "(\w+)" %}', path.read_text(encoding="utf-8")))
    assert named
    assert named <= set(json.loads((settings.WEB_FILES / "assets.json").read_text()))
