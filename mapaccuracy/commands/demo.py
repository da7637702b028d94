"""``mapaccuracy demo``."""

from __future__ import annotations

import textwrap
from importlib.resources import as_file, files

import click

from mapaccuracy import io
from mapaccuracy.commands import interruption
from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.messages import say
from mapaccuracy.commands.progress import progress
from mapaccuracy.evaluation import evaluate
from mapaccuracy.report import render_text
from mapaccuracy.schema import Role, Settings

# title, folder, file of each role, settings
_CASES: tuple[tuple[str, str, dict[Role, str], Settings], ...] = (
    (
        "1. A real pair of maps: cycle-hire docking stations of London, OpenStreetMap against the "
        "operator's list. Stations stand in for mines. All ground is declared searched, so nothing "
        "can be set against chance.",
        "london_docking_stations",
        {"supplied": "a.csv", "finds": "b.csv"},
        Settings(tolerance_m=20, assume_searched=True),
    ),
    (
        "2. INVENTED DATA, made so that two figures of the kind quoted in public hold at once: of "
        "200 points that could be judged 25 % are confirmed, and of 2,500 finds 2 % were on the "
        "map. They say nothing of any real map. Districts are fictional.",
        "quoted_figures",
        {
            "supplied": "supplied.csv",
            "finds": "finds.csv",
            "searched": "searched.geojson",
            "districts": "districts.geojson",
        },
        Settings(tolerance_m=10),
    ),
)


@click.command("demo", epilog="Example: mapaccuracy demo")
def command() -> int:
    """Evaluate two cases that come with the program, and print their tables."""
    texts = []
    with progress() as step:
        for title, folder, names, settings in _CASES:
            with as_file(files("mapaccuracy.examples") / folder) as place:
                tables = io.read_all({role: [place / name] for role, name in names.items()})
            result = evaluate(**tables, settings=settings, progress=step)
            texts.append(f"{textwrap.fill(title, 100)}\n\n{render_text('table', result.to_dict())}")
    interruption.complete()
    say("\n".join(texts))
    return EXIT_OK
