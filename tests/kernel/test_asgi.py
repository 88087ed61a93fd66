"""Headers as the live process reads them."""

from __future__ import annotations

from kernel.asgi import header, header_lines


def test_a_header_is_its_last_line_and_has_a_default() -> None:
    scope = {"headers": [(b"x-one", b"forged"), (b"x-one", b"the proxy's")]}
    assert header(scope, b"x-one") == "the proxy's"
    assert header(scope, b"x-two") == ""
    assert header(scope, b"x-two", "0") == "0"


def test_what_proxies_add_to_is_read_whole() -> None:
    scope = {"headers": [(b"via", b"a"), (b"host", b"h"), (b"via", b"b, c")]}
    assert header_lines(scope, b"via") == "a, b, c"
