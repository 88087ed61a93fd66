from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from kernel import errors, ids
from tenant_apps.tickets import domain
from tenant_apps.tickets.domain import Claims, ForgedTicket, NotATicket, UnknownTicket

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE_RAW = PRIVATE.private_bytes_raw()
PUBLIC_RAW = PRIVATE.public_key().public_bytes_raw()
KEY_ID = "0a1b2c3d"
KEYS = {KEY_ID: PUBLIC_RAW}
SCHEMA = "t_aurora"

CLAIMS = Claims(
    key_id=KEY_ID,
    ticket_id="tkt_0123456789abcdefghjkmnpq",
    performance_id="prf_zyxwvtsrqpnmkjhgfedcba98",
    serial=1,
    valid_until=datetime(2031, 5, 2, 4, 0, tzinfo=UTC),
)
TOKEN = domain.sign_token(CLAIMS, private_key=PRIVATE_RAW, schema_name=SCHEMA)
QR_ALPHABET = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def verify(token: str, *, schema_name: str = SCHEMA) -> Claims:
    return domain.verify(token, public_keys=KEYS, schema_name=schema_name)


claims = st.builds(
    Claims,
    key_id=st.just(KEY_ID),
    ticket_id=st.builds(lambda: ids.new("tkt")),
    performance_id=st.builds(lambda: ids.new("prf")),
    serial=st.integers(1, domain.MAX_SERIAL),
    valid_until=st.integers(0, 2**32 - 1).map(lambda at: datetime.fromtimestamp(at, UTC)),
)


@given(claims)
def test_what_was_signed_is_what_is_read(written: Claims) -> None:
    token = domain.sign_token(written, private_key=PRIVATE_RAW, schema_name=SCHEMA)

    assert verify(token) == written


def test_signing_twice_gives_the_same_token() -> None:
    assert domain.sign_token(CLAIMS, private_key=PRIVATE_RAW, schema_name=SCHEMA) == TOKEN


def test_a_token_says_whose_it_is_and_keeps_its_length() -> None:
    assert TOKEN.startswith("EVENTFLOW:")
    assert len(TOKEN) == domain.TOKEN_LENGTH == 178


@pytest.mark.parametrize(("correction", "version"), [("M", 7), ("Q", 9)])
def test_a_token_fits_a_small_qr_code_in_alphanumeric_mode(correction: str, version: int) -> None:
    code = segno.make(TOKEN, error=correction, boost_error=False, micro=False)

    assert set(TOKEN) <= QR_ALPHABET
    assert code.mode == "alphanumeric"
    assert code.version == version <= 10


def test_a_real_decoder_reads_the_code() -> None:
    picture = io.BytesIO()
    segno.make(TOKEN, error="M").save(picture, kind="png", scale=4)

    (found,) = zxingcpp.read_barcodes(Image.open(picture))

    assert verify(found.text) == CLAIMS


@given(st.text() | st.text(alphabet=sorted(QR_ALPHABET)).map(lambda text: domain.PREFIX + text))
@example("")
@example(domain.PREFIX)
@example(TOKEN.lower())
@example(TOKEN + "\n")
@example(" " + TOKEN)
@example(TOKEN[:-1])
@example(TOKEN[:-1] + "U")
@example(TOKEN[:-1] + "\N{FULLWIDTH DIGIT ONE}")
@example("https://example.org/" + TOKEN)
@example(json.dumps({"ticket": TOKEN}))
@example("\x00" * 178)
@example("9" * 100_000)
def test_rubbish_is_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(NotATicket) as refusal:
        verify(text)

    assert refusal.value.details["reason"] in {"prefix", "length", "characters", "version"}


@given(st.text(alphabet=sorted(domain._VALUE_OF_DIGIT), min_size=168, max_size=168))
def test_well_formed_rubbish_is_refused_too(body: str) -> None:
    with pytest.raises(errors.DomainError):
        verify(domain.PREFIX + body)


def test_no_flipped_bit_of_the_content_verifies() -> None:
    raw = domain._decode(TOKEN.removeprefix(domain.PREFIX), domain.PAYLOAD_BYTES)
    for place in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 0x80 >> place % 8
        with pytest.raises((NotATicket, UnknownTicket)):
            verify(domain.PREFIX + domain._encode(bytes(flipped)))


def test_no_flipped_bit_of_the_text_verifies() -> None:
    for place in range(len(TOKEN) * 7):
        letters = bytearray(TOKEN.encode())
        letters[place // 7] ^= 1 << place % 7
        with pytest.raises((NotATicket, UnknownTicket)):
            verify(letters.decode())


def test_another_organizer_with_the_same_key_refuses_it() -> None:
    with pytest.raises(ForgedTicket):
        verify(TOKEN, schema_name="t_borealis")


def test_a_key_that_nobody_knows_is_an_unknown_ticket() -> None:
    with pytest.raises(UnknownTicket):
        domain.verify(TOKEN, public_keys={}, schema_name=SCHEMA)


def test_the_name_of_a_schema_cannot_flow_into_the_content() -> None:
    """Without the zero between them, `t_a` + `x…` and `t_ax` + `…` would be the same message."""
    assert domain._message(b"x", "t_a") != domain._message(b"", "t_ax")


@pytest.mark.parametrize("version", [0, 2, 255])
def test_a_later_format_is_refused_by_name(version: int) -> None:
    raw = bytearray(domain._decode(TOKEN.removeprefix(domain.PREFIX), domain.PAYLOAD_BYTES))
    raw[0] = version

    with pytest.raises(NotATicket) as refusal:
        verify(domain.PREFIX + domain._encode(bytes(raw)))

    assert refusal.value.details == {"reason": "version"}


def test_only_public_ids_are_signed() -> None:
    with pytest.raises(ValueError, match="tkt"):
        domain._bits_of_id("ord_0123456789abcdefghjkmnpq", "tkt")
