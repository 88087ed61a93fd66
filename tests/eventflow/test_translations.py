"""The languages' files: made from the sources, whole, and right in what must not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventflow.translations import catalogues, sources
from eventflow.translations.sources import Key, Message
from tests.support.untranslated import untranslated

ROOT = Path(__file__).resolve().parents[2]
PAGE = (
    '{% load i18n %}<p title="{% translate "Seats" %}">\n'
    "  {# Translators: how many are left #}\n"
    "  {% blocktranslate count n=free %}{{ n }} seat{% plural %}{{ n }} seats"
    "{% endblocktranslate %}</p>"
)
RULES = """
from django.utils.translation import gettext_lazy as _, ngettext

WORDS = {"free": _("available")}
code = "not_a_refusal"


class SeatsTaken(Conflict):
    code = "seats_taken"
    message = (
        "Someone else has "
        "these seats."
    )
"""


def buyers_templates() -> list[str]:
    found = (path for path in sources.files(ROOT) if path.suffix in {".html", ".txt"})
    return [path.relative_to(ROOT).as_posix() for path in found]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A tree of sources with a page, rules, and what no buyer reads."""
    for name, text in {
        "tenant_apps/shop/templates/shop/seats.html": PAGE,
        "tenant_apps/shop/domain.py": RULES,
        "tenant_apps/console/templates/console/home.html": '{% translate "Staff only" %}',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def found(house: Path) -> dict[Key, Message]:
    return sources.messages(house)


def translate(language: str, found: dict[Key, Message], folder: Path, **texts: str) -> None:
    """Write translations into the file, by a word of the message; forms are parted by bars."""
    catalog = catalogues.read(language, folder)
    for message in found.values():
        for word, text in texts.items():
            if word in message.text:
                entry = catalog.get(message.text)
                entry.string = tuple(text.split("|")) if message.plural else text
    catalogues.path_of(language, folder).write_bytes(catalogues.as_po(language, found, catalog))


def whole(found: dict[Key, Message], folder: Path) -> None:
    for language in catalogues.LANGUAGES:
        catalogues.update(language, found, folder)
        forms = "|".join(["%(n)s x"] * (6 if language == "ar" else 2))
        texts = {"Seats": "X", "(n)s": forms, "available": "y", "Someone": "z"}
        translate(language, found, folder, **texts)
    assert catalogues.faults(found, folder) == []


def test_templates_code_and_refusals_are_read(found: dict[Key, Message]) -> None:
    assert {key: message.plural for key, message in found.items()} == {
        (None, "Seats"): "",
        (None, "%(n)s seat"): "%(n)s seats",
        (None, "available"): "",
        (None, "Someone else has these seats."): "",
    }


def test_what_is_translated_is_kept(found: dict[Key, Message], tmp_path: Path) -> None:
    whole(found, tmp_path)
    before = catalogues.path_of("ar", tmp_path).read_bytes()
    catalogues.update("ar", found, tmp_path)
    assert catalogues.path_of("ar", tmp_path).read_bytes() == before

    catalogues.update("de", {**found, (None, "New"): Message(None, "New", "", {"a.py"})}, tmp_path)
    assert catalogues.read("de", tmp_path).get("available").string == "y"
    assert catalogues.read("de", tmp_path).get("New").string == ""


def test_a_new_message_fails_in_every_language(found: dict[Key, Message], tmp_path: Path) -> None:
    whole(found, tmp_path)
    found[None, "New"] = Message(None, "New", "", {"a.py"})
    faults = catalogues.faults(found, tmp_path)
    for language in catalogues.LANGUAGES:
        assert f"{language}: the file is not what the sources say" in faults
        assert f"{language}: “New” is not translated" in faults


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({"available": ""}, "is not translated"),
        ({"(n)s": "%(n)s x|"}, "is not translated"),
        ({"(n)s": "%(m)s x|%(n)s xs"}, "must have"),
        ({"(n)s": "%(n)s x|%(n)s %(n)s"}, "must have"),
        ({"available": "%s"}, "must have"),
        ({"Seats": " X"}, "begins otherwise"),
    ],
)
def test_what_is_wrong_with_a_translation_is_named(
    found: dict[Key, Message], tmp_path: Path, texts: dict[str, str], fault: str
) -> None:
    whole(found, tmp_path)
    translate("de", found, tmp_path, **texts)
    assert any(fault in line for line in catalogues.faults(found, tmp_path))


def test_a_form_for_one_may_say_the_number_in_words(
    found: dict[Key, Message], tmp_path: Path
) -> None:
    whole(found, tmp_path)
    translate("ar", found, tmp_path, **{"(n)s": "x|x|x|%(n)s x|%(n)s x|%(n)s x"})
    assert catalogues.faults(found, tmp_path) == []
    translate("ar", found, tmp_path, **{"(n)s": "x|x|x|x|%(n)s x|%(n)s x"})
    assert catalogues.faults(found, tmp_path) != []


def test_what_nobody_is_sure_of_is_not_enough(found: dict[Key, Message], tmp_path: Path) -> None:
    whole(found, tmp_path)
    path = catalogues.path_of("fr", tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('msgid "available"', '#, fuzzy\nmsgid "available"'), "utf-8")
    assert "fr: “available” is marked as fuzzy" in catalogues.faults(found, tmp_path)


def test_the_languages_have_every_message() -> None:
    assert catalogues.faults(sources.messages(ROOT)) == []


@pytest.mark.parametrize("name", buyers_templates())
def test_no_text_of_a_template_is_untranslated(name: str) -> None:
    assert untranslated((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Seats</p>",
        "<p>{{ n }} free</p>",
        '<a aria-label="Remove {{ place }}">x</a>',
        '<input placeholder="Your name">',
        "{% blocktranslate %}Seats{% endblocktranslate %} left",
        "Hello {{ name }},",
    ],
)
def test_a_text_that_is_not_translated_is_found(source: str) -> None:
    """If this test fails, the one above proves nothing."""
    assert len(untranslated(source)) == 1
