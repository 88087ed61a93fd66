"""The print of a run, and the page that keeps the last one of all figures."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figures import Row
from eventflow.local.options import ROOT
from eventflow.local.postgres import binaries
from eventflow.local.valkey import binary as valkey_binary

PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- print -->", "<!-- end of the print -->"
HEAD = ("what", "ours", "bar", "met", "limit", "ours / limit", "times (ms)")
PACKAGES = ("django", "starlette", "uvicorn", "uvloop", "gunicorn", "psycopg", "redis")


def machine() -> list[str]:
    """Say what it was measured on: no name of a host, no path."""
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    cores = f"{os.cpu_count()} cores of {_processor()}, {_memory_gb():.0f} GB"
    stores = (
        _version([str(binaries() / "postgres"), "-V"]),
        _version([str(valkey_binary()), "-v"]),
    )
    return [
        f"{cores}, {_kernel()}",
        f"Python {platform.python_version()}, {', '.join(stores)}",
        packages,
    ]


def line(row: Row) -> list[str]:
    """Put a row into words, one for each column."""
    met = {None: "", True: "yes", False: "**no**"}[row.is_met]
    times = f"{row.times.p50:.1f} / {row.times.p95:.1f} / {row.times.p99:.1f}" if row.times else ""
    limit = f"{number(row.limit)} {row.unit}: {row.limit_is}" if row.limit else ""
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    ours = "not there yet" if row.ours is None else f"{number(row.ours)} {row.unit}"
    return [row.what, ours, _bar(row), met, limit, ratio, times]


def number(value: float) -> str:
    """Write three or four figures, whatever the size."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows: Iterable[Row]) -> list[str]:
    """Write the rows as a table of Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *(line(row) for row in rows)]
    return [f"| {' | '.join(words)} |" for words in lines]


def plain(row: Row) -> str:
    """Write a row for the terminal, as soon as it is measured."""
    what, ours, bar, met, limit, ratio, times = line(row)
    parts = [f"{what}: {ours}"]
    parts += [f"bar {bar}" + (f", met: {met.strip('*')}" if met else "")] if bar else []
    parts += [f"p50 / p95 / p99 {times} ms"] if times else []
    parts += [f"limit {limit}, ratio {ratio}"] if limit else []
    parts += [row.note] if row.note else []
    return "\n      ".join(parts)


def write_page(rows: list[Row], about: list[str]) -> None:
    """Put the machine and the table into the page, between its two marks."""
    notes = [f"- {row.what}: {row.note}" for row in rows if row.note]
    said = [*(f"- {each}" for each in about), "", *table(rows), "", "What went with it:", ""]
    write_between((BEGIN, END), ["", *said, *notes, ""])


def write_between(marks: tuple[str, str], lines: list[str]) -> None:
    """Put lines into the page, between two marks of it."""
    begin, end = marks
    between = "\n".join([begin, *lines, end])
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    PAGE.write_text(pattern.sub(lambda _: between, page), encoding="utf-8")


def _bar(row: Row) -> str:
    parts = []
    if row.bar is not None:
        parts.append(f"{'' if row.most_is_best else 'under '}{number(row.bar)} {row.unit}")
    parts += [f"{percentile} under {bar:g} ms" for percentile, bar in row.time_bars.items()]
    return ", ".join(parts)


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _kernel() -> str:
    """Return the kernel's version, without the name of its build."""
    return f"{platform.system()} {platform.release().partition('-')[0]}"


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _version(command: list[str]) -> str:
    """Return what a program says of its version, without its build."""
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=10).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    name = "PostgreSQL" if "postgres" in said else "Valkey"
    return f"{name} {found[0] if found else said.strip()}"
