"""``mapaccuracy traverse``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.choices import Asked, asked, files
from mapaccuracy.commands.exits import EXIT_FINDINGS, EXIT_OK
from mapaccuracy.commands.options import columns_of
from mapaccuracy.commands.progress import progress
from mapaccuracy.commands.working import conclude, read_tables, usable
from mapaccuracy.errors import SettingsError
from mapaccuracy.report import render_text
from mapaccuracy.schema.traverse import BEARING_UNITS, CLOSURE_SHARE, NORTHS, OPEN

if TYPE_CHECKING:
    from mapaccuracy.intake.traversing import Traverse
    from mapaccuracy.io.write import Copy

_EPILOG = """\b
Examples:
  mapaccuracy traverse legs.csv --points landmarks.csv --out private/points.csv
  mapaccuracy traverse forms.xlsx --points landmarks.gpkg --north magnetic \\
      --unit mils6000 --audit private/legs.csv --out private/points.gpkg
  mapaccuracy traverse --rows rows.csv --crs EPSG:32638 --out private/points.csv
"""


@click.command("traverse", epilog=_EPILOG)
@click.argument("legs", required=False)
@click.option(
    "--points", "landmarks", metavar="F", help="Landmarks: the known points from which legs begin."
)
@click.option(
    "--rows", "row_ends", metavar="F", help="Rows of mines given by both ends and a count."
)
@click.option("--north", type=click.Choice(NORTHS), help="Of bearings that do not say.")
@click.option("--unit", type=click.Choice(BEARING_UNITS), help="Of bearings that do not say.")
@click.option(
    "--declination",
    "declination_deg",
    type=float,
    metavar="DEG",
    help="Magnetic declination of all magnetic bearings, east positive.  [default: from the model "
    "IGRF, by place and date]",
)
@click.option(
    "--grid",
    metavar="C",
    help="The grid of grid bearings, such as EPSG:28408.  [default: that of the landmarks, or the "
    "6-degree zone of the place]",
)
@click.option(
    "--closure-m",
    type=float,
    metavar="M",
    help="Closure error that is always allowed, metres.  [default: twice what the steps of "
    "reading allow]",
)
@click.option(
    "--closure-share",
    type=float,
    default=CLOSURE_SHARE,
    show_default=True,
    metavar="S",
    help="The same as a share of the length; the larger of both is the limit.",
)
@click.option(
    "--adjust", is_flag=True, help="Distribute closure errors within the limit (Bowditch)."
)
@click.option("--crs", metavar="C", help="Coordinate system of files that state none.")
@click.option(
    "--columns",
    multiple=True,
    callback=columns_of,
    metavar="R.N=H",
    help="Header H holds column N of legs, landmarks or row_ends, such as legs.bearing=Az.",
)
@click.option(
    "--drop-faulty",
    is_flag=True,
    default=None,
    help="Go on without records that hold a leg at fault.",
)
@options.CONFIG_FILE
@click.option(
    "--out",
    metavar="FILE",
    help="Write the points, for evaluate: restricted, .csv, .geojson or .gpkg.",
)
@click.option(
    "--audit",
    metavar="FILE",
    help="Write every leg as recorded and as converted: restricted, the same formats.",
)
@options.TABLE_OR_JSON
@click.option("--with-locations", is_flag=True, help="Also show positions in messages.")
def command(
    legs: str | None,
    landmarks: str | None,
    row_ends: str | None,
    north: str | None,
    unit: str | None,
    grid: str | None,
    closure_m: float | None,
    closure_share: float,
    adjust: bool,
    out: str | None,
    audit: str | None,
    output_format: str,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Turn minefield records written as landmark, bearing and distance into supplied points.

    LEGS is a table with one row a leg: record, from, to, kind, bearing, north, unit, distance in
    metres, date. Prints how every record closes; the points themselves go to --out only. The exit
    code is 1 if any record does not close.
    """
    named = {"legs": legs, "landmarks": landmarks, "row_ends": row_ends}
    choices = asked(
        {**chosen, "output_format": output_format},
        {role: files(path, ()) for role, path in named.items()},
    )
    rules = {
        "north": north,
        "unit": unit,
        "grid": grid,
        "closure_m": closure_m,
        "closure_share": closure_share,
        "adjust": adjust,
    }
    given = [path for paths in choices.paths.values() for path in paths]
    given += [choices.config_file] if choices.config_file is not None else []
    with (
        usable(with_locations, undone="No point was made."),
        _files(out, audit, given) as (copy, audit_copy),
    ):
        with progress() as step:
            step("reading files")
            made = _traversed(choices, rules)
        written = [*_written(copy, made.points), *_written(audit_copy, made.legs)]
        text = render_text(f"traverse_{output_format}", made.to_dict())
        interruption.complete()
    remarks = written or ["No point was written: that needs --out FILE."]
    conclude(text, made.problems, with_locations, remarks, written)
    return EXIT_FINDINGS if any(one.outcome == OPEN for one in made.records) else EXIT_OK


def _traversed(choices: Asked, rules: dict[str, Any]) -> Traverse:
    """Read what is given, the faults of all files at once, and walk."""
    from mapaccuracy.intake.traversing import traverse

    tables = read_tables(choices.paths, choices.layers, choices.settings.columns)
    legs, landmarks, rows = (tables.get(role) for role in ("legs", "landmarks", "row_ends"))
    return traverse(legs, landmarks, rows, settings=choices.settings, **rules)


@contextmanager
def _files(
    out: str | None, audit: str | None, inputs: Iterable[str]
) -> Iterator[tuple[Copy | None, Copy | None]]:
    """Open the files of --out and --audit, where they are asked for."""
    from mapaccuracy import io

    if out is not None and audit is not None and io.same_place(out, audit):
        raise SettingsError("--out and --audit name the same file; name another one with --audit.")
    with ExitStack() as stack:
        copies = [
            None if path is None else stack.enter_context(io.open_copy(path, inputs, option=option))
            for path, option in ((out, "--out"), (audit, "--audit"))
        ]
        yield copies[0], copies[1]


def _written(copy: Copy | None, table: Any) -> list[str]:
    """Write a file; say so, and that it holds positions."""
    if copy is None:
        return []
    if len(table) == 0:
        return [f"{copy.name} was not written: there is no row for it."]
    copy.write(table)
    return [
        f"Wrote {copy.name}, restricted: {len(table):,} rows with positions computed from the "
        "record, not measured; only you can read it."
    ]
