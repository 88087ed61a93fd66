"""What one sees from the demo playhouse's seats: drawn, since nobody was there with a camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Colour = tuple[int, int, int]
Corner = tuple[float, float]

WIDTH, HEIGHT = 1280, 720
# Drawn larger and made smaller, which smooths the edges.
FINER = 2
DARK, WALL, GOLD = (18, 10, 20), (64, 26, 40), (196, 152, 84)
CURTAIN, FOLD = (126, 22, 40), (92, 12, 30)
FLOOR, SKY = (150, 104, 66), (38, 60, 112)
HEAD = (10, 6, 12)


@dataclass(frozen=True, slots=True)
class DemoView:
    """A picture or a note of a part. `near` is how large the stage is (1: it fills the picture),
    `side` how far one sits to the right (-1 to 1), `high` how far above the stage (0 to 1).
    """

    section: str
    row: str = ""
    seat: str = ""
    note: str = ""
    alt: str = ""
    near: float = 0.5
    side: float = 0.0
    high: float = 0.0


PLAYHOUSE = (
    DemoView("stalls", alt="The whole stage, at eye level, over some rows of heads", near=0.8),
    DemoView(
        "stalls", "A", alt="The stage's edge close in front, the curtain to both sides", near=1.0,
        note="You look up to the stage.",
    ),
    DemoView("circle", alt="The whole stage from above, straight in front", near=0.66, high=0.45),
    DemoView(
        "upper", alt="The whole stage from high above, smaller, with its floor", near=0.52, high=0.9
    ),
    DemoView(
        "boxes-left", alt="The stage from the left side, close and from above", near=0.78,
        side=-0.8, high=0.35, note="You look from the side; the left corner is hidden.",
    ),
    DemoView(
        "boxes-right", alt="The stage from the right side, close and from above", near=0.78,
        side=0.8, high=0.35, note="You look from the side; the right corner is hidden.",
    ),
)  # fmt: skip


def draw(view: DemoView) -> bytes:
    """Return the picture as a PNG file."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), DARK)
    pen = ImageDraw.Draw(picture)
    stage = _Stage(view)
    _paint_hall(pen, stage)
    # Only through the opening one sees what is on the stage.
    behind = picture.copy()
    _paint_stage(ImageDraw.Draw(behind), stage)
    opening = Image.new("L", picture.size)
    ImageDraw.Draw(opening).polygon(stage.opening(), fill=255)
    picture.paste(behind, mask=opening)
    _paint_heads(pen, view)
    out = BytesIO()
    picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


class _Stage:
    """Where the opening and the floor lie in the picture, in pixels of the large drawing."""

    def __init__(self, view: DemoView) -> None:
        width, height = WIDTH * FINER, HEIGHT * FINER
        half = width * 0.46 * view.near
        tall = height * 0.62 * view.near
        middle_x = width * (0.5 + 0.06 * view.side)
        middle_y = height * (0.44 + 0.08 * view.high)
        # Whoever sits at the right sees the right edge larger.
        lean = 0.28 * view.side
        self.left, self.right = middle_x - half * (1 - abs(lean) / 2), middle_x + half
        self.left_tall, self.right_tall = tall * (1 - lean), tall * (1 + lean)
        self.base = middle_y + tall * 0.5
        self.depth = tall * (0.1 + 0.42 * view.high)
        self.shift = half * 0.3 * view.side

    def opening(self) -> list[Corner]:
        return [
            (self.left, self.base - self.left_tall), (self.right, self.base - self.right_tall),
            (self.right, self.base), (self.left, self.base),
        ]  # fmt: skip

    def backdrop(self) -> list[Corner]:
        inset = (self.right - self.left) * 0.16
        left, right = self.left + inset - self.shift, self.right - inset - self.shift
        base = self.base - self.depth
        return [
            (left, base - 0.72 * self.left_tall), (right, base - 0.72 * self.right_tall),
            (right, base), (left, base),
        ]  # fmt: skip


def _paint_hall(pen: ImageDraw, stage: _Stage) -> None:
    for step in range(12):
        share = step / 12
        shade = tuple(round(WALL[i] * (1 - share) + DARK[i] * share) for i in range(3))
        inset = share * 0.5
        pen.rectangle(
            (
                0, HEIGHT * FINER * inset * 0.2, WIDTH * FINER,
                HEIGHT * FINER * (1 - inset * 0.6),
            ),
            fill=(shade[0], shade[1], shade[2]),
        )  # fmt: skip
    frame = 16 * FINER
    grown = [
        (x + (frame if index in {1, 2} else -frame), y + (frame if index > 1 else -frame))
        for index, (x, y) in enumerate(stage.opening())
    ]
    pen.polygon(grown, fill=GOLD)


def _paint_stage(pen: ImageDraw, stage: _Stage) -> None:
    opening, back = stage.opening(), stage.backdrop()
    pen.polygon(opening, fill=(28, 20, 34))
    pen.polygon([back[3], back[2], opening[2], opening[3]], fill=FLOOR)
    pen.polygon(back, fill=SKY)
    # A moon and two flats: enough to see where one looks.
    wide = back[1][0] - back[0][0]
    moon_x, moon_y, size = back[0][0] + 0.68 * wide, back[0][1] + 0.2 * wide, 0.05 * wide
    pen.ellipse((moon_x - size, moon_y - size, moon_x + size, moon_y + size), fill=(236, 226, 196))
    for place, tall in ((0.18, 0.2), (0.38, 0.14)):
        x, y = back[3][0] + place * wide, back[3][1] + stage.depth * 0.3
        pen.polygon(
            [(x, y), (x + 0.14 * wide, y), (x + 0.07 * wide, y - tall * wide)], fill=(30, 74, 62)
        )
    cloth = (opening[1][0] - opening[0][0]) * 0.11
    for edge, way in ((opening[0][0], cloth), (opening[1][0], -cloth)):
        for fold in range(6):
            x, end = edge + way * fold / 6, edge + way * (fold + 1) / 6
            pen.rectangle(
                (min(x, end), 0, max(x, end), opening[2][1]), fill=CURTAIN if fold % 2 else FOLD
            )


def _heads(view: DemoView) -> Iterator[tuple[float, float, float]]:
    """Yield where heads are: (x, y, radius). From above one sees more of them, and smaller."""
    rows = 2 + round(3 * view.high)
    for row in range(rows):
        near = (row + 1) / rows
        radius = FINER * (16 + 26 * near) * (0.75 + 0.4 * view.near)
        y = HEIGHT * FINER * (0.86 - 0.1 * view.high + 0.2 * near)
        way = radius * 2.9
        count = int(WIDTH * FINER / way) + 2
        for index in range(count):
            yield (index + (row % 2) / 2) * way, y, radius


def _paint_heads(pen: ImageDraw, view: DemoView) -> None:
    if view.near >= 1:
        return
    for x, y, radius in _heads(view):
        pen.ellipse((x - radius, y - radius * 1.2, x + radius, y + radius * 1.2), fill=HEAD)
        pen.rounded_rectangle(
            (x - 1.7 * radius, y + 0.9 * radius, x + 1.7 * radius, y + 4 * radius),
            radius=radius,
            fill=HEAD,
        )
