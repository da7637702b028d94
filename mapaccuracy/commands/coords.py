"""``mapaccuracy coords``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.exits import EXIT_FINDINGS, EXIT_OK
from mapaccuracy.commands.working import conclude, usable
from mapaccuracy.errors import SettingsError
from mapaccuracy.report import render_text

if TYPE_CHECKING:
    from mapaccuracy.coordinates.positions import Order, Reading
    from mapaccuracy.schema import Problem

_EPILOG = """\b
Examples:
  mapaccuracy coords "39°59'24\\"N 46°55'48\\"E" 38SPK64772843
  mapaccuracy coords "39,99 46,93" --order lat,lon --format json
  mapaccuracy coords "8664770 4430000" --crs EPSG:28408
  mapaccuracy coords --column Position finds.xlsx
  mapaccuracy coords --column Lat --column Long --order lat,lon finds.csv
"""
# No argument of a program can hold it.
_MARK = "\x00"
_NEGATIVE = re.compile(r"-[\d.,]")


class _Coords(click.Command):
    """Takes a text that begins with a minus and a digit for a text, not for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(
            ctx, [_MARK + arg if _NEGATIVE.match(arg) else arg for arg in args]
        )


def _unmarked(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(value.removeprefix(_MARK) for value in values)


@click.command("coords", cls=_Coords, epilog=_EPILOG)
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...", callback=_unmarked)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="C",
    help="TEXT is a file: read its column C; twice where each coordinate has a column.",
)
@click.option("--crs", metavar="C", help="Coordinate system of the numbers.  [default: WGS 84]")
@click.option(
    "--order",
    type=click.Choice(["lat,lon", "lon,lat"]),
    help="Which of two numbers without letters is the latitude, or the northing.",
)
@options.TABLE_OR_JSON
def command(
    texts: tuple[str, ...],
    columns: tuple[str, ...],
    crs: str | None,
    order: Order | None,
    output_format: str,
) -> int:
    """Read positions as people write them, and give WGS 84 degrees.

    Degrees, minutes and seconds in many forms, MGRS, UTM, and metres of a coordinate system that
    you name. What can be read in more than one way is refused, and the readings are listed. The
    exit code is 1 if any is refused.
    """
    problems: Sequence[Problem] = ()
    if columns:
        if len(texts) != 1 or len(columns) > 2:
            raise SettingsError("--column takes one file, and one or two columns of it.")
        with usable(with_locations=False, undone="No position was read."):
            entries, problems = _from_file(texts[0], columns, crs, order)
    else:
        from mapaccuracy.coordinates.positions import read_position

        entries = [_entry(read_position(text, crs, order)) for text in texts]
    text = render_text(f"coords_{output_format}", {"positions": entries})
    interruption.complete()
    conclude(text, problems, with_locations=False)
    return EXIT_FINDINGS if any(entry["error"] is not None for entry in entries) else EXIT_OK


def _entry(reading: Reading, place: str | None = None) -> dict[str, Any]:
    position = reading.position
    # Arguments need not be UTF-8; Python holds other bytes as halves of pairs.
    shown = reading.input.encode("utf-8", "replace").decode()
    return {
        **({} if place is None else {"place": place}),
        "input": shown,
        "lat": None if position is None else position.lat,
        "lon": None if position is None else position.lon,
        "resolution_m": None if position is None else position.resolution_m,
        "notation": None if position is None else position.notation,
        "readings": [asdict(one) for one in reading.readings],
        "error": reading.error,
    }


def _from_file(
    path: str, columns: Sequence[str], crs: str | None, order: Order | None
) -> tuple[list[dict[str, Any]], list[Problem]]:
    from mapaccuracy import io
    from mapaccuracy.coordinates.positions import read_positions
    from mapaccuracy.intake.headers import match_header

    asked = {f"finds.{name}": name for name in columns}
    tables = io.read(path, "finds", columns=asked, as_written=True)
    entries: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for table in tables:
        headers = list(map(str, table.frame.columns))
        known = [match_header(headers, name) for name in columns]
        found = [name for name in known if name is not None]
        if len(found) < len(columns):
            raise SettingsError(
                _missing(columns[known.index(None)], [*headers, *table.unread], table.source)
            )
        cells = [table.frame[name].to_numpy(dtype=object) for name in found]
        second = cells[1] if len(cells) > 1 else None
        read = read_positions(cells[0], second, crs, order)
        entries += [_entry(reading, table.where(row, found[0])) for row, reading in enumerate(read)]
        problems += [problem for problem in table.problems if problem.severity != "info"]
    return entries, problems


def _missing(name: str, headers: Iterable[str], source: str) -> str:
    from mapaccuracy.schema import closest

    known = list(headers)
    return (
        f"{source} has no column '{name}'; its columns are {', '.join(known)}{closest(name, known)}"
    )
