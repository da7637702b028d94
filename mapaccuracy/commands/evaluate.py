"""``mapaccuracy evaluate``."""

from __future__ import annotations

from typing import Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.choices import asked, files
from mapaccuracy.commands.exits import EXIT_FINDINGS, EXIT_OK
from mapaccuracy.commands.working import (
    OUT_WRITTEN,
    conclude,
    gate_remarks,
    result_folder,
    usable,
    worked_out,
)
from mapaccuracy.errors import SettingsError
from mapaccuracy.report import render_text, renderer
from mapaccuracy.schema import GROUPINGS

_EPILOG = """\b
Examples:
  mapaccuracy evaluate supplied.csv finds.csv --searched cleared.geojson
  mapaccuracy evaluate map.xlsx finds.gpkg --searched cleared.gpkg \\
      --districts districts.geojson --tolerance 5 --out result
  mapaccuracy evaluate a.csv b.csv --crs EPSG:32638 --columns supplied.id=Nr
  mapaccuracy evaluate a.csv b.csv --assume-searched --format json
  mapaccuracy evaluate            (inputs as in mapaccuracy.toml)
  mapaccuracy evaluate --show-config
"""


@click.command("evaluate", epilog=_EPILOG)
@click.argument("supplied", required=False)
@click.argument("finds", required=False)
@options.MORE_SUPPLIED
@options.MORE_FINDS
@options.AREAS
@click.option(
    "--accidents",
    multiple=True,
    metavar="F",
    help="Points where accidents happened, to see how many lie off the map; may be repeated.",
)
@click.option(
    "--tasks",
    multiple=True,
    metavar="F",
    help="Polygons of clearance tasks with their ids, for finds that only name their task; may be "
    "repeated.",
)
@options.MATCHING
@click.option(
    "--by",
    type=click.Choice(GROUPINGS),
    help="What the table shows; record asks for --with-locations.  [default: district]",
)
@options.READING
@options.SEARCH_REASON
@options.LADDER
@click.option(
    "--fade-out",
    "fade_out_m",
    type=float,
    metavar="M",
    help="The searched perimeters follow the finds, out to this distance in metres.",
)
@click.option(
    "--map-received",
    metavar="DAY",
    help="Day the map was received, YYYY-MM-DD: later finds are an honest test and stand apart.",
)
@click.option(
    "--record-points",
    type=int,
    metavar="N",
    help="Verifiable points from which a record is judged.  [default: 5]",
)
@click.option(
    "--record-share",
    type=float,
    metavar="SHARE",
    help="Share of them from which a record agrees with the finds.  [default: 0.5]",
)
@options.DRAWS
@options.CONFIG
@click.option("--out", metavar="DIR", help="Folder for result.json and metrics.csv.")
@click.option(
    "--with-locations",
    is_flag=True,
    help="Also show positions in messages, and write DIR/restricted with the pairs.",
)
def command(
    supplied: str | None,
    finds: str | None,
    more_supplied: tuple[str, ...],
    more_finds: tuple[str, ...],
    searched: tuple[str, ...],
    districts: tuple[str, ...],
    accidents: tuple[str, ...],
    tasks: tuple[str, ...],
    output_format: str,
    out: str | None,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Compare supplied minefield maps with recorded finds.

    SUPPLIED may also hold lines (rows of mines) and polygons (outlines of minefields), with a
    count; with --tasks, FINDS may name a task and a quantity in place of a position.

    SUPPLIED and FINDS are tables or layers of points: CSV, XLSX, KML, KMZ, GPX, GeoJSON,
    GeoPackage, Shapefile or File Geodatabase (also zipped), GeoParquet; a pattern such as
    'finds/*.csv' stands for several, and - for CSV or GeoJSON on standard input. Without them
    those of the configuration are taken. Prints the figures; --out also writes them to a folder.
    """
    choices = asked(
        {**chosen, "output_format": output_format},
        {
            "supplied": files(supplied, more_supplied),
            "finds": files(finds, more_finds),
            "searched": searched,
            "districts": districts,
            "accidents": accidents,
            "tasks": tasks,
        },
    )
    from mapaccuracy.checks.gates import judge

    settings = choices.settings
    if settings.by == "record" and not with_locations:
        raise SettingsError(
            "Rows by record are restricted; add --with-locations if you may see them."
        )
    with usable(with_locations), result_folder(out) as folder:
        evaluation = worked_out(_evaluated, choices.paths, choices.layers, settings)
        document = evaluation.to_dict()
        locations = _locations(evaluation) if with_locations else None
        text = render_text(output_format, document, locations)
        if folder is not None:
            for name in ("csv", "json"):
                folder.write(renderer(name)(document, None))
            folder.write(renderer("restricted")(document, locations), restricted=True)
        interruption.complete()
    written = [] if out is None else [OUT_WRITTEN]
    judged = judge(document, choices.gates)
    conclude(
        text, evaluation.problems, with_locations, remarks=gate_remarks(judged), written=written
    )
    failed = any(entry.outcome == "not met" and entry.gate.level == "error" for entry in judged)
    return EXIT_FINDINGS if failed else EXIT_OK


def _evaluated(**inputs: Any) -> Any:
    from mapaccuracy.evaluation import evaluate

    return evaluate(**inputs)


def _locations(evaluation: Any) -> dict[str, Any]:
    return {
        "pairs": evaluation.pairs,
        "records": evaluation.records,
        "tables": evaluation.tables,
    }
