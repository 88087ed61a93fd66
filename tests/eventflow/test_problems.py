"""What a refusal becomes on the wire."""

from __future__ import annotations

import pytest

from eventflow import problems
from kernel import errors


@pytest.mark.parametrize(
    ("wait_s", "said"), [(0.05, "1"), (1, "1"), (1.1, "2"), (2.4, "3"), ("3", "3")]
)
def test_who_waits_as_long_as_told_is_never_too_early(wait_s: object, said: str) -> None:
    assert problems.headers_of(errors.TooMany(retry_after_s=wait_s)) == {"Retry-After": said}
