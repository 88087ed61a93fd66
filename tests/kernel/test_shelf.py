"""What is made by one and given to all: its life, its bounds, and who waits for whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel import shelf as shelves
from kernel.shelf import Shelf

LIFE_S, STALE_S = 2.0, 10.0
CROWD = 6


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def shelf(clock: list[float]) -> Shelf[str]:
    return Shelf(most_bytes=100, stale_s=STALE_S, now_s=lambda: clock[0])


def make(shelf: Shelf[str], key: str, value: str = "page", size: int = 1) -> None:
    """Take the turn, make the value, and end the turn."""
    assert shelf.find(key) is None
    shelf.put(key, value, size=size, life_s=LIFE_S)
    shelf.end_turn(key)


def crowd_finds(shelf: Shelf[str], key: str, then: list[object]) -> list[str | None]:
    """Let a crowd look while the turn is ours; `then` ends it."""
    with ThreadPoolExecutor(CROWD) as threads:
        looking = [threads.submit(shelf.find, key) for _ in range(CROWD)]
        for act in then:
            act()  # type: ignore[operator]
        return [each.result(timeout=10) for each in looking]


def test_a_value_is_given_for_its_life_and_then_made_again(
    shelf: Shelf[str], clock: list[float]
) -> None:
    make(shelf, "a")
    clock[0] += LIFE_S - 0.1
    assert shelf.find("a") == "page"
    clock[0] += 0.1
    assert shelf.find("a") is None


def test_a_crowd_that_comes_first_gets_what_one_of_them_makes(shelf: Shelf[str]) -> None:
    assert shelf.find("a") is None
    ending = [
        lambda: shelf.put("a", "page", size=1, life_s=LIFE_S),
        lambda: shelf.end_turn("a"),
    ]
    assert crowd_finds(shelf, "a", ending) == ["page"] * CROWD


def test_when_nothing_came_of_it_nobody_is_left_waiting(shelf: Shelf[str]) -> None:
    assert shelf.find("a") is None
    assert crowd_finds(shelf, "a", [lambda: shelf.end_turn("a")]) == [None] * CROWD


def test_nobody_waits_for_ever_for_one_who_hangs(
    shelf: Shelf[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "PATIENCE_S", 0.01)
    assert shelf.find("a") is None
    assert crowd_finds(shelf, "a", []) == [None] * CROWD


def test_while_it_is_made_again_the_others_get_the_last_one(
    shelf: Shelf[str], clock: list[float]
) -> None:
    make(shelf, "a")
    clock[0] += LIFE_S
    assert shelf.find("a") is None
    assert shelf.find("a") == "page"
    clock[0] += STALE_S - 0.1
    assert shelf.find("a") == "page"


def test_the_last_one_is_not_given_for_ever(
    shelf: Shelf[str], clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "PATIENCE_S", 0.01)
    make(shelf, "a")
    clock[0] += LIFE_S
    assert shelf.find("a") is None
    clock[0] += STALE_S
    assert shelf.find("a") is None


def test_keys_do_not_wait_for_each_other(shelf: Shelf[str]) -> None:
    assert shelf.find("a") is None
    make(shelf, "b", "other")
    assert shelf.find("b") == "other"


def test_what_nobody_asks_for_makes_room(shelf: Shelf[str]) -> None:
    for number in range(50):
        make(shelf, f"key-{number}", size=30)
        if number:
            assert shelf.find("key-0") == "page", "it is asked for"
    assert [f"key-{number}" in shelf for number in (0, 10, 49)] == [True, False, True]


def test_what_is_too_large_is_not_kept(shelf: Shelf[str]) -> None:
    make(shelf, "a", size=101)
    assert "a" not in shelf
