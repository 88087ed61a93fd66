"""Laws of the tree that no import can show."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]


def ladder() -> list[list[str]]:
    """The rungs from the top down, read from the same contracts that lint-imports checks."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    rungs = []
    for contract, package in (("tenant-ladder", "tenant_apps"), ("public-ladder", "public_apps")):
        layers = next(c["layers"] for c in contracts if c["id"] == contract)
        rungs += [[f"{package}.{name}" for name in re.findall(r"\w+", layer)] for layer in layers]
    return rungs


def test_platform_is_no_package() -> None:
    """It would shadow Python's own module."""
    assert not (ROOT / "platform/__init__.py").exists()
    import platform

    assert platform.python_version()


def test_foreign_keys_point_down_the_ladder() -> None:
    """import-linter does not see a relation that is written as a string."""
    rungs = ladder()
    height = {app: -place for place, rung in enumerate(rungs) for app in rung}
    wrong = []
    for model in apps.get_models():
        source = model._meta.app_config.name
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            target = field.related_model._meta.app_config.name
            known = source in height and target in height and source != target
            if known and height[target] >= height[source]:
                wrong.append(f"{model.__name__}.{field.name}: {source} -> {target}")
    assert wrong == []


def test_every_app_stands_on_the_ladder() -> None:
    standing = {app for rung in ladder() for app in rung}
    ours = {
        a.name
        for a in apps.get_app_configs()
        if a.name.split(".")[0] in {"tenant_apps", "public_apps"}
    }
    assert ours <= standing


def tracked(*patterns: str) -> list[str]:
    command = ["git", "ls-files", "-z", "--", *patterns]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in result.stdout.split("\0") if name]


def test_every_python_file_is_below_four_hundred_lines() -> None:
    long = {
        name: lines
        for name in tracked("*.py")
        if "/migrations/" not in name
        and not name.startswith("tests/")
        # Settings are one file by the rules of the house.
        and not name.endswith("eventflow/settings.py")
        and (ROOT / name).exists()
        and (lines := len((ROOT / name).read_text().splitlines())) > 400
    }
    assert long == {}


def test_lua_declares_its_arguments() -> None:
    """Every script says what it is called with and what it returns."""
    scripts = [*ROOT.glob("*/*/lua/*.lua"), *ROOT.glob("platform/*/lua/*.lua")]
    assert scripts
    for script in scripts:
        head = script.read_text().split("\nlocal", 1)[0]
        assert head.startswith("--"), script
        if not script.name.startswith("_"):
            assert "returns" in head, script


def test_every_script_file_is_below_four_hundred_lines() -> None:
    names = tracked("*.ts", "*.mjs")
    assert names
    assert [name for name in names if len((ROOT / name).read_text().splitlines()) > 400] == []


def test_what_leaves_the_house_imports_nothing_of_it() -> None:
    """The SDK runs on pages that the platform does not own; its code stands alone."""
    outside = re.compile(r"""from ["'](?!\.)|from ["'][^"']*(platform|tests)/""")
    names = tracked("embed_sdk/*.ts")
    assert names
    assert [name for name in names if outside.search((ROOT / name).read_text())] == []
