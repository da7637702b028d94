"""Formats, categories, aliases and filters: what is refused, all at once."""

from __future__ import annotations

import pytest

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Settings


def test_mappings_are_kept_in_order_and_cannot_be_changed() -> None:
    settings = Settings(
        formats={"finds.position": "lat,lon", "finds.date": "%d/%m/%Y"},
        categories={"PMN-2": "AP"},
        aliases={"Agdam": "Aghdam"},
        filters={"finds": "status=approved,done"},
    )
    assert list(settings.to_dict()["formats"]) == ["finds.date", "finds.position"]
    with pytest.raises(TypeError):
        settings.formats["x"] = "y"  # type: ignore[index]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"formats": {"finds.position": "lonlat"}}, "give lat,lon or lon,lat"),
        ({"formats": {"searched.position": "lat,lon"}}, "no 'searched.position'"),
        ({"formats": {"finds.date": "d/m/Y"}}, "such as %d/%m/%Y"),
        ({"formats": {"finds.dat": "%Y"}}, "did you mean 'finds.date'"),
        ({"formats": ["%Y"]}, "formats is a list"),
        ({"categories": {"PMN": "anti-personnel"}}, "give one of AP"),
        ({"categories": {"PMN": 1}}, "'PMN' is 1"),
        ({"aliases": {"Agdam": ""}}, "aliases: 'Agdam'"),
        ({"filters": {"find": "a=b"}}, "did you mean 'finds'"),
        ({"filters": {"finds": "status"}}, "give COLUMN=VALUE"),
    ],
)
def test_what_cannot_be_used_is_said(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=r"\w") as caught:
        Settings(**values)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(
            formats={"finds.date": "x"},
            categories={"a": "b"},
            aliases={"a": ""},
            filters={"finds": "x"},
        )
    assert len(caught.value.messages) == 4
