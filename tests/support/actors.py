"""Who acts in a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tester:
    kind: str = "system"
    ref: str = "tests"
    name: str = "the tests"
