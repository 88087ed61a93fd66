"""Every test, fast ones first: two processes for the parts, one for the whole stack and browsers.

EVENTFLOW_NO_SKIPS=1 (CI) makes a skipped test a failure. Arguments go to pytest as they are and
replace the two rounds by one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHOLE = "browser or stack"
# Fast to slow; a folder that is not there yet is left out, one that is not named here comes first.
SLOW_LAST = (
    *("kernel", "architecture", "eventflow", "public_apps", "tenant_apps", "contracts"),
    *("isolation", "concurrency", "simulation", "browser", "stack", "deploy"),
)


def in_order() -> list[str]:
    """Give the folders and files of tests/ in the order in which they are run."""
    found = sorted(
        path.name
        for path in (ROOT / "tests").iterdir()
        if (path.is_dir() and any(path.rglob("test_*.py"))) or path.name.startswith("test_")
    )
    rank = {name: place for place, name in enumerate(SLOW_LAST)}
    return [f"tests/{name}" for name in sorted(found, key=lambda name: rank.get(name, -1))]


def pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.no_skips", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT).returncode


def main(arguments: list[str]) -> int:
    if arguments:
        return pytest(*arguments)
    workers = os.environ.get("WORKERS", "2")
    folders = in_order()
    parts = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    codes = [
        pytest(*parts, "-m", f"not ({WHOLE})", *folders),
        pytest("-m", WHOLE, *folders),
    ]
    return max(code for code in codes if code != 5) if set(codes) != {5} else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
