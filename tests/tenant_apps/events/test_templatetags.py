from __future__ import annotations

from datetime import UTC, datetime

from django.template import Context, Template

from kernel.money import Money

EVENING = datetime(2030, 5, 1, 17, 30, tzinfo=UTC)


def render(source: str, **values: object) -> str:
    return Template("{% load event_texts money_texts %}" + source).render(Context(values))


def test_a_page_prints_moments_in_the_performances_zone() -> None:
    text = (
        "{% performance_day at zone %} | {% performance_time at zone %} | "
        "{% performance_date at zone %}"
    )

    assert render(text, at=EVENING, zone="Europe/Berlin") == (
        "Wednesday, 1 May 2030 | 19:30 CEST | Wed, 1 May 2030, 19:30 CEST"
    )


def test_a_description_is_marked_up_and_nothing_in_it_is_markup() -> None:
    text = "One\n<script>two</script>\n\n## A & B\n\n- <b>first</b>\n- second"

    assert render("{{ text|description }}", text=text) == (
        "<p>One<br>&lt;script&gt;two&lt;/script&gt;</p>\n<h3>A &amp; B</h3>\n"
        "<ul><li>&lt;b&gt;first&lt;/b&gt;</li><li>second</li></ul>"
    )


def test_money_is_printed_and_nothing_to_pay_has_a_word() -> None:
    amounts = {"some": Money(4_050, "EUR"), "nothing": Money(0, "EUR"), "unknown": None}

    assert render("{{ some|money }} {{ nothing|price }} {{ unknown|price }}", **amounts) == (
        "€40.50 Free "
    )
    assert render("{{ rate|tax_rate }}", rate=825) == "8.25\xa0%"
    assert render("{{ rate|tax_rate }}", rate=700) == "7\xa0%"
    assert render("{{ rate|tax_rate }}", rate=1_000) == "10\xa0%"
