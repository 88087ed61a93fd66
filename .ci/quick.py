"""The checks that need no database: two at a time, all of them, each with its time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from eventflow.local import assets

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NODE = assets.find_node()

CHECKS: dict[str, Sequence[str]] = {
    "ruff check": ("ruff", "check", "--quiet", "."),
    "ruff format": ("ruff", "format", "--check", "--quiet", "."),
    "layers": ("lint-imports", "--no-cache"),
    "types": ("mypy", "platform", "public_apps", "tenant_apps"),
    "scripts": ("node", "node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings"),
    "script types": ("node", "node_modules/typescript/bin/tsc", "--noEmit"),
    "script tests": ("node", "node_modules/vitest/vitest.mjs", "run", "--silent"),
    "translations": ("python", "-m", "eventflow.translations", "check"),
    "api": ("python", "-m", "eventflow.openapi_file", "--check"),
    "migrations": ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
}
# makemigrations asks a database, which need not run here, whether its history is consistent.
ENVIRONMENT = {**os.environ, "DATABASE_POOL_TIMEOUT": "1", "PYTHONWARNINGS": "ignore"}


def run(name: str) -> tuple[bool, str]:
    """Run one check; give whether it passed, and what there is to say."""
    program, *arguments = CHECKS[name]
    command = [str(NODE if program == "node" else BIN / program), *arguments]
    started_at = time.monotonic()
    result = subprocess.run(
        command, check=False, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    took = f"{name:<12} {time.monotonic() - started_at:5.1f} s"
    if result.returncode == 0:
        return True, f"  ok      {took}"
    said = "\n".join(part.strip() for part in (result.stdout, result.stderr) if part.strip())
    return False, f"  FAILED  {took}\n{said}\n"


def main() -> int:
    with ThreadPoolExecutor(2) as pool:
        is_good = True
        for passed, line in pool.map(run, CHECKS):
            print(line, flush=True)
            is_good &= passed
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
