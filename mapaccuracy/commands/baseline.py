"""``mapaccuracy baseline``."""

from __future__ import annotations

import click

from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.messages import say, tell
from mapaccuracy.errors import SettingsError
from mapaccuracy.report import render_text

_FILE = "mapaccuracy-baseline.json"
_EPILOG = """\b
Examples:
  mapaccuracy evaluate map.csv finds.csv --searched cleared.gpkg --out result
  mapaccuracy baseline update result/result.json
  mapaccuracy baseline update result/result.json --accept findings.json
  mapaccuracy baseline show
"""
_OPTION = click.option(
    "--baseline",
    "file",
    metavar="FILE",
    default=_FILE,
    show_default=True,
    help="The baseline.",
)


@click.group("baseline", epilog=_EPILOG)
def command() -> None:
    """Keep figures and accepted findings, to hold the next submission against them.

    The file holds rates of districts with their intervals, searched hectares and fingerprints of
    accepted findings: no position and no id.
    """


@command.command("update")
@click.argument("result", metavar="RESULT.json")
@click.option(
    "--accept",
    metavar="FINDINGS.json",
    help="Findings of check (-o json) that are accepted from now on.",
)
@_OPTION
def update(result: str, accept: str | None, file: str) -> int:
    """Write the baseline from a result of evaluate."""
    from mapaccuracy import io
    from mapaccuracy.checks.baseline import baseline_of, checked_baseline

    io.check_target(file, "--baseline", force=True, inputs=[result, *([accept] if accept else [])])
    before = checked_baseline(io.read_json(file)) if io.is_file(file) else None
    accepted = [] if accept is None else _fingerprints(io.read_json(accept))
    document = baseline_of(io.read_json(result), accepted, before)
    data = render_text("json", document).encode()
    io.write_file(file, data, "--baseline", force=True)
    n = len(document["accepted"])
    tell(
        f"Districts: {len(document['districts'])}; accepted findings: {n:,}. The baseline was "
        "written."
    )
    return EXIT_OK


def _fingerprints(document: object) -> list[str]:
    if isinstance(document, dict) and isinstance(document.get("findings"), list):
        found = [
            entry.get("fingerprint") for entry in document["findings"] if isinstance(entry, dict)
        ]
        if all(isinstance(name, str) for name in found):
            return [str(name) for name in found]
    raise SettingsError("The file of --accept holds no findings of mapaccuracy check.")


@command.command("show")
@_OPTION
def show(file: str) -> int:
    """Print what the baseline holds."""
    from mapaccuracy import io
    from mapaccuracy.checks.baseline import checked_baseline

    say(render_text("baseline", checked_baseline(io.read_json(file))))
    return EXIT_OK
