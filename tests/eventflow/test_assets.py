"""Building what browsers run needs no Node of the machine, and any Node makes the same files."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from eventflow.local import assets

LEAST, TOO_OLD = (22, 19), "v20.19.0"
# Older ones cannot read the build's script; nobody is promised that they can.
BUILDS = (20, 11)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for: a machine with nothing on it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


def put(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def version_of(*command: str) -> tuple[int, ...]:
    said = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    return tuple(int(part) for part in said.stdout.strip().lstrip("v").split("."))


def test_a_machine_without_node_is_given_one_that_runs(machine: Path) -> None:
    node = assets.find_node()

    assert node.is_relative_to(assets.WHEEL)
    assert version_of(str(node)) >= LEAST
    command, *npm = assets.npm_of(node)
    assert command == str(node)
    assert Path(npm[0]).is_relative_to(assets.WHEEL)
    assert version_of(command, *npm) > (0,)


@pytest.mark.parametrize("programs", [{"node": TOO_OLD, "npm": "9.0.0"}, {"node": "v99.0.0"}])
def test_a_node_that_is_too_old_or_has_no_npm_is_left_alone(
    machine: Path, programs: dict[str, str]
) -> None:
    for name, version in programs.items():
        put(machine, name, f"echo {version}")

    assert assets.find_node().is_relative_to(assets.WHEEL)


def test_a_node_of_the_machine_that_is_new_enough_is_used(machine: Path) -> None:
    node = put(machine, "node", "echo v22.19.0")
    put(machine, "npm", "echo 10.9.0")

    assert assets.find_node() == node


def test_any_node_makes_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines of one release must answer for each other's addresses."""
    own = shutil.which("node")
    monkeypatch.setenv("PATH", os.devnull)
    built = build(assets.find_node(), tmp_path / "wheel")

    assert built == listed(assets.BUILT)
    assert {"seats", "shop", "shop.css"} <= set(built)
    if own and version_of(own) >= BUILDS:
        assert build(Path(own), tmp_path / "own") == built


def build(node: Path, root: Path) -> dict[str, object]:
    """Build a copy of the sources, elsewhere, with nothing in the path; what was made."""
    for folder in assets.SOURCES:
        shutil.copytree(assets.ROOT / folder, root / folder, ignore=shutil.ignore_patterns("built"))
    for file in ("package.json", "tsconfig.json"):
        shutil.copy(assets.ROOT / file, root)
    (root / "node_modules").symlink_to(assets.MODULES)
    subprocess.run([node, "platform/web/build.mjs"], cwd=root, check=True, timeout=60)
    return listed(root / "platform/web/built")


def listed(folder: Path) -> dict[str, object]:
    """The list that pages read; each file that it names is there."""
    found = json.loads((folder / "assets.json").read_text(encoding="utf-8"))
    for each in found.values():
        assert all((folder / "assets" / name).exists() for name in (each["file"], *each["preload"]))
    return found
