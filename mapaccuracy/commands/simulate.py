"""``mapaccuracy simulate``."""

from __future__ import annotations

import click

from mapaccuracy import io
from mapaccuracy.commands import interruption
from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.messages import say
from mapaccuracy.commands.progress import progress
from mapaccuracy.simulate import Scenario, simulate

_EPILOG = """\b
Examples:
  mapaccuracy simulate --out country
  mapaccuracy simulate --out large --seed 7 --records 2000 --true-share 0.6
"""


@click.command("simulate", epilog=_EPILOG)
@click.option("--out", required=True, metavar="DIR", help="Folder to write.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Seed.")
@click.option("--districts", type=int, default=3, show_default=True, metavar="N", help="Districts.")
@click.option(
    "--records", type=int, default=60, show_default=True, metavar="N", help="Minefield records."
)
@click.option(
    "--true-share",
    type=float,
    default=0.25,
    show_default=True,
    metavar="S",
    help="Share of the records that have a minefield behind them.",
)
def command(out: str, seed: int, districts: int, records: int, true_share: float) -> int:
    """Write a synthetic country whose truth is known.

    Writes supplied.csv, finds.csv, searched.geojson, districts.geojson and truth.csv: rows
    of mines, records with position errors, searched and cancelled ground. The country is
    fictional and lies in the open South Atlantic; every row says SYNTHETIC.
    """
    scenario = Scenario(seed=seed, districts=districts, records=records, true_share=true_share)
    with io.open_folder(out) as folder, progress() as step:
        step("simulating")
        folder.write(
            {name: io.to_bytes(table) for name, table in simulate(scenario).files().items()}
        )
        interruption.complete()
    say(
        f"Wrote {out}. Try: mapaccuracy evaluate {out}/supplied.csv {out}/finds.csv "
        f"--searched {out}/searched.geojson --districts {out}/districts.geojson\n"
    )
    return EXIT_OK
