"""``mapaccuracy evaluate``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from mapaccuracy.commands import interruption
from mapaccuracy.commands.exits import EXIT_INCOMPLETE, EXIT_OK
from mapaccuracy.commands.messages import say, show, show_unusable
from mapaccuracy.commands.progress import progress
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.report import FORMATS, render_text, renderer
from mapaccuracy.schema import GROUPINGS, MATCHING_RULES, SCOPES, Role, Settings

_EPILOG = """\b
Examples:
  mapaccuracy evaluate supplied.csv finds.csv --searched cleared.geojson
  mapaccuracy evaluate map.xlsx finds.gpkg --searched cleared.gpkg \\
      --districts districts.geojson --tolerance 5 --out result
  mapaccuracy evaluate a.csv b.csv --crs EPSG:32638 --columns supplied.id=Nr
  mapaccuracy evaluate a.csv b.csv --assume-searched --format json
"""


def _columns(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Any:
    pairs = [value.partition("=") for value in values]
    bad = [
        value
        for value, (_, equals, header) in zip(values, pairs, strict=True)
        if not (equals and header)
    ]
    if bad:
        raise click.BadParameter(f"'{bad[0]}' is not ROLE.NAME=HEADER, such as supplied.id=Nr")
    return {name.strip(): header.strip() for name, _, header in pairs} or None


@click.command("evaluate", epilog=_EPILOG)
@click.argument("supplied")
@click.argument("finds")
@click.option(
    "--supplied",
    "more_supplied",
    multiple=True,
    metavar="F",
    help="A further file of supplied points; may be repeated.",
)
@click.option(
    "--finds",
    "more_finds",
    multiple=True,
    metavar="F",
    help="A further file of finds; may be repeated.",
)
@click.option(
    "--searched",
    multiple=True,
    metavar="F",
    help="Polygons of ground searched to completion; may be repeated.",
)
@click.option(
    "--districts",
    multiple=True,
    metavar="F",
    help="Polygons of districts; may be repeated.",
)
@click.option(
    "--tolerance",
    "tolerance_m",
    type=float,
    metavar="M",
    help="Largest distance in metres at which a find can confirm a point.  [default: 10]",
)
@click.option(
    "--matching",
    type=click.Choice(MATCHING_RULES),
    help="How pairs are chosen.  [default: optimal]",
)
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    help="Finds that maps can be asked about: mines leaves out UXO, AXO, submunitions "
    "and IED.  [default: mines]",
)
@click.option(
    "--by",
    type=click.Choice(GROUPINGS),
    help="What the table shows; record asks for --with-locations.  [default: district]",
)
@click.option(
    "--crs",
    metavar="C",
    help="Coordinate system of files that state none: EPSG code, or local for metres.",
)
@click.option("--supplied-crs", metavar="C", help="The same for supplied points only.")
@click.option("--finds-crs", metavar="C", help="The same for finds only.")
@click.option(
    "--columns",
    multiple=True,
    callback=_columns,
    metavar="R.N=H",
    help="Header H holds column N of role R, such as supplied.id=Nr; may be repeated.",
)
@click.option(
    "--drop-faulty",
    is_flag=True,
    default=None,
    help="Go on without rows that cannot be used, and count them.",
)
@click.option("--assume-searched", is_flag=True, default=None, help="Declare all ground searched.")
@click.option(
    "--searched-where",
    metavar="COLUMN=VALUE",
    help="Which rows of --searched are searched ground, such as status=cleared.",
)
@click.option(
    "--config",
    "config_file",
    metavar="F",
    help="TOML file with the same choices; options given here win.",
)
@click.option(
    "--seed", type=int, metavar="N", help="Seed for random draws, kept in the result.  [default: 0]"
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="What is printed.",
)
@click.option("--out", metavar="DIR", help="Folder for result.json and metrics.csv.")
@click.option(
    "--with-locations",
    is_flag=True,
    help="Also show positions in messages, and write DIR/restricted with the pairs.",
)
def command(
    supplied: str,
    finds: str,
    more_supplied: tuple[str, ...],
    more_finds: tuple[str, ...],
    searched: tuple[str, ...],
    districts: tuple[str, ...],
    config_file: str | None,
    output_format: str,
    out: str | None,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Compare supplied minefield maps with recorded finds.

    SUPPLIED and FINDS are tables or layers of points: CSV, XLSX, GeoJSON, GeoPackage,
    Shapefile or GeoParquet. Prints the figures; --out also writes them to a folder.
    """
    from mapaccuracy import io

    config = io.read_config(config_file) if config_file is not None else {}
    given = {name: value for name, value in chosen.items() if value is not None}
    settings = Settings.from_mapping(_merged(config.get("settings", {}), given))
    if settings.by == "record" and not with_locations:
        raise SettingsError(
            "Rows by record are restricted; add --with-locations if you may see them."
        )
    paths: dict[Role, tuple[str, ...]] = {
        "supplied": (supplied, *more_supplied),
        "finds": (finds, *more_finds),
        "searched": searched,
        "districts": districts,
    }
    try:
        with ExitStack() as stack:
            folder = stack.enter_context(io.open_folder(out)) if out is not None else None
            evaluation = _evaluated(paths, config.get("layers", {}), settings)
            document = evaluation.to_dict()
            locations = _locations(evaluation) if with_locations else None
            text = render_text(output_format, document, locations)
            if folder is not None:
                for name in ("csv", "json"):
                    folder.write(renderer(name)(document, None))
                folder.write(renderer("restricted")(document, locations), restricted=True)
            interruption.complete()
    except InputError as error:
        show_unusable(error, with_locations)
        return EXIT_INCOMPLETE
    show((p for p in evaluation.problems if p.severity != "info"), with_locations)
    say(text)
    return EXIT_OK


def _merged(config: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Lay options over the configuration; columns are merged name by name."""
    columns = {**config.get("columns", {}), **given.get("columns", {})}
    return {**config, **given, "columns": columns}


def _evaluated(
    paths: dict[Role, tuple[str, ...]], layers: dict[Role, str], settings: Settings
) -> Any:
    with progress() as step:
        step("reading files")
        from mapaccuracy import io
        from mapaccuracy.evaluation import evaluate

        tables: dict[Role, Any] = io.read_all(
            {role: files for role, files in paths.items() if files},
            layers=layers,
            columns=settings.columns,
        )
        return evaluate(
            tables["supplied"],
            tables["finds"],
            tables.get("searched"),
            tables.get("districts"),
            settings=settings,
            progress=step,
        )


def _locations(evaluation: Any) -> dict[str, Any]:
    records = evaluation.records or ()
    return {"pairs": evaluation.pairs, "records": [group.to_dict() for group in records]}
