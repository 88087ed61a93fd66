"""The print, and its place in the docs."""

from __future__ import annotations

from collections.abc import Sequence

from eventflow.local.options import ROOT

PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- map -->", "<!-- end of the map -->"


class Result:
    """Figures, each beside its bar."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = []

    def add(
        self,
        what: str,
        value: float,
        unit: str,
        bar: float,
        *,
        most_is_best: bool = False,
        besides: str = "",
    ) -> None:
        """Note a figure beside its bar; `besides` is said of it and has no bar."""
        met = value >= bar if most_is_best else value <= bar
        ours = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        sign = "≥" if most_is_best else "≤"
        ours = f"{ours} {unit}" + (f" ({besides})" if besides else "")
        self.lines.append([what, ours, f"{sign} {bar:g} {unit}", "yes" if met else "**no**"])
        print(" | ".join(self.lines[-1]), flush=True)


def table(columns: str, lines: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as the lines of a page, with an empty one before it."""
    names = columns.split("|")
    cut = ["---"] * len(names)
    return ["", *(f"| {' | '.join(each)} |" for each in ([n.strip() for n in names], cut, *lines))]


def write(lines: Sequence[str]) -> None:
    """Put the print into the page, between its marks."""
    print("", *lines, sep="\n")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("\n".join([before + BEGIN, *lines, END + after]), encoding="utf-8")
