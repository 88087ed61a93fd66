"""The written rules of docs/reviews.md: for each, an abuser who is caught and an honest buyer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from tenant_apps.queueing.domain.rules import (
    ASK,
    HOLD_BACK,
    SHORT_HOLD_MS,
    SNIPE_MS,
    Kind,
    Relations,
    Rule,
    Signs,
    hold_ms_of,
    reasons_of,
    score_of,
)
from tenant_apps.queueing.domain.watching import (
    LATE_MS,
    Book,
    Happening,
    Held,
    Ordered,
    Paid,
    Released,
    Unpaid,
    Who,
)

MINUTE = 60_000
HOLD = 10 * MINUTE


def person(session: str, network: str = "home", device: str = "") -> tuple[Who, ...]:
    known = [(Kind.SESSION, session), (Kind.DEVICE, device), (Kind.PREFIX, network)]
    return tuple(each for each in known if each[1])


def held(
    who: tuple[Who, ...],
    at_ms: int,
    places: Sequence[int],
    hold: str,
    life_ms: int = HOLD,
    performance: int = 1,
) -> Held:
    return Held(at_ms, performance, hold, who, at_ms + life_ms, tuple(places))


def book_of(happenings: Iterable[Happening], now_ms: int = 24 * 60 * MINUTE) -> Book:
    book = Book()
    book.read(happenings, now_ms=now_ms)
    return book


def score(book: Book, who: Who) -> int:
    return score_of(who[0], Signs(book.lapsed[who], book.sniped[who], book.bought[who]))


def test_who_lets_places_run_out_again_and_again_is_caught() -> None:
    bot = person("bot")
    holds = [held(bot, number * 11 * MINUTE, (1, 2), f"hold{number}") for number in range(6)]
    assert score(book_of(holds[:2]), bot[0]) == 0
    assert score(book_of(holds[:3]), bot[0]) == ASK
    assert score(book_of(holds), bot[0]) == HOLD_BACK


def test_giving_back_just_before_the_end_is_no_way_around() -> None:
    bot, happened = person("bot"), list[Happening]()
    for number in range(6):
        start = number * 10 * MINUTE
        happened += [held(bot, start, (1,), f"hold{number}"),
                     Released(start + 9 * MINUTE, (1, f"hold{number}"))]  # fmt: skip
    assert score(book_of(happened), bot[0]) == HOLD_BACK


def test_not_paying_for_orders_is_no_way_around() -> None:
    bot = person("bot")
    happened: list[Happening] = []
    for number in range(6):
        start = number * 30 * MINUTE
        happened += [held(bot, start, (1,), f"hold{number}"),
                     Ordered(start + MINUTE, ((1, f"hold{number}"),)),
                     Unpaid(start + 16 * MINUTE, bot)]  # fmt: skip
    assert score(book_of(happened), bot[0]) == HOLD_BACK


def test_somebody_who_changes_seats_ten_times_is_let_through() -> None:
    buyer, happened = person("anna"), list[Happening]()
    for number in range(10):
        start = number * 2 * MINUTE
        happened += [held(buyer, start, (number, number + 1), f"hold{number}"),
                     Released(start + 90_000, (1, f"hold{number}"))]  # fmt: skip
    assert score(book_of(happened), buyer[0]) == 0


def test_somebody_who_changes_one_hold_ten_times_is_let_through() -> None:
    buyer = person("anna")
    changed = [held(buyer, n * 30_000, (n, n + 1), "hold", HOLD - n * 30_000) for n in range(10)]
    book = book_of([*changed, Ordered(6 * MINUTE, ((1, "hold"),))])
    assert score(book, buyer[0]) == 0
    assert book.sniped == {}


def test_a_teacher_who_buys_for_three_classes_is_let_through() -> None:
    teacher = person("teacher")
    happened: list[Happening] = []
    for number in range(3):
        start = number * 20 * MINUTE
        happened += [
            # One group is let go while the list of names is looked for.
            held(teacher, start, range(30 * number, 30 * number + 30), f"first{number}"),
            held(teacher, start + 11 * MINUTE, range(30), f"second{number}"),
            Ordered(start + 15 * MINUTE, ((1, f"second{number}"),)),
            Paid(start + 17 * MINUTE, teacher),
        ]
    assert score(book_of(happened), teacher[0]) == 0
    bought = Relations(mails_of_card=1, cards_of_mail=1, places_of_mail=90, places_an_order=30)
    assert reasons_of([(Kind.SESSION, Signs(lapsed=3, bought=3))], bought) == []


def test_many_buyers_behind_one_address_are_let_through() -> None:
    """A box office, a school, a mobile network: each sells or looks, and some change their mind."""
    happened: list[Happening] = []
    for number in range(100):
        buyer, start = person(f"buyer{number}", "office"), number * MINUTE
        happened.append(held(buyer, start, (number,), f"hold{number}"))
        if number % 2:
            happened += [Ordered(start + 5 * MINUTE, ((1, f"hold{number}"),)),
                         Paid(start + 6 * MINUTE, buyer)]  # fmt: skip
    book = book_of(happened)
    assert book.lapsed[Kind.PREFIX, "office"] == 50
    assert score(book, (Kind.PREFIX, "office")) == 0


def test_many_sessions_behind_one_address_that_never_buy_are_caught() -> None:
    holds = [held(person(f"bot{n}", "den"), n * 1_000, (n,), f"hold{n}") for n in range(90)]
    assert score(book_of(holds[:29]), (Kind.PREFIX, "den")) == 0
    # Others may stand behind the same address: they are asked, and never held back.
    assert score(book_of(holds[:30]), (Kind.PREFIX, "den")) == ASK
    assert score(book_of(holds), (Kind.PREFIX, "den")) == ASK


def snipes(count: int, *, after_ms: int) -> Book:
    """A second session takes a place soon after the first one has given it back."""
    taker, happened = person("taker", device="print"), list[Happening]()
    for number in range(count):
        start = number * 5_000
        happened += [
            held(person("giver", "elsewhere"), start, (number,), f"given{number}"),
            Released(start + 1_000, (1, f"given{number}")),
            held(taker, start + 1_000 + after_ms, (number,), f"taken{number}"),
        ]  # fmt: skip
    return book_of(happened, now_ms=0)


def test_who_is_there_within_a_moment_of_each_release_is_caught() -> None:
    book = snipes(10, after_ms=300)
    assert score(book, (Kind.SESSION, "taker")) == HOLD_BACK
    assert score(snipes(15, after_ms=300), (Kind.DEVICE, "print")) == ASK
    assert score(book, (Kind.SESSION, "giver")) == 0
    assert score(snipes(4, after_ms=300), (Kind.SESSION, "taker")) == ASK


def test_a_buyer_who_waits_for_a_place_and_clicks_is_let_through() -> None:
    assert score(snipes(3, after_ms=300), (Kind.SESSION, "taker")) == 0
    assert score(snipes(30, after_ms=SNIPE_MS + 1), (Kind.SESSION, "taker")) == 0


def test_a_hold_that_runs_out_gives_its_places_back_at_its_end() -> None:
    slow, fast = person("slow"), person("fast", "elsewhere")
    happened = [held(slow, 0, (1, 2), "a"), held(fast, HOLD + 100, (2,), "b")]
    assert book_of(happened, now_ms=HOLD + 200).sniped[fast[0]] == 1


def test_a_word_that_comes_late_opens_no_hold_that_was_sold() -> None:
    buyer = person("anna")
    book = book_of([Ordered(1, ((1, "hold"),))])
    book.read([held(buyer, 0, (1,), "hold"), held(buyer, 1, (1,), "hold")], now_ms=HOLD + 1)
    assert book.holds == {}
    assert book.lapsed == {}


def test_one_id_at_many_performances_is_no_way_around() -> None:
    bot = person("bot")
    holds = [held(bot, n * MINUTE, (1,), "hold", performance=n) for n in range(6)]
    assert score(book_of(holds), bot[0]) == HOLD_BACK


def test_an_id_that_was_ordered_elsewhere_is_no_way_around() -> None:
    bot, happened = person("bot"), list[Happening]()
    for number in range(6):
        start = number * 11 * MINUTE
        happened += [Ordered(start, ((2, f"hold{number}"),)),
                     held(bot, start + 1, (1,), f"hold{number}")]  # fmt: skip
    assert score(book_of(happened), bot[0]) == HOLD_BACK


def test_an_id_that_was_ordered_once_is_no_way_around() -> None:
    bot, happened = person("bot"), [Ordered(0, ((1, "hold"),))]
    holds = [held(bot, 1 + number * 11 * MINUTE, (1,), "hold") for number in range(6)]
    assert score(book_of([*happened, *holds]), bot[0]) == HOLD_BACK


def test_nobody_is_charged_with_what_others_do_under_the_same_id() -> None:
    buyer, framer = person("anna"), person("framer", "elsewhere")
    happened: list[Happening] = []
    for number in range(6):
        start, key = number * 11 * MINUTE, (1, f"hold{number}")
        happened += [
            held(buyer, start, (1,), key[1]),
            held(framer, start + 1, (5,), key[1], performance=2),
            Ordered(start + MINUTE, (key,)),
            # The id is free again at the same performance, for whoever has seen it.
            held(framer, start + 2 * MINUTE, (6,), key[1], life_ms=5 * MINUTE),
        ]
    book = book_of(happened)
    assert score(book, buyer[0]) == 0
    assert book.lapsed[framer[0]] == 12


def test_who_takes_over_an_id_does_not_take_over_its_time() -> None:
    buyer, other = person("anna"), person("other", "elsewhere")
    happened = [
        held(buyer, 0, (1,), "hold"),
        # That it was given back is not known; whatever became of it, it is nobody's fault.
        held(other, 5 * MINUTE, (2,), "hold"),
        Released(6 * MINUTE, (1, "hold")),
    ]
    assert book_of(happened).lapsed == {}


def test_words_that_come_late_change_nothing() -> None:
    buyer = person("anna")
    book = book_of([Released(MINUTE, (1, "hold")), held(buyer, 2 * MINUTE, (1,), "hold")], 0)
    more = held(buyer, 3 * MINUTE, (1, 2), "hold", life_ms=20 * MINUTE)
    book.read([more], now_ms=0)
    known = book.holds[1, "hold"]
    for late in (held(buyer, 2 * MINUTE, (1,), "hold"), held(buyer, 30_000, (9,), "hold")):
        book.read([late], now_ms=0)
        assert book.holds == {(1, "hold"): known}
    book.read([Released(4 * MINUTE, (1, "hold"))], now_ms=0)
    book.read([more], now_ms=0)
    assert book.holds == {}


def test_a_word_of_an_order_that_comes_after_the_end_is_in_time() -> None:
    """The checkout keeps a hold for a minute more, and says at its end that it has sold."""
    buyer = person("anna")
    for late_ms in (0, 1, LATE_MS - 1):
        book = book_of([held(buyer, 0, (1,), "hold")], now_ms=HOLD + late_ms)
        book.read([Ordered(HOLD + late_ms, ((1, "hold"),))], now_ms=2 * HOLD)
        assert book.lapsed == {}
        assert book.holds == {}
    assert book_of([held(buyer, 0, (1,), "hold")], now_ms=HOLD + LATE_MS).lapsed[buyer[0]] == 1


def test_more_time_that_is_told_after_the_end_is_in_time() -> None:
    buyer = person("anna")
    book = book_of([held(buyer, 0, (1,), "hold")], now_ms=HOLD + 1)
    book.read([held(buyer, HOLD - 1, (1,), "hold")], now_ms=HOLD + LATE_MS)
    book.read([Ordered(HOLD + 2 * MINUTE, ((1, "hold"),))], now_ms=3 * HOLD)
    assert book.lapsed == {}


def test_to_hold_the_same_again_at_once_is_no_way_around() -> None:
    bot, other = person("bot"), person("other", "elsewhere")
    happened = [held(bot, n * (HOLD + 1), (1,), "hold") for n in range(6)]
    assert score(book_of(happened), bot[0]) == HOLD_BACK
    in_turn = [held((bot, other)[n % 2], n * (HOLD + 1), (1,), "hold") for n in range(12)]
    assert score(book_of(in_turn), bot[0]) >= HOLD_BACK


def test_what_may_have_been_told_and_lost_counts_against_nobody() -> None:
    buyer = person("anna")
    holds = [held(buyer, number * MINUTE, (number,), f"hold{number}") for number in range(6)]
    book = Book(lost_ms=4 * MINUTE)
    book.read(holds, now_ms=2 * HOLD)
    assert book.lapsed[buyer[0]] == 1


def test_a_couple_with_one_card_and_two_mails_is_let_through() -> None:
    assert reasons_of([], Relations(mails_of_card=2, cards_of_mail=1)) == []


@pytest.mark.parametrize(
    ("relations", "rule"),
    [
        (Relations(mails_of_card=4), Rule.SHARED_CARD),
        (Relations(cards_of_mail=4), Rule.MANY_CARDS),
        (Relations(places_of_mail=41, places_an_order=10), Rule.BEYOND_LIMIT),
    ],
)
def test_who_belongs_together_is_caught(relations: Relations, rule: Rule) -> None:
    assert reasons_of([], relations) == [rule]


@pytest.mark.parametrize(
    "relations",
    [
        Relations(mails_of_card=3),
        Relations(cards_of_mail=3),
        Relations(places_of_mail=40, places_an_order=10),
    ],
)
def test_one_less_is_let_through(relations: Relations) -> None:
    assert reasons_of([], relations) == []


def test_what_many_share_has_no_order_looked_at_and_nobody_held_back() -> None:
    for kind in (Kind.DEVICE, Kind.PREFIX):
        signs = Signs(lapsed=5_000, sniped=5_000)
        assert ASK <= score_of(kind, signs) < HOLD_BACK
        assert reasons_of([(kind, signs)], Relations()) == []
    assert reasons_of([(Kind.SESSION, Signs(lapsed=6))], Relations()) == [Rule.HOARDING]


def test_only_a_suspect_holds_for_a_shorter_time() -> None:
    assert [hold_ms_of(points) for points in (0, 9, 10, 30)] == [
        0, 0, SHORT_HOLD_MS, SHORT_HOLD_MS,
    ]  # fmt: skip
