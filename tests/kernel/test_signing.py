"""Signed values: whatever is bent, cut or old is refused, and never by a crash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock, signing

WHERE = {"schema_name": "t_tests"}
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def made() -> str:
    with clock.fixed(NOW):
        return signing.sign("tests", {"a": 1, "ö": "ü"}, **WHERE)


def test_what_was_signed_comes_back() -> None:
    payload = signing.unsign("tests", made(), max_age=None, **WHERE)
    assert (payload["a"], payload["ö"]) == (1, "ü")


def test_an_old_value_is_refused_as_old() -> None:
    token = made()
    with clock.fixed(NOW + timedelta(hours=1)):
        signing.unsign("tests", token, max_age=timedelta(hours=1), **WHERE)
    with clock.fixed(NOW + timedelta(hours=1, seconds=1)), pytest.raises(signing.Expired):
        signing.unsign("tests", token, max_age=timedelta(hours=1), **WHERE)


@given(st.text(max_size=200) | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")))
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(signing.BadSignature):
        signing.unsign("tests", text, max_age=None, **WHERE)


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    token = made()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_."))
    bent = token[:place] + other + token[place + 1 :]
    if bent != token and not _same_bits(token, bent):
        with pytest.raises(signing.BadSignature):
            signing.unsign("tests", bent, max_age=None, **WHERE)


def _same_bits(token: str, bent: str) -> bool:
    """Base 64's last character has bits that nobody reads."""
    return [signing._decode(part) for part in token.split(".")] == [
        _decoded(part) for part in bent.split(".")
    ]


def _decoded(part: str) -> bytes:
    try:
        return signing._decode(part)
    except ValueError:
        return b""


def test_a_key_that_was_replaced_still_opens_what_it_signed(settings: object) -> None:
    token = made()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "a-new-secret-of-the-tests-0123456789"  # type: ignore[attr-defined]
    assert signing.unsign("tests", token, max_age=None, **WHERE)["a"] == 1
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    with pytest.raises(signing.BadSignature):
        signing.unsign("tests", token, max_age=None, **WHERE)


def test_a_pseudonym_is_the_same_for_one_tenant_and_purpose_and_another_elsewhere() -> None:
    def name(purpose: str = "limits", *words: str, schema_name: str = "t_tests") -> str:
        return signing.pseudonym(purpose, *(words or ("203.0.113.9",)), schema_name=schema_name)

    assert name() == name()
    others = {
        name("scores"),
        name(schema_name="t_other"),
        name("limits", "203.0.113", ".9"),
        name("limits", "203.0.113.10"),
    }
    assert len({name(), *others}) == 5
    assert len(name()) == 32
