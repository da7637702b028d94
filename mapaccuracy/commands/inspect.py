"""``mapaccuracy inspect``."""

from __future__ import annotations

from typing import Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.exits import EXIT_INCOMPLETE, EXIT_OK
from mapaccuracy.commands.progress import progress
from mapaccuracy.commands.working import conclude
from mapaccuracy.report import render_text
from mapaccuracy.schema import ROLES, Role

_OPTION = "--write-config"
_EPILOG = """\b
Examples:
  mapaccuracy inspect finds.xlsx
  mapaccuracy inspect map.csv finds.csv cleared.gpkg --write-config mapaccuracy.toml
  mapaccuracy inspect list.csv --role supplied --format json
"""


@click.command("inspect", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--role", type=click.Choice(ROLES), help="What the files are.  [default: guessed]")
@click.option(
    _OPTION,
    "config_file",
    metavar="F",
    help="Write the files, their layers and columns to a configuration.",
)
@click.option("--force", is_flag=True, help="Let --write-config replace a file that exists.")
@options.TABLE_OR_JSON
@click.option("--with-locations", is_flag=True, help="Show positions, ids and cells as they stand.")
def command(
    files: tuple[str, ...],
    role: Role | None,
    config_file: str | None,
    force: bool,
    output_format: str,
    with_locations: bool,
) -> int:
    """Say what is in files: layers, columns, coordinate system, resolution, three rows.

    Positions and ids are withheld. What a file seems to be is a guess with its reasons; the exit
    code is 3 if any cannot be read.
    """
    from mapaccuracy import io
    from mapaccuracy.intake.inspecting import advise

    if config_file is not None:
        io.check_target(config_file, _OPTION, force=force, inputs=files)
    found: list[dict[str, Any]] = []
    with progress() as step:
        for number, file in enumerate(files, start=1):
            step(f"reading file {number} of {len(files)}")
            found.append(io.inspect_file(file, role, with_locations=with_locations))
    document = {"files": found, "next": advise(found, files, config_file)}
    text = render_text(f"inspect_{output_format}", document)
    written = []
    if config_file is not None:
        paths = {"paths": io.relative_to_file(files, config_file)}
        io.write_file(
            config_file, render_text("mapping", document, paths).encode(), _OPTION, force=force
        )
        written = [f"The configuration asked for with {_OPTION} was written."]
    interruption.complete()
    conclude(text, (), with_locations, written=written)
    return EXIT_INCOMPLETE if any(file["problems"] for file in found) else EXIT_OK
