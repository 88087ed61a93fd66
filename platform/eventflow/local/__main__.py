"""The embedded run: `python -m eventflow.local up | reset | status`."""

from __future__ import annotations

import argparse
import asyncio
import errno
import sys
import time

from eventflow.env import BadSetting
from eventflow.local import options
from eventflow.local.children import CannotStart


def main(arguments: list[str]) -> int:
    """Do what is asked; a refusal is one plain sentence and exit code 1."""
    started_at = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m eventflow.local", description=__doc__)
    parser.add_argument("what", choices=["up", "reset", "status"])
    parser.add_argument("--yes", action="store_true", help="reset without asking")
    asked = parser.parse_args(arguments)
    try:
        return _do(asked.what, started_at, is_sure=asked.yes)
    except (CannotStart, BadSetting) as error:
        sentence = str(error)
    except OSError as error:
        sentence = _sentence_for(error)
    except KeyboardInterrupt:  # before there was anything to stop in order
        return 1
    print(sentence, file=sys.stderr)
    return 1


def _do(what: str, started_at: float, *, is_sure: bool) -> int:
    chosen = options.read()
    if what == "reset":
        from eventflow.local.reset import reset

        return reset(chosen, is_sure=is_sure)
    if what == "status":
        from eventflow.local.status import show

        return show(chosen)
    from eventflow.local.up import run

    asyncio.run(run(chosen, started_at))
    return 0


def _sentence_for(error: OSError) -> str:
    place = error.filename or "the data folder"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full: {place} could not be written."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{place} may not be read or written by this user."
    if isinstance(error, FileNotFoundError):
        return f"{place} is missing."
    return f"{place}: {error.strerror or error}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
