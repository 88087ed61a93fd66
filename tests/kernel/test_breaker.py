"""Who was silent several times is not asked for a moment."""

from __future__ import annotations

from kernel.breaker import Breaker


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def breaker() -> tuple[Breaker, Watch]:
    watch = Watch()
    return Breaker(silences=3, within_s=10, pause_s=5, now_s=watch), watch


def test_several_silences_at_once_are_a_pause() -> None:
    guard, watch = breaker()
    for _ in range(2):
        guard.note_silence()
    assert guard.pause_left_s() == 0
    guard.note_silence()
    assert guard.pause_left_s() == 5
    watch.now += 5
    assert guard.pause_left_s() == 0


def test_silences_far_apart_are_none() -> None:
    guard, watch = breaker()
    for _ in range(6):
        guard.note_silence()
        watch.now += 6
    assert guard.pause_left_s() == 0


def test_after_a_pause_one_silence_is_enough_until_somebody_answers() -> None:
    guard, watch = breaker()
    for _ in range(3):
        guard.note_silence()
    watch.now += 60
    guard.note_silence()
    assert guard.pause_left_s() == 5
    guard.note_answer()
    guard.note_silence()
    assert guard.pause_left_s() == 0
