"""The API's description is what the views do, and the views do what it says."""

from __future__ import annotations

import yaml

from eventflow import openapi, openapi_file


def test_the_committed_description_is_what_the_views_say() -> None:
    assert openapi_file.difference() == "", "run `make openapi`"


def test_the_description_makes_no_warning(capsys) -> None:
    document = yaml.safe_load(openapi.as_yaml())
    assert document["openapi"].startswith("3.1")
    assert "warn" not in capsys.readouterr().err.lower()
