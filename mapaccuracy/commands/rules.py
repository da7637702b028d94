"""``mapaccuracy rules``."""

from __future__ import annotations

import click

from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.messages import say
from mapaccuracy.report import FORMATS, render_text

_EPILOG = """\b
Examples:
  mapaccuracy rules
  mapaccuracy rules --select MA2 --format csv
"""


@click.command("rules", epilog=_EPILOG)
@click.option("--select", metavar="CODE", default="", help="Rules whose code begins so (MA2).")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="What is printed.",
)
def command(select: str, output_format: str) -> int:
    """List the rules of check: code, name, severity, what each needs, and why it matters."""
    from mapaccuracy.checks import RULES
    from mapaccuracy.checks.pages import page_of

    chosen = [rule for rule in RULES if rule.code.startswith(select.strip().upper())]
    if not chosen:
        raise click.BadParameter(f"no rule begins with '{select}'", param_hint="--select")
    document = {"rules": [page_of(rule, RULES) for rule in chosen]}
    say(render_text(f"rules_{output_format}", document))
    return EXIT_OK
