"""``mapaccuracy compare``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.exits import EXIT_INCOMPLETE, EXIT_OK
from mapaccuracy.commands.messages import say, show, show_unusable
from mapaccuracy.commands.progress import progress
from mapaccuracy.errors import InputError
from mapaccuracy.report import render_text, renderer
from mapaccuracy.schema import Settings

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
@click.argument("finds")
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
    finds: str,
    more_old: tuple[str, ...],
    more_new: tuple[str, ...],
    more_finds: tuple[str, ...],
    searched: tuple[str, ...],
    districts: tuple[str, ...],
    config_file: str | None,
    output_format: str,
    out: str | None,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Compare two supplied maps, OLD and NEW, on the same recorded finds.

    Says per district how precision and recall changed, with the interval of the change, and
    whether it is real, within noise, or not comparable. OLD, NEW and FINDS are tables or layers
    of points as for evaluate; supplied in --columns and --supplied-crs means both maps.
    """
    from mapaccuracy import io

    config = io.read_config(config_file) if config_file is not None else {}
    settings = Settings.from_mapping(options.merged(config.get("settings", {}), chosen))
    shared = {"finds": (finds, *more_finds), "searched": searched, "districts": districts}
    maps = {"old": (old, *more_old), "new": (new, *more_new)}
    try:
        with ExitStack() as stack:
            folder = stack.enter_context(io.open_folder(out)) if out is not None else None
            comparison = _compared(maps, shared, config.get("layers", {}), settings)
            document = comparison.to_dict()
            text = render_text(f"compare_{output_format}", document)
            if folder is not None:
                for name in ("compare_csv", "compare_json"):
                    folder.write(renderer(name)(document, None))
            interruption.complete()
    except InputError as error:
        show_unusable(error, with_locations)
        return EXIT_INCOMPLETE
    show((p for p in comparison.problems if p.severity != "info"), with_locations)
    say(text)
    return EXIT_OK


def _compared(
    maps: Mapping[str, tuple[str, ...]],
    shared: dict[str, tuple[str, ...]],
    layers: Mapping[str, str],
    settings: Settings,
) -> Any:
    with progress() as step:
        step("reading files")
        from mapaccuracy.compare import compare

        faults: list[Any] = []
        tables: dict[str, Any] = {}
        # What is wrong with any file is listed at once.
        for name, paths in (
            ("old", shared | {"supplied": maps["old"]}),
            ("new", {"supplied": maps["new"]}),
        ):
            try:
                read = options.read_tables(paths, layers, settings.columns)
            except InputError as error:
                faults += error.problems
            else:
                tables |= {**read, name: read.pop("supplied")}
        if faults:
            raise InputError(faults)
        return compare(
            tables["old"],
            tables["new"],
            tables["finds"],
            tables.get("searched"),
            tables.get("districts"),
            settings=settings,
            progress=step,
        )
