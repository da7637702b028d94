"""What several commands ask for: inputs, choices of an evaluation, and what is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mapaccuracy.report import FORMATS
from mapaccuracy.schema import MATCHING_RULES, SCOPES, SEARCH_REASONS

Decorator = Callable[[Any], Any]


def _ladder(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Any:
    if value is None:
        return None
    try:
        return [float(rung) for rung in value.split(",")]
    except ValueError:
        raise click.BadParameter(f"'{value}' is not a list of metres, such as 1,2,5,10") from None


def _filters(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Any:
    found: dict[str, str] = {}
    for value in values:
        role, dot, where = value.partition(".")
        column, equals, wanted = where.partition("=")
        if not (dot and role.strip() and column.strip() and equals and wanted.strip()):
            raise click.BadParameter(
                f"'{value}' is not ROLE.COLUMN=VALUE, such as finds.status=approved"
            )
        if role.strip() in found:
            raise click.BadParameter(f"two filters for {role.strip()}; one column can be asked")
        found[role.strip()] = where.strip()
    return found or None


def columns_of(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Any:
    """Take ROLE.NAME=HEADER apart."""
    pairs = [value.partition("=") for value in values]
    bad = [
        value
        for value, (_, equals, header) in zip(values, pairs, strict=True)
        if not (equals and header)
    ]
    if bad:
        raise click.BadParameter(f"'{bad[0]}' is not ROLE.NAME=HEADER, such as supplied.id=Nr")
    return {name.strip(): header.strip() for name, _, header in pairs} or None


def together(*decorators: Decorator) -> Decorator:
    """Apply options in the order in which help lists them."""

    def apply(command: Any) -> Any:
        for decorate in reversed(decorators):
            command = decorate(command)
        return command

    return apply


MORE_SUPPLIED = click.option(
    "--supplied",
    "more_supplied",
    multiple=True,
    metavar="F",
    help="A further file of supplied points; may be repeated.",
)

MORE_FINDS = click.option(
    "--finds",
    "more_finds",
    multiple=True,
    metavar="F",
    help="A further file of finds; may be repeated.",
)

AREAS = together(
    click.option(
        "--searched",
        multiple=True,
        metavar="F",
        help="Polygons of ground searched to completion; may be repeated.",
    ),
    click.option(
        "--districts",
        multiple=True,
        metavar="F",
        help="Polygons of districts; may be repeated.",
    ),
)

MATCHING = together(
    click.option(
        "--tolerance",
        "tolerance_m",
        type=float,
        metavar="M",
        help="Largest distance in metres at which a find can confirm a point.  [default: 10]",
    ),
    click.option(
        "--matching",
        type=click.Choice(MATCHING_RULES),
        help="How pairs are chosen.  [default: optimal]",
    ),
    click.option(
        "--scope",
        type=click.Choice(SCOPES),
        help="Finds that maps can be asked about: mines leaves out UXO, AXO, submunitions "
        "and IED.  [default: mines]",
    ),
)

CHECK_READING = together(
    click.option(
        "--crs",
        metavar="C",
        help="Coordinate system of files that state none: EPSG code, or local for metres.",
    ),
    click.option("--supplied-crs", metavar="C", help="The same for supplied points only."),
    click.option("--finds-crs", metavar="C", help="The same for finds only."),
    click.option(
        "--columns",
        multiple=True,
        callback=columns_of,
        metavar="R.N=H",
        help="Header H holds column N of role R, such as supplied.id=Nr; may be repeated.",
    ),
    click.option(
        "--filter",
        "filters",
        multiple=True,
        callback=_filters,
        metavar="R.C=V",
        help="Use only rows of role R with value V (or V,W) in column C, such as "
        "finds.status=approved; once for each role.",
    ),
)

READING = together(
    CHECK_READING,
    click.option(
        "--drop-faulty",
        is_flag=True,
        default=None,
        help="Go on without rows that cannot be used, and count them.",
    ),
    click.option(
        "--assume-searched", is_flag=True, default=None, help="Declare all ground searched."
    ),
    click.option(
        "--searched-where",
        metavar="COLUMN=VALUE",
        help="Which rows of --searched are searched ground, such as status=cleared.",
    ),
    click.option(
        "--match-type",
        is_flag=True,
        default=None,
        help="Pair a point only with finds whose type does not differ from the type claimed.",
    ),
)

SEARCH_REASON = click.option(
    "--search-reason",
    type=click.Choice(SEARCH_REASONS),
    help="Why ground was searched, for polygons that do not say.  Chance cannot be asked of ground "
    "searched because of the map.",
)

LADDER = together(
    click.option(
        "--ladder",
        callback=_ladder,
        metavar="M,M,...",
        help="Further tolerances to give figures at.  [default: 1,2,5,10,20,50,100]",
    ),
    click.option(
        "--full-ladder",
        is_flag=True,
        default=None,
        help="Also count pairs at tolerances at which points cannot be told apart.",
    ),
)

DRAWS = click.option(
    "--draws",
    type=int,
    metavar="N",
    help="Random draws of each question asked of chance.  [default: 999]",
)

DISPLACEMENT = together(
    click.option(
        "--range",
        "range_m",
        type=float,
        metavar="M",
        help="Moves up to so far east, west, north and south are searched.  [default: 200]",
    ),
    click.option(
        "--rotation",
        is_flag=True,
        default=None,
        help="Also search a rotation and a scale of the whole map.",
    ),
    click.option(
        "--declination",
        "declination_deg",
        type=float,
        metavar="DEG",
        help="Magnetic declination when the mines were laid, east positive.  [default: from the "
        "model IGRF, by place and date of laying]",
    ),
)

TABLE_OR_JSON = click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="What is printed.",
)

CONFIG_FILE = together(
    click.option(
        "--config",
        "config_file",
        metavar="F",
        envvar="MAPACCURACY_CONFIG",
        help="TOML file with inputs and choices; options given here win.  [default: "
        "mapaccuracy.toml, or pyproject.toml, in this folder or above it in a git working tree]",
    ),
    click.option("--no-config", is_flag=True, help="Look for no configuration."),
    click.option(
        "--show-config",
        is_flag=True,
        help="Only print every value with its origin, as --format table or json.",
    ),
)

CONFIG = together(
    CONFIG_FILE,
    click.option(
        "--seed",
        type=int,
        metavar="N",
        help="Seed for random draws, kept in the result.  [default: 0]",
    ),
    click.option(
        "--format",
        "output_format",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="What is printed.",
    ),
)
