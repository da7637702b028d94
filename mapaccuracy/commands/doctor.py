"""``mapaccuracy doctor``."""

from __future__ import annotations

import click

from mapaccuracy.commands import interruption
from mapaccuracy.commands.exits import EXIT_INCOMPLETE, EXIT_OK
from mapaccuracy.commands.messages import say
from mapaccuracy.commands.surroundings import surroundings
from mapaccuracy.report import render_text

_EPILOG = """\b
Examples:
  mapaccuracy doctor
  mapaccuracy doctor --format json
"""


@click.command("doctor", epilog=_EPILOG)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="What is printed.",
)
def command(output_format: str) -> int:
    """Say whether all that is needed is here: libraries, formats, data of PROJ, folders.

    Names no user, no machine and no folder, so that it can be pasted into a report. The exit code
    is 3 if a part is missing without which the program cannot work.
    """
    document = surroundings()
    text = render_text(f"doctor_{output_format}", document)
    interruption.complete()
    say(text)
    return EXIT_OK if document["complete"] else EXIT_INCOMPLETE
