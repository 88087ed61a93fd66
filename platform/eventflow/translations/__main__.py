"""The three commands; see the package."""

from __future__ import annotations

import sys
from pathlib import Path

from eventflow.translations import catalogues
from eventflow.translations.sources import messages

ROOT = Path(__file__).resolve().parents[3]


def main(command: str) -> int:
    if command == "compile":
        catalogues.compile_all(catalogues.FOLDER)
        return 0
    found = messages(ROOT)
    if command == "update":
        for language in catalogues.LANGUAGES:
            catalogues.update(language, found)
        left = catalogues.faults(found)
        for line in left:
            sys.stdout.write(f"{line}\n")
        sys.stdout.write(f"{len(found)} messages, {len(left)} still to be translated.\n")
        catalogues.compile_all(catalogues.FOLDER)
        return 0
    wrong = catalogues.faults(found)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\nRun `make messages`, then translate.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    commands = ("update", "compile", "check")
    if sys.argv[1:] not in [[each] for each in commands]:
        sys.exit(f"One of: {', '.join(commands)}")
    sys.exit(main(sys.argv[1]))
