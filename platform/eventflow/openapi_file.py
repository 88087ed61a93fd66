"""`python -m eventflow.openapi_file` writes docs/openapi.yaml; with --check it only compares."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "docs/openapi.yaml"


def difference() -> str:
    """Return how the committed description differs from the views; nothing when it does not."""
    from eventflow import openapi

    committed = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    lines = difflib.unified_diff(
        committed.splitlines(), openapi.as_yaml().splitlines(), "docs/openapi.yaml", "the views",
        lineterm="",
    )  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
    django.setup()
    found = difference()
    if found and "--check" in sys.argv[1:]:
        sys.stderr.write(f"{found}\ndocs/openapi.yaml is not what the views say: `make openapi`.\n")
        return 1
    if found:
        from eventflow import openapi

        PATH.write_text(openapi.as_yaml(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
