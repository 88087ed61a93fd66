from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import errors
from tenant_apps.events import domain
from tenant_apps.events.domain import Block, Limits, Phase, State, Step, Texts, Times
from tenant_apps.events.domain.states import NEXT_STATE

START = datetime(2030, 5, 1, 17, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = Times(
    starts_at=START,
    ends_at=START + 3 * HOUR,
    doors_at=START - HOUR,
    sale_opens_at=START - 100 * HOUR,
    sale_closes_at=START + HOUR,
)
TEXTS = Texts(slug="hamlet", title="Hamlet")


@dataclass(frozen=True)
class OnSale:
    state: str = State.PUBLISHED
    ends_at: datetime = TIMES.ends_at
    sale_opens_at: datetime = TIMES.sale_opens_at
    sale_closes_at: datetime = TIMES.sale_closes_at


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_every_step_leads_on_or_is_refused(state: State, step: Step) -> None:
    if (state, step) in NEXT_STATE:
        assert domain.advance(state, step) == NEXT_STATE[state, step]
    else:
        with pytest.raises(domain.StepRefused):
            domain.advance(state, step)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (TIMES.sale_opens_at - timedelta(microseconds=1), Phase.NOT_YET),
        (TIMES.sale_opens_at, Phase.OPEN),
        (START, Phase.OPEN),
        (TIMES.sale_closes_at - timedelta(microseconds=1), Phase.OPEN),
        (TIMES.sale_closes_at, Phase.CLOSED),
        (TIMES.ends_at - timedelta(microseconds=1), Phase.CLOSED),
        (TIMES.ends_at, Phase.PAST),
    ],
)
def test_the_sale_opens_and_closes_to_the_moment(now: datetime, phase: Phase) -> None:
    state = domain.sale_state(OnSale(), now)

    assert state.phase is phase
    assert state.opens_at == (TIMES.sale_opens_at if phase is Phase.NOT_YET else None)
    assert state.is_open == (phase is Phase.OPEN)


@given(offset=st.integers(-400, 400))
def test_a_cancelled_performance_is_cancelled_at_any_time(offset: int) -> None:
    state = domain.sale_state(OnSale(state=State.CANCELLED), START + offset * HOUR)

    assert state.phase is Phase.CANCELLED


def test_a_draft_is_not_for_sale() -> None:
    assert domain.sale_state(OnSale(state=State.DRAFT), START).phase is Phase.NOT_PUBLISHED


@pytest.mark.parametrize(
    ("performance", "now", "refusal"),
    [
        (OnSale(), TIMES.sale_opens_at - HOUR, domain.SaleNotOpen),
        (OnSale(), TIMES.sale_closes_at, domain.SaleClosed),
        (OnSale(), TIMES.ends_at, domain.PerformanceOver),
        (OnSale(state=State.CANCELLED), START, domain.PerformanceCancelled),
        (OnSale(state=State.DRAFT), START, domain.NoSuchPerformance),
    ],
)
def test_what_cannot_be_bought_is_refused_with_the_reason(
    performance: OnSale, now: datetime, refusal: type[errors.DomainError]
) -> None:
    with pytest.raises(refusal):
        domain.ensure_open(performance, now)


def test_an_open_sale_is_not_refused() -> None:
    domain.ensure_open(OnSale(), START)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_at": START}, "ends_at"),
        ({"doors_at": START + HOUR}, "doors_at"),
        ({"sale_opens_at": TIMES.sale_closes_at}, "sale_closes_at"),
        ({"sale_closes_at": TIMES.ends_at + HOUR}, "sale_closes_at"),
    ],
)
def test_times_out_of_order_are_refused(change: dict[str, datetime], field: str) -> None:
    with pytest.raises(domain.TimesOutOfOrder) as refusal:
        domain.ensure_in_order(replace(TIMES, **change))

    assert refusal.value.details["field"] == field


def test_doors_may_be_unknown_and_a_performance_lasts_31_days_at_most() -> None:
    domain.ensure_in_order(replace(TIMES, doors_at=None, ends_at=START + timedelta(days=31)))

    with pytest.raises(domain.LastsTooLong):
        domain.ensure_in_order(replace(TIMES, ends_at=START + timedelta(days=31, seconds=1)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hold_seconds", 59),
        ("hold_seconds", 3_601),
        ("max_extensions", -1),
        ("max_extensions", 21),
        ("max_places_per_order", 0),
        ("max_places_per_session", 201),
    ],
)
def test_limits_out_of_bounds_are_refused(field: str, value: int) -> None:
    with pytest.raises(domain.OutOfBounds) as refusal:
        domain.ensure_within_bounds(replace(Limits(), **{field: value}))

    assert refusal.value.details["field"] == field


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"slug": ""}, domain.BadSlug),
        ({"slug": "Hamlet"}, domain.BadSlug),
        ({"slug": "a--b"}, domain.BadSlug),
        ({"slug": "a/b"}, domain.BadSlug),
        ({"slug": "a" * 81}, domain.BadSlug),
        ({"language": "english language"}, domain.BadLanguage),
        ({"language": ""}, domain.BadLanguage),
        ({"title": " "}, domain.TextMissing),
        ({"title": "x" * 161}, domain.TextTooLong),
        ({"summary": "x" * 301}, domain.TextTooLong),
        ({"description": "x" * 20_001}, domain.TextTooLong),
        ({"description": "nul \x00"}, domain.TextNotPlain),
        ({"title": "surrogate \ud800"}, domain.TextNotPlain),
    ],
)
def test_texts_that_cannot_be_shown_are_refused(
    change: dict[str, str], refusal: type[errors.DomainError]
) -> None:
    with pytest.raises(refusal):
        domain.ensure_good_texts(replace(TEXTS, **change))


def test_texts_of_all_scripts_are_good() -> None:
    domain.ensure_good_texts(
        replace(
            TEXTS,
            title="Der Sturm · 暴風雨 · العاصفة · 👩\u200d👩\u200d👧",
            description="One.\n\nTwo,\ttabbed.\r\n",
            language="pt-BR",
        )
    )


def test_a_description_is_headings_paragraphs_and_lists() -> None:
    text = (
        "First\nstill first.\r\n\r\n## Cast\n- Ann\n- Ben\n\n\n"
        "## About\n\n<b>Last</b>\n- not a list"
    )

    assert domain.blocks_of(text) == [
        Block("paragraph", ("First", "still first.")),
        Block("heading", ("Cast",)),
        Block("list", ("Ann", "Ben")),
        Block("heading", ("About",)),
        Block("paragraph", ("<b>Last</b>", "- not a list")),
    ]


@given(st.text(max_size=300))
def test_no_text_breaks_the_markup(text: str) -> None:
    for block in domain.blocks_of(text):
        assert block.kind in {"heading", "paragraph", "list"}
        assert block.lines
