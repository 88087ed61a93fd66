"""What is remembered for a moment: for how long, and how much of it."""

from __future__ import annotations

import pytest

from kernel import recent
from kernel.recent import Recent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recent, "monotonic", lambda: now[0])
    return now


def test_an_entry_is_known_for_its_life_and_not_longer(clock: list[float]) -> None:
    book: Recent[str, int] = Recent(most=10, life_s=2)
    assert book.find("a") == (False, None)
    book.put("a", 1)
    clock[0] += 2
    assert book.find("a") == (True, 1)
    clock[0] += 0.1
    assert book.find("a") == (False, None)


def test_that_there_is_nothing_is_remembered_too(clock: list[float]) -> None:
    book: Recent[str, int | None] = Recent(most=10, life_s=2)
    book.put("a", None)
    assert book.find("a") == (True, None)


def test_a_full_book_begins_anew_instead_of_growing(clock: list[float]) -> None:
    book: Recent[int, int] = Recent(most=3, life_s=2)
    for number in range(100):
        book.put(number, number)
        assert len(book) <= 3
    assert book.find(99) == (True, 99)
