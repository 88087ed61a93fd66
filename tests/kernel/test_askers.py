from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kernel import clock
from kernel.askers import MOST_SAID, Asker, asker

PHONE = ("Mozilla/5.0 (Android 14; Mobile) Firefox/140", "de-AT", "", "", "")
NETWORK = "203.0.113.9"


def ask(schema_name: str = "t_aurora", *, network: str = NETWORK, said=PHONE) -> Asker:
    return asker(schema_name, session="s", network=network, said=said)


def test_the_same_browser_has_the_same_print_and_another_has_another() -> None:
    assert ask().device == ask().device
    assert ask().device != ask(said=("curl/8", *PHONE[1:])).device
    assert ask().device != ask(network="203.0.113.10").device


def test_a_print_is_no_more_than_a_digest() -> None:
    device = ask().device
    assert len(device) == 32
    assert not any(word and word.lower() in device for word in (*PHONE, NETWORK))


def test_two_organizers_cannot_compare_their_prints() -> None:
    assert ask("t_aurora").device != ask("t_borealis").device


def test_a_print_is_another_on_the_next_day() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with clock.fixed(noon):
        today = ask().device
    with clock.fixed(noon + timedelta(hours=11)):
        assert ask().device == today
    with clock.fixed(noon + timedelta(days=1)):
        assert ask().device != today


def test_long_and_odd_words_are_no_trouble() -> None:
    assert ask(said=("x" * MOST_SAID, "", "", "", "")) == ask(said=("x" * 99_999, "", "", "", ""))
    assert ask(said=("\udcff\xff\0", "ü", "", "", "")).device
