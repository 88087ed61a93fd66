"""Settings are read by type, and a bad one is refused in a sentence that gives no secret away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from eventflow import env

NAME = "EVENTFLOW_TEST_VALUE"

ODD_DIGITS = "\N{ARABIC-INDIC DIGIT THREE}"

READERS: dict[str, Callable[[], object]] = {
    "text": lambda: env.text(NAME),
    "choice": lambda: env.choice(NAME, among=["a", "b"]),
    "secret": lambda: env.secret(NAME),
    "secrets": lambda: env.secrets(NAME),
    "flag": lambda: env.flag(NAME),
    "number": lambda: env.number(NAME),
    "url": lambda: env.url(NAME, schemes=["https"]),
    "items": lambda: env.items(NAME),
    "duration": lambda: env.duration(NAME),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_required_variable_must_be_set(
    monkeypatch: pytest.MonkeyPatch, reader: Callable[[], object], value: str | None
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)

    reader()
    with pytest.raises(env.BadSetting, match=rf"^{NAME} is not set: expected .+\.$"):
        env.finish()


def test_a_variable_that_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)

    assert env.text(NAME, "abc") == "abc"
    assert env.text(NAME, None) is None
    assert env.choice(NAME, "b", among=["a", "b"]) == "b"
    assert env.secret(NAME, None) is None
    assert env.flag(NAME, True) is True
    assert env.number(NAME, 7) == 7
    assert env.url(NAME, None, schemes=["https"]) is None
    assert env.items(NAME, ["a"]) == ["a"]
    assert env.duration(NAME, timedelta(seconds=1)) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("1", True), ("YES", True), ("on", True), ("0", False), ("False", False), ("off", False)],
)
def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv(NAME, value)

    assert env.flag(NAME) is meaning


@pytest.mark.parametrize("value", ["2", "ja", "truee"])
def test_anything_else_is_no_flag(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    env.flag(NAME)
    with pytest.raises(env.BadSetting, match=f"^{NAME} is '{value}': expected yes or no"):
        env.finish()


@pytest.mark.parametrize("value", ["1", "65535", " 8000 "])
def test_a_number_within_its_bounds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    assert env.number(NAME, least=1, most=65535) == int(value)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "8e3", "1_000", ODD_DIGITS, "1.0", "9" * 30])
def test_a_number_outside_its_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(NAME, value)

    env.number(NAME, least=1, most=65535)
    with pytest.raises(env.BadSetting, match="expected a whole number from 1 to 65535"):
        env.finish()


def test_a_choice_is_one_of_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "blue")

    assert env.choice(NAME, "red", among=["red", "blue"]) == "blue"
    env.choice(NAME, "red", among=["red", "green"])
    with pytest.raises(env.BadSetting, match="is 'blue': expected one of red, green"):
        env.finish()


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "blue")
    monkeypatch.delenv(f"{NAME}_2", raising=False)

    env.number(NAME)
    env.secret(f"{NAME}_2")

    with pytest.raises(env.BadSetting) as refusal:
        env.finish()
    assert str(refusal.value).splitlines() == [
        f"{NAME} is 'blue': expected a whole number from 0.",
        f"{NAME}_2 is not set: expected a secret.",
    ]
    env.finish()  # said once


def test_one_short_secret_among_several_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "hunter2hunter2,hunter2")

    assert env.secrets(NAME) == ["hunter2hunter2", "hunter2"]
    env.secrets(NAME, least_length=8)
    with pytest.raises(env.BadSetting) as refusal:
        env.finish()

    assert "hunter2" not in str(refusal.value)


def test_a_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "a, b,,c ,")

    assert env.items(NAME) == ["a", "b", "c"]


@pytest.mark.parametrize("value", ["https://example.org", "https://a:b@example.org:8443/x?y=1"])
def test_a_url_has_a_scheme_and_a_host(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    assert env.url(NAME, schemes=["https"]) == value


@pytest.mark.parametrize(
    "value",
    [
        "https://",
        "hunter2",
        "http://u:hunter2@example.org",
        "https://u:hunter2@example.org:port",
        "https://u:hunter2@[::1",
        "https://u:hunter2@exam ple.org",
    ],
)
def test_a_bad_url_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(NAME, value)

    env.url(NAME, schemes=["https"])
    with pytest.raises(env.BadSetting) as refusal:
        env.finish()

    assert "hunter2" not in str(refusal.value)


def test_a_short_secret_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "hunter2")

    assert env.secret(NAME) == "hunter2"
    env.secret(NAME, least_length=32)
    with pytest.raises(env.BadSetting) as refusal:
        env.finish()

    assert str(refusal.value) == (
        f"{NAME} is too short: expected a secret of at least 32 characters."
    )


@pytest.mark.parametrize(
    ("value", "seconds"), [("250ms", 0.25), ("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86400)]
)
def test_a_duration_has_a_unit(monkeypatch: pytest.MonkeyPatch, value: str, seconds: float) -> None:
    monkeypatch.setenv(NAME, value)

    assert env.duration(NAME) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["30", "s", "1w", "-5s", "1.5h", "2d"])
def test_a_duration_without_sense_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    env.duration(NAME, most=timedelta(days=1))
    with pytest.raises(env.BadSetting, match="expected a length of time"):
        env.finish()
