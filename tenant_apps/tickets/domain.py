"""What a ticket's QR says, how it is signed, and why it may be refused.

A token is the prefix and 105 bytes in Crockford's base 32, so that a QR holds it in its dense
alphanumeric mode (ISO/IEC 18004: 45 characters, all upper case):

    EVENTFLOW:<168 characters>

    offset  bytes
         0      1  format version, 1
         1      4  key id
         5     15  ticket: the 120 bits of its public id
        20     15  performance: the 120 bits of its public id
        35      2  serial: a ticket that is issued anew has a higher one
        37      4  valid until, seconds since 1970 (UTC)
        41     64  Ed25519 signature (RFC 8032)

The signature covers a domain separation, the tenant's schema and the 41 bytes before it. So the
same bytes mean nothing at another organizer, and no other signed value can pass for a ticket.
All numbers are big-endian.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel import errors, ids

PREFIX = "EVENTFLOW:"
FORMAT_VERSION = 1
CONTEXT = b"eventflow-ticket\0"

TICKET_PREFIX = "tkt"
PERFORMANCE_PREFIX = "prf"

# version, key id, ticket, performance, serial, valid until
_HEAD = struct.Struct(">B4s15s15sHI")
SIGNATURE_BYTES = 64
PAYLOAD_BYTES = _HEAD.size + SIGNATURE_BYTES
# 105 bytes are 168 digits of five bits without a bit to spare: each token has one spelling.
BODY_LENGTH = PAYLOAD_BYTES * 8 // 5
TOKEN_LENGTH = len(PREFIX) + BODY_LENGTH
# What a scanner may add around a token: spaces and line ends, never more than this in all.
MAX_SCANNED_LENGTH = TOKEN_LENGTH + 16

KEY_ID_BYTES = 4
MAX_SERIAL = 2**16 - 1
# Of gates and devices.
LABEL_MAX = 80
# What a device sends at once, and how it names a scan of its own.
BATCH_MAX = 200
SCAN_REF_PATTERN = r"[A-Za-z0-9_.:-]{8,64}"
SCAN_REF_MAX = 64
SCAN_REF = re.compile(SCAN_REF_PATTERN)

_DIGITS = ids.ALPHABET.upper()
_VALUE_OF_DIGIT = {digit: value for value, digit in enumerate(_DIGITS)}


class TicketState(StrEnum):
    VALID = "valid"
    VOID = "void"


class KeyState(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"


class ScanResult(StrEnum):
    ADMITTED = "admitted"
    REFUSED = "refused"


class NotATicket(errors.Invalid):
    """Details: `reason`, one of prefix, length, characters, version, content."""

    code = "not_a_ticket"
    message = "This code is not an EventFlow ticket."


class ForgedTicket(NotATicket):
    code = "forged_ticket"
    message = "This ticket was changed or was not made by this organizer."


class UnknownTicket(errors.Missing):
    code = "unknown_ticket"
    message = "This organizer has no such ticket."


class WrongPerformance(errors.Conflict):
    """Details: `performance`, the public id that the ticket is for."""

    code = "wrong_performance"
    message = "This ticket is for another performance."


class TicketVoid(errors.Gone):
    """Details: `reason` and `at`."""

    code = "ticket_void"
    message = "This ticket is void."


class TicketReplaced(errors.Gone):
    code = "ticket_replaced"
    message = "This ticket was issued again. Only the newer one is valid."


class TicketExpired(errors.Gone):
    code = "ticket_expired"
    message = "The performance of this ticket is over."


class AlreadyRedeemed(errors.Conflict):
    """Details: `at` (ISO 8601, UTC), `by` and `gate` of the one admission."""

    code = "already_redeemed"
    message = "This ticket has been used already."


class NoSigningKey(errors.Unavailable):
    code = "no_signing_key"
    message = "No ticket has been issued yet, so there is no key to sign with."


class BadScanTime(errors.Invalid):
    code = "bad_scan_time"
    message = "A scan has a moment with its zone, and not one in the future."


class BadLabel(errors.Invalid):
    code = "bad_label"
    message = "The name may have up to 80 printable characters."


class BadBatch(errors.Invalid):
    code = "bad_batch"
    message = "A batch has 1 to 200 scans."


class BadScanRef(errors.Invalid):
    code = "bad_scan"
    message = "A scan is named by 8 to 64 letters, digits or the signs - _ . :"


class BatchBusy(errors.Unavailable):
    """Tickets of the batch became void again and again while it was written."""

    code = "batch_busy"
    message = "The tickets of this batch are being changed. Send it again."


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One place that was sold: what a ticket is made from."""

    line_ref: str
    performance_id: int
    ordinal: int
    place_name: str
    section: str = ""
    row: str = ""
    seat: str = ""
    tier_name: str = ""
    holder_name: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """Someone was let in: which ticket, when, where and by whom."""

    ticket_id: str
    performance_id: str
    place_name: str
    tier_name: str
    holder_name: str
    at: datetime
    by: str
    gate: str
    device: str


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """A ticket as the door looks at it, with what is known of its performance."""

    pk: int
    public_id: str
    serial: int
    state: str
    void_reason: str
    voided_at: datetime | None
    place_name: str
    tier_name: str
    holder_name: str
    performance_id: str
    performance_state: str
    starts_at: datetime
    ends_at: datetime

    @property
    def is_valid(self) -> bool:
        return self.state == TicketState.VALID


@dataclass(frozen=True, slots=True)
class OfflineScan:
    """One scan as a device sends it later. `ref` is the device's own name for it."""

    ref: str
    token: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What became of one scan of a batch.

    `code` and `message` are the refusal's, empty for an admission. `admission` is the ticket's
    one admission: this scan's own, or the earlier one that it was refused for.
    """

    ref: str
    result: ScanResult
    code: str
    message: str
    admission: Admission | None


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. True only if it came out of `verify`."""

    key_id: str
    ticket_id: str
    performance_id: str
    serial: int
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Parsed:
    """A token in its parts, its signature not yet looked at."""

    claims: Claims
    signed: bytes
    signature: bytes


def sign_token(claims: Claims, *, private_key: bytes, schema_name: str) -> str:
    """Return the text of the QR: 178 characters of its alphanumeric mode. Deterministic."""
    head = _HEAD.pack(
        FORMAT_VERSION,
        bytes.fromhex(claims.key_id),
        _bits_of_id(claims.ticket_id, TICKET_PREFIX),
        _bits_of_id(claims.performance_id, PERFORMANCE_PREFIX),
        claims.serial,
        int(claims.valid_until.timestamp()),
    )
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    return PREFIX + _encode(head + key.sign(_message(head, schema_name)))


def parse(token: str) -> Parsed:
    """Take a token apart without believing it. Refuses with NotATicket.

    Strict: one spelling a token, upper case, nothing around it.
    """
    if not token.startswith(PREFIX):
        raise NotATicket(reason="prefix")
    body = token[len(PREFIX) :]
    if len(body) != BODY_LENGTH:
        raise NotATicket(reason="length")
    if not _VALUE_OF_DIGIT.keys() >= set(body):
        raise NotATicket(reason="characters")
    raw = _decode(body, PAYLOAD_BYTES)
    head, signature = raw[: _HEAD.size], raw[_HEAD.size :]
    version, key_id, ticket, performance, serial, valid_until = _HEAD.unpack(head)
    if version != FORMAT_VERSION:
        raise NotATicket(reason="version")
    claims = Claims(
        key_id=key_id.hex(),
        ticket_id=_id_of_bits(ticket, TICKET_PREFIX),
        performance_id=_id_of_bits(performance, PERFORMANCE_PREFIX),
        serial=serial,
        valid_until=datetime.fromtimestamp(valid_until, UTC),
    )
    return Parsed(claims=claims, signed=head, signature=signature)


def verify(token: str, *, public_keys: Mapping[str, bytes], schema_name: str) -> Claims:
    """Return what a genuine token says; `public_keys` by key id, 32 bytes each.

    Refuses with NotATicket what is none, with UnknownTicket what names a key that is not among
    them, and with ForgedTicket what its key did not sign for this schema.
    """
    parsed = parse(token)
    public_key = public_keys.get(parsed.claims.key_id)
    if public_key is None:
        raise UnknownTicket(reason="key")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            parsed.signature, _message(parsed.signed, schema_name)
        )
    except InvalidSignature:
        raise ForgedTicket(reason="signature") from None
    return parsed.claims


def ensure_good_label(text: str, *, field: str) -> None:
    """Refuse with BadLabel what no gate and no device is called."""
    if len(text) > LABEL_MAX or not text.isprintable():
        raise BadLabel(field=field)


def _message(head: bytes, schema_name: str) -> bytes:
    # The schema's name cannot contain the zero that ends it.
    return CONTEXT + schema_name.encode() + b"\0" + head


def _bits_of_id(public_id: str, prefix: str) -> bytes:
    if not ids.is_id(public_id, prefix):
        raise ValueError(f"not a public id of the kind {prefix}: {public_id!r}")
    return _decode(public_id.removeprefix(f"{prefix}_").upper(), ids.LENGTH * 5 // 8)


def _id_of_bits(bits: bytes, prefix: str) -> str:
    return f"{prefix}_{_encode(bits).lower()}"


def _encode(raw: bytes) -> str:
    """Write bytes in base 32; their number is a multiple of five."""
    number = int.from_bytes(raw)
    digits = [_DIGITS[(number >> shift) & 31] for shift in range(len(raw) * 8 - 5, -1, -5)]
    return "".join(digits)


def _decode(text: str, length: int) -> bytes:
    number = 0
    for digit in text:
        number = number << 5 | _VALUE_OF_DIGIT[digit]
    return number.to_bytes(length)
