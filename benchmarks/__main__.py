"""`make bench`: measure every figure, or those that ONLY names, and print each beside its bar."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import time

from benchmarks.load import CannotMeasure, binary, forget_binary
from benchmarks.neighbours import Neighbours
from benchmarks.rig import Rig
from eventflow.local.children import CannotStart

# In the order of the print.
MODULES = (
    *("holds", "standing", "fairness", "seat_rules", "best_seats", "waiting_room"),
    *("reads", "orders", "doors", "watchers", "sameness", "tenants", "starting"),
)
EVERYTHING = "all"
STOPPED = 130


def main(arguments: list[str]) -> int:
    """Measure; 1 with one plain sentence when that cannot be done."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="*", help="names of figures")
    only = parser.parse_args(arguments).only
    rig = None
    try:
        binary()
        rig = Rig()
        rig.start_stores()
        return measure(rig, only)
    except (CannotMeasure, CannotStart) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return STOPPED
    finally:
        if rig is not None:
            rig.close()
        forget_binary()


def measure(rig: Rig, only: list[str]) -> int:
    """Make the database, measure, print; all figures together go into the page."""
    import django

    django.setup()
    from benchmarks import report
    from benchmarks.figures import FIGURES, ONLY_BY_NAME, Row
    from public_apps.tenants import schemas

    for name in MODULES:
        importlib.import_module(f"benchmarks.{name}")
    usual = [name for name in FIGURES if name not in ONLY_BY_NAME]
    names = list(FIGURES) if only == [EVERYTHING] else only or usual
    unknown = sorted(set(names) - set(FIGURES))
    if unknown:
        raise CannotMeasure(f"No figure is called {unknown[0]}. There are: {', '.join(FIGURES)}.")
    about = report.machine()
    print(*about, sep="\n", flush=True)
    schemas.migrate_public(schemas.fingerprint())
    started_at, rows, whole = time.monotonic(), list[Row](), Neighbours()
    for name in names:
        print(f"\n{time.monotonic() - started_at:6.1f} s  {name}", flush=True)
        meanwhile = Neighbours()
        for row in FIGURES[name](rig):
            rows.append(row)
            print(f"    - {report.plain(row)}", flush=True)
        print(f"    others took {meanwhile.share():.0%} of the cores meanwhile", flush=True)
    about.append(
        f"{(time.monotonic() - started_at) / 60:.0f} minutes,"
        f" in which other work took {whole.share():.0%} of the cores"
    )
    print("", *report.table(rows), "", about[-1], sep="\n")
    if set(names) >= set(usual):
        report.write_page(rows, about)
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    # Whoever ends it leaves no data behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
