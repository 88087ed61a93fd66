"""What the pages say exists: links, addresses of files, `make` targets, management commands."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from django.core.management import CommandError, get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
MAKE = re.compile(r"\bmake ([a-z]+)\b")
MANAGE = re.compile(r"manage\.py ((?:[^\n\\]|\\\n)+)")
TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
PLACE = re.compile(r"^((?:[\w.-]+/)+[\w.-]*)(?::\d+)?$")
MACHINE = re.compile(r"(?<![\w./~-])/(?:work|home|root|Users|mnt)/")
REGISTRY = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|docker|ghcr|quay|debian)\.(?:org|com|io)\b"
)


@cache
def tracked() -> frozenset[str]:
    """Every file that git knows or would take."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return frozenset(name for name in told if name and (ROOT / name).exists())


@cache
def folders() -> frozenset[str]:
    return frozenset(str(parent) for name in tracked() for parent in PurePosixPath(name).parents)


def pages() -> list[str]:
    return sorted(name for name in tracked() if name.endswith(".md"))


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(page: str) -> set[str]:
    """The names that a heading can be reached by, as the forges make them."""
    prose = FENCE.sub("", text_of(page))
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        for heading in HEADING.findall(prose)
    }


def blocks(page: str) -> Iterator[str]:
    """The lines that a reader copies: fenced blocks and indented ones."""
    text = text_of(page)
    for fence in FENCE.finditer(text):
        yield fence.group().split("\n", 1)[1]
    yield "\n".join(
        line.strip()
        for line in FENCE.sub("", text).splitlines()
        if line.startswith("    ") and line.strip()
    )


def spans(page: str) -> list[str]:
    return SPAN.findall(FENCE.sub("", text_of(page)))


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    lost = []
    for target in LINK.findall(FENCE.sub("", text_of(page))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / page).parent / path if path else ROOT / page
        name = str(place.resolve().relative_to(ROOT))
        is_there = name in tracked() or name in folders()
        if not is_there or (anchor and name.endswith(".md") and anchor not in anchors(name)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("page", pages())
def test_files_that_are_named_exist(page: str) -> None:
    """In code spans, where they begin with a folder of ours."""
    ours = {name.split("/")[0] for name in folders() if name != "."}
    named = [match.group(1) for span in spans(page) if (match := PLACE.match(span))]
    lost = [
        name
        for name in named
        if name.split("/")[0] in ours
        and name.rstrip("/") not in tracked() | folders()
        # Apps are called by their own name: `inventory/lua/hold.lua`.
        and not any(known.endswith(f"/{name.rstrip('/')}") for known in tracked() | folders())
    ]
    assert lost == []


@pytest.mark.parametrize("page", pages())
def test_tests_that_are_named_exist(page: str) -> None:
    """A promise whose test was renamed or taken away is shown by nothing."""
    named = {match.groups() for span in spans(page) if (match := TEST.fullmatch(span))}
    lost = [
        (file, name)
        for file, name in named
        if file not in tracked() or not re.search(rf"^(async )?def {name}\(", text_of(file), re.M)
    ]
    assert lost == []
    assert page != "docs/guarantees.md" or named


@cache
def words_of_the_code() -> frozenset[str]:
    kinds = (".py", ".lua", ".json", ".ts", ".mjs", ".html", ".toml", ".yaml", "Makefile")
    code = (name for name in tracked() if name.endswith(kinds) and name != "docs/openapi.yaml")
    return frozenset(word for name in code for word in re.findall(r"\w+", text_of(name)))


@pytest.mark.parametrize("page", pages())
def test_names_that_are_used_are_in_the_code(page: str) -> None:
    """Code spans that are one name of ours: with an underscore, or in the manner of a class."""
    named = [
        re.sub(r"\(.*", "", span)
        for span in spans(page)
        if re.match(r"[A-Za-z_][\w.]*(\(.*\))?$", span)
    ]
    parts = {part for name in named for part in name.split(".")}
    ours = {part for part in parts if re.search(r"_|[a-z][A-Z]", part.strip("_"))}
    assert ours - words_of_the_code() == set()


@pytest.mark.parametrize("page", pages())
def test_targets_of_make_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {word for part in [*blocks(page), *spans(page)] for word in MAKE.findall(part)}
    assert named <= targets


@pytest.mark.parametrize("page", pages())
def test_management_commands_exist(page: str) -> None:
    for span in spans(page):
        for line in MANAGE.findall(span):
            words = line.split()
            assert words[0] in get_commands(), line


@pytest.mark.parametrize("page", pages())
def test_management_commands_can_be_copied(page: str) -> None:
    """Each whole line is read by the command's own parser."""
    for block in blocks(page):
        for line in MANAGE.findall(block):
            words = shlex.split(line.replace("\\\n", " "), comments=True)
            words = words[: next((i for i, word in enumerate(words) if word in "<>|;&"), None)]
            name, *arguments = words
            assert name in get_commands(), line
            command = load_command_class(get_commands()[name], name)
            try:
                command.create_parser("manage.py", name).parse_args(arguments)
            except (CommandError, SystemExit) as error:
                pytest.fail(f"{page}: manage.py {line}: {error}")


@pytest.mark.parametrize("page", pages())
def test_no_page_knows_a_machine_or_a_registry(page: str) -> None:
    assert MACHINE.findall(text_of(page)) == []
    assert REGISTRY.findall(text_of(page)) == []


def test_every_page_is_in_the_index() -> None:
    index = text_of("docs/README.md")
    reached = {target.split("#")[0] for target in LINK.findall(index)}
    ours = {page.removeprefix("docs/") for page in pages() if page.startswith("docs/")}
    assert ours - {"README.md"} <= reached


def test_the_changelog_says_each_thing_once() -> None:
    lines = [line for line in text_of("CHANGELOG.md").splitlines() if line.startswith("- ")]
    assert sorted(lines) == sorted(set(lines))
