"""``mapaccuracy schema``."""

from __future__ import annotations

from importlib.resources import files

import click

from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.messages import say

_NAMES = ("config", "result", "compare", "diagnosis", "findings")


@click.command("schema", epilog="Example: mapaccuracy schema config > mapaccuracy.schema.json")
@click.argument("name", type=click.Choice(_NAMES))
def command(name: str) -> int:
    """Print the JSON Schema of the configuration, or of a document that other commands write.

    With the one of the configuration, editors complete and check mapaccuracy.toml.
    """
    say((files("mapaccuracy.schema") / f"{name}.schema.json").read_text("utf-8"))
    return EXIT_OK
