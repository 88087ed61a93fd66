"""Which messages there are: those of templates and Python, and the sentences of refusals.

Pages of members, operators and programs are English; their folders are left out.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

FOLDERS = ("platform/eventflow", "platform/kernel", "public_apps", "tenant_apps")
# What no buyer reads. Whoever translates a part of it takes it out of this list, and out of
# `languages.ENGLISH_PATHS` its address.
NOT_FOR_BUYERS = (
    "platform/eventflow/local",
    "platform/eventflow/templates/api",
    "platform/eventflow/templates/local",
    "platform/eventflow/translations",
    "platform/kernel/money.py",
    "public_apps",
    "tenant_apps/access",
    "tenant_apps/console",
    "tenant_apps/events/domain/local_time.py",
    "tenant_apps/events/domain/states.py",
    "tenant_apps/events/domain/texts.py",
    "tenant_apps/hooks",
    "tenant_apps/inventory/live",
    "tenant_apps/notifications/domain.py",
    "tenant_apps/notifications/queries.py",
    "tenant_apps/payments",
    "tenant_apps/pricing/domain/drafts.py",
    "tenant_apps/queueing/domain/lists.py",
    "tenant_apps/queueing/domain/reviews.py",
    "tenant_apps/queueing/live",
    "tenant_apps/reports",
    "tenant_apps/tickets/domain.py",
    "tenant_apps/venues/api",
    "tenant_apps/venues/domain",
    "tenant_apps/venues/services",
)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
NOTE = "Translators:"

Key = tuple[str | None, str]


@dataclass(slots=True)
class Message:
    """One message: its context, its text, its plural where it has one, and where it stands."""

    context: str | None
    text: str
    plural: str = ""
    files: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.context, self.text


def messages(root: Path) -> dict[Key, Message]:
    """Return every message that buyers may read, by context and text."""
    found: dict[Key, Message] = {}
    for path in files(root):
        name = path.relative_to(root).as_posix()
        for message in messages_of(path):
            known = found.setdefault(message.key, message)
            known.plural = known.plural or message.plural
            known.files.add(name)
            known.notes += [note for note in message.notes if note not in known.notes]
    return found


def files(root: Path) -> Iterator[Path]:
    """Yield the sources whose words buyers read."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            is_template = "/templates/" in name and path.suffix in {".html", ".txt"}
            is_python = path.suffix == ".py" and "/migrations/" not in name
            is_ours = not any(name == out or name.startswith(f"{out}/") for out in NOT_FOR_BUYERS)
            if (is_template or is_python) and is_ours:
                yield path


def messages_of(path: Path) -> Iterator[Message]:
    """Yield the messages of one file in their order."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _calls(text)
        yield from _refusals(text)
        return
    # What is no message becomes a row of X; indented, that would not read as Python.
    python = templatize(text, origin=str(path))
    yield from _calls("\n".join(line.strip() for line in python.splitlines()))


def _calls(python: str) -> Iterator[Message]:
    source = io.BytesIO(python.encode())
    options = {"encoding": "utf-8"}
    for _line, text, notes, context in extract("python", source, KEYWORDS, [NOTE], options):
        singular, plural = text if isinstance(text, tuple) else (text, "")
        yield Message(context, singular, plural, notes=list(notes))


def _refusals(python: str) -> Iterator[Message]:
    """Yield the sentences of refusals: classes with a `code` and a `message`."""
    for node in ast.walk(ast.parse(python)):
        if not isinstance(node, ast.ClassDef):
            continue
        values: dict[str, str] = {}
        for line in node.body:
            if not isinstance(line, ast.Assign | ast.AnnAssign):
                continue
            target = line.targets[0] if isinstance(line, ast.Assign) else line.target
            if isinstance(target, ast.Name) and isinstance(line.value, ast.Constant):
                values[target.id] = str(line.value.value)
        if {"code", "message"} <= values.keys():
            yield Message(None, values["message"])
