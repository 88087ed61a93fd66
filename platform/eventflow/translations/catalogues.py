"""The `.po` files: written anew from the sources, compiled, and what is wrong with them."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from eventflow.translations.sources import Key, Message

FOLDER = Path(__file__).resolve().parents[1] / "locale"
# English is the language of the sources. The rules of plurals are gettext's own for each language.
LANGUAGES: Mapping[str, str] = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 && n%100<=99 ? 4 : 5);",
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}
# What must stand in a translation as it stands in the text: `%(n)s`, `%s`, `%%s`, `{n}`, `<b>`.
KEPT = re.compile(r"%\(\w+\)[sd]|%%?[a-z](?!\w)|\{\w*\}|</?[a-z]+[^>]*>")


def path_of(language: str, folder: Path = FOLDER) -> Path:
    return folder / language / "LC_MESSAGES" / "django.po"


def read(language: str, folder: Path = FOLDER) -> Catalog:
    """Return the language's catalogue; an empty one where there is none yet."""
    path = path_of(language, folder)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, found: Mapping[Key, Message], folder: Path = FOLDER) -> None:
    """Write the language's file anew: all messages of the sources, and what is translated."""
    path = path_of(language, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_po(language, found, read(language, folder)))


def as_po(language: str, found: Mapping[Key, Message], known: Catalog) -> bytes:
    """Return the file as it should be. The same sources and translations give the same bytes."""
    catalog = Catalog(locale=language, fuzzy=False, charset="utf-8")
    catalog.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Plural-Forms", LANGUAGES[language]),
    ]
    for message in sorted(found.values(), key=lambda each: (min(each.files), each.text)):
        old = known.get(message.text, message.context)
        catalog.add(
            (message.text, message.plural) if message.plural else message.text,
            _kept(old, message, catalog.num_plurals),
            locations=[(file, 0) for file in sorted(message.files)],
            auto_comments=message.notes,
            flags=(old.flags & {"fuzzy"}) if old else (),
            context=message.context,
        )
    out = io.BytesIO()
    write_po(out, catalog, width=100, omit_header=True, include_lineno=False)
    header = (
        f'# EventFlow in "{language}". `make messages` writes this file; translate what is empty.\n'
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {LANGUAGES[language]}\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def _kept(old: Entry | None, message: Message, forms: int) -> str | list[str]:
    texts = _texts(old)
    if not message.plural:
        return texts[0] if texts else ""
    return list(texts) if len(texts) == forms else [""] * forms


def compile_all(folder: Path) -> None:
    """Write the `.mo` files that Django reads, where they are not what the `.po` files say."""
    for language in LANGUAGES:
        out = io.BytesIO()
        catalog = read(language, folder)
        # Else each would have the moment at which it was made.
        catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
        write_mo(out, catalog)
        path = path_of(language, folder).with_suffix(".mo")
        if not path.exists() or path.read_bytes() != out.getvalue():
            path.write_bytes(out.getvalue())


def faults(found: Mapping[Key, Message], folder: Path = FOLDER) -> list[str]:
    """Return what is wrong in any language: a line for each fault."""
    return [line for language in LANGUAGES for line in _faults_of(language, found, folder)]


def _faults_of(language: str, found: Mapping[Key, Message], folder: Path) -> Iterator[str]:
    known = read(language, folder)
    path = path_of(language, folder)
    written = path.read_bytes() if path.exists() else b""
    if written != as_po(language, found, known):
        yield f"{language}: the file is not what the sources say"
    for message in found.values():
        entry = known.get(message.text, message.context)
        texts = _texts(entry)
        where = f"{language}: “{message.text}”"
        if not texts or not all(text.strip() for text in texts):
            yield f"{where} is not translated"
        elif entry is not None and entry.fuzzy:
            yield f"{where} is marked as fuzzy"
        else:
            yield from (f"{where}: {fault}" for fault in _differences(message, texts))


def _texts(entry: Entry | None) -> Sequence[str]:
    if entry is None:
        return ()
    return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())


def _differences(message: Message, texts: Sequence[str]) -> Iterator[str]:
    """Say where a translation has other placeholders or tags.

    A form for one or two things may say the number in words. What stands around the text stays.
    """
    wanted = Counter(KEPT.findall(message.plural or message.text))
    for number, text in enumerate(texts):
        has = Counter(KEPT.findall(text))
        may_lack = Counter(KEPT.findall(message.plural)) if len(texts) > 1 and number < 3 else {}
        missing = wanted - has
        if has - wanted or any(name not in _numbers(may_lack) for name in missing):
            yield f"“{text}” must have {sorted(wanted.elements())}"
    if message.text[:1].isspace() != texts[0][:1].isspace():
        yield "it begins otherwise"


def _numbers(names: Mapping[str, int]) -> set[str]:
    return {name for name in names if name in {"%(n)s", "%(n)d", "%(count)s"}}
