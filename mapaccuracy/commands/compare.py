"""``mapaccuracy compare``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.choices import asked, files
from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.working import (
    OUT_WRITTEN,
    Paths,
    conclude,
    read_tables,
    result_folder,
    usable,
    worked_out,
)
from mapaccuracy.errors import InputError
from mapaccuracy.report import render_text, renderer

_EPILOG = """\b
Examples:
  mapaccuracy compare map-2021.csv map-2023.csv finds.csv --searched cleared.geojson
  mapaccuracy compare old.xlsx new.gpkg finds.gpkg --searched cleared.gpkg \\
      --districts districts.geojson --tolerance 5 --out comparison
  mapaccuracy compare old.csv new.csv finds.csv --assume-searched --format csv
"""


@click.command("compare", epilog=_EPILOG)
@click.argument("old")
@click.argument("new")
@click.argument("finds", required=False)
@click.option(
    "--old", "more_old", multiple=True, metavar="F", help="A further file of the old map."
)
@click.option(
    "--new", "more_new", multiple=True, metavar="F", help="A further file of the new map."
)
@options.MORE_FINDS
@options.AREAS
@options.MATCHING
@options.READING
@options.DRAWS
@options.CONFIG
@click.option("--out", metavar="DIR", help="Folder for comparison.json and comparison.csv.")
@click.option("--with-locations", is_flag=True, help="Also show positions in messages.")
def command(
    old: str,
    new: str,
    finds: str | None,
    more_old: tuple[str, ...],
    more_new: tuple[str, ...],
    more_finds: tuple[str, ...],
    searched: tuple[str, ...],
    districts: tuple[str, ...],
    output_format: str,
    out: str | None,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Compare two supplied maps, OLD and NEW, on the same recorded finds.

    Says per district how precision and recall changed, with the interval of the change, and
    whether it is real, within noise, or not comparable. OLD, NEW and FINDS are tables or layers
    of points as for evaluate; supplied in --columns and --supplied-crs means both maps.
    Without FINDS those of the configuration are taken.
    """
    choices = asked(
        {**chosen, "output_format": output_format},
        {
            "old": files(old, more_old),
            "new": files(new, more_new),
            "finds": files(finds, more_finds),
            "searched": searched,
            "districts": districts,
        },
    )
    with usable(with_locations), result_folder(out) as folder:
        comparison = worked_out(
            _compared, choices.paths, choices.layers, choices.settings, read=_read
        )
        document = comparison.to_dict()
        text = render_text(f"compare_{output_format}", document)
        if folder is not None:
            for name in ("compare_csv", "compare_json"):
                folder.write(renderer(name)(document, None))
        interruption.complete()
    written = [] if out is None else [OUT_WRITTEN]
    conclude(text, comparison.problems, with_locations, written=written)
    return EXIT_OK


def _compared(**inputs: Any) -> Any:
    from mapaccuracy.compare import compare

    return compare(**inputs)


def _read(paths: Paths, layers: Mapping[Any, str], columns: Mapping[str, str]) -> dict[str, Any]:
    """Read both maps as supplied points, and all else once."""
    rest = {name: files for name, files in paths.items() if name not in ("old", "new")}
    faults: list[Any] = []
    tables: dict[str, Any] = {}
    # What is wrong with any file is listed at once.
    for name in ("old", "new"):
        try:
            read = read_tables({**rest, "supplied": paths[name]}, layers, columns)
        except InputError as error:
            faults += error.problems
        else:
            tables |= {name if role == "supplied" else role: table for role, table in read.items()}
        rest = {}
    if faults:
        raise InputError(faults)
    return tables
