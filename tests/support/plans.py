"""Plans for tests: small documents by hand, and Hypothesis strategies for any document."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tenant_apps.venues.domain import ATTRIBUTES

Json = dict[str, Any]


def small_plan(**changes: Any) -> Json:
    """Return a plan of two rows of four seats, a table of two and an area of five places."""
    document: Json = {
        "format": "eventflow-plan/1",
        "name": "Small hall",
        "size": {"width": 2000, "height": 2000},
        "seat_size": 40,
        "categories": [
            {"key": "a", "name": "Front", "colour": "#aa0000"},
            {"key": "b", "name": "Back", "colour": "#0000aa"},
        ],
        "stage": {"label": "Stage", "polygon": [[500, 50], [1500, 50], [1500, 200], [500, 200]]},
        "sections": [
            {
                "key": "stalls",
                "label": "Stalls",
                "category": "a",
                "rows": [
                    {
                        "key": "r1",
                        "label": "A",
                        "start": [500, 400],
                        "spacing": 50,
                        "seats": [
                            {"label": "1"},
                            {"label": "2"},
                            {"label": "3", "gap": 100},
                            {"label": "4", "attributes": ["wheelchair"]},
                        ],
                    },
                    {
                        "key": "r2",
                        "label": "B",
                        "start": [500, 500],
                        "spacing": 50,
                        "category": "b",
                        "seats": [
                            {"label": "1"},
                            {"label": "2"},
                            {"label": "3"},
                            {"label": "4", "category": "a"},
                        ],
                    },
                ],
                "tables": [
                    {
                        "key": "t1",
                        "label": "1",
                        "shape": "round",
                        "position": [1200, 500],
                        "width": 90,
                        "height": 90,
                        "seats": [{"label": "1"}, {"label": "2"}, {"label": "3"}],
                    }
                ],
            }
        ],
        "areas": [
            {
                "key": "floor",
                "label": "Floor",
                "category": "b",
                "capacity": 5,
                "polygon": [[200, 1000], [1800, 1000], [1800, 1800], [200, 1800]],
            }
        ],
    }
    document.update(changes)
    return document


# --- any document that follows the schema ---------------------------------------------------------

keys = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,5}", fullmatch=True)
labels = st.text(
    st.characters(categories=("L", "N", "P", "Zs"), include_characters="é́"), max_size=12
)
names = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=40)
coordinates = st.one_of(
    st.integers(-1000, 3000), st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)
)
points = st.lists(coordinates, min_size=2, max_size=2)
polygons = st.lists(points, min_size=3, max_size=6)
lengths = st.one_of(st.integers(1, 500), st.floats(0.01, 100_000))
angles = st.floats(-360, 360)
colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
assets = st.from_regex(r"[a-z]{2,6}_[0-9a-z]{24}", fullmatch=True)


def an_object(required: Json, optional: Json) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


seats = an_object(
    {"label": labels},
    {
        "key": st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6),
        "category": keys,
        "gap": st.floats(0, 1000),
        "shift": points,
        "attributes": st.lists(st.sampled_from(ATTRIBUTES), unique=True, max_size=4),
    },
)
seat_lists = st.lists(seats, max_size=5)
rows = an_object(
    {"key": keys, "label": labels, "start": points, "spacing": lengths, "seats": seat_lists},
    {"category": keys, "angle": angles, "radius": st.floats(-1e6, 1e6)},
)
tables = an_object(
    {
        "key": keys,
        "label": labels,
        "shape": st.sampled_from(["round", "rectangle"]),
        "position": points,
        "width": lengths,
        "height": lengths,
        "seats": seat_lists,
    },
    {
        "category": keys,
        "angle": angles,
        "sides": st.lists(st.integers(0, 4), min_size=4, max_size=4),
    },
)
sections = an_object(
    {"key": keys, "label": labels},
    {
        "category": keys,
        "floor": keys,
        "entrance": keys,
        "outline": polygons,
        "rows": st.lists(rows, max_size=3),
        "tables": st.lists(tables, max_size=2),
    },
)
areas = an_object(
    {"key": keys, "label": labels, "capacity": st.integers(0, 500), "polygon": polygons},
    {"section": keys, "floor": keys, "entrance": keys, "category": keys},
)
shapes = st.one_of(
    an_object(
        {
            "key": keys,
            "kind": st.sampled_from(["rectangle", "ellipse"]),
            "position": points,
            "width": lengths,
            "height": lengths,
        },
        {"label": labels, "floor": keys, "angle": angles, "fill": colours, "stroke": colours},
    ),
    an_object(
        {
            "key": keys,
            "kind": st.sampled_from(["polygon", "line"]),
            "points": st.lists(points, min_size=2, max_size=5),
        },
        {"label": labels, "floor": keys, "fill": colours, "stroke": colours},
    ),
)
texts = an_object(
    {"key": keys, "text": names, "position": points},
    {"floor": keys, "angle": angles, "size": lengths, "colour": colours},
)
backgrounds = an_object(
    {"image": assets, "position": points, "width": lengths, "height": lengths},
    {"floor": keys, "angle": angles, "opacity": st.floats(0, 1), "for_buyers": st.booleans()},
)
documents = an_object(
    {
        "format": st.just("eventflow-plan/1"),
        "name": names,
        "size": an_object({"width": lengths, "height": lengths}, {}),
        "seat_size": lengths,
        "categories": st.lists(
            an_object({"key": keys, "name": names, "colour": colours}, {}), max_size=3
        ),
    },
    {
        "focal_point": points,
        "floors": st.lists(an_object({"key": keys, "label": labels}, {}), max_size=2),
        "entrances": st.lists(
            an_object({"key": keys, "label": labels, "position": points}, {"floor": keys}),
            max_size=2,
        ),
        "stage": an_object({"label": labels, "polygon": polygons}, {"floor": keys}),
        "sections": st.lists(sections, max_size=3),
        "areas": st.lists(areas, max_size=2),
        "shapes": st.lists(shapes, max_size=2),
        "texts": st.lists(texts, max_size=2),
        "backgrounds": st.lists(backgrounds, max_size=1),
    },
)

anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=60),
        st.just(10**400),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def damaged_documents(draw: st.DrawFn) -> Json:
    """Draw a document in which something, somewhere, was replaced, removed or added."""
    document = draw(documents)
    for _ in range(draw(st.integers(1, 3))):
        here: Any = document
        while True:
            if not isinstance(here, dict | list) or not here:
                break
            step = draw(
                st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here)))
            )
            inner = here[step]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 5)):
                here = inner
                continue
            match draw(st.sampled_from(["replace", "remove", "add"])):
                case "replace":
                    here[step] = draw(anything)
                case "remove":
                    del here[step]
                case "add" if isinstance(here, dict):
                    here[draw(st.text(max_size=8))] = draw(anything)
                case _:
                    here.append(draw(anything))
            break
    return document
