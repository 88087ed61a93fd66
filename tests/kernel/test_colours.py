from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import colours

hex_colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)


@given(hex_colours)
def test_a_colour_survives_the_way_through_oklch(colour: str) -> None:
    back = colours.from_oklch(*colours.to_oklch(colour))

    assert max(abs(int(back[i : i + 2], 16) - int(colour[i : i + 2], 16)) for i in (1, 3, 5)) <= 3


@given(hex_colours)
def test_every_brand_becomes_a_palette_that_can_be_read(brand: str) -> None:
    light, dark = colours.light_palette(brand), colours.dark_palette(brand)

    assert colours.contrast(light.on_fill, light.fill) >= 4.5
    assert colours.contrast(light.on_fill, light.strong) >= 4.5
    assert colours.contrast(light.ink, colours.LIGHT_GROUND) >= 4.5
    assert colours.contrast(light.ink, light.soft) >= 4.5
    assert colours.contrast(light.fill, "#ffffff") >= 3
    assert colours.contrast(dark.on_fill, dark.fill) >= 4.5
    assert colours.contrast(dark.on_fill, dark.strong) >= 4.5
    assert colours.contrast(dark.ink, colours.DARK_GROUND) >= 4.5
    assert colours.contrast(dark.ink, dark.soft) >= 4.5


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "#123456;}"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    assert not colours.is_colour(text)
