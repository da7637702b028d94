"""The main job alone, from files to a result: pairs, counts, rates, intervals, notes.

What `mapaccuracy evaluate` does without the figures of `mapaccuracy.evaluation.details`:
`python -m benchmarks.main_job SUPPLIED FINDS SEARCHED DISTRICTS OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mapaccuracy import intake, io
from mapaccuracy.evaluation import groupings, remarks
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.result import Evaluation
from mapaccuracy.report import renderer
from mapaccuracy.schema import ROLES, Settings


def main(files: list[str], out: Path) -> None:
    roles = dict(zip(ROLES, files, strict=False))
    settings = Settings(ladder=[Settings.tolerance_m])
    tables = io.read_all({role: [file] for role, file in roles.items()})
    layers = {
        role: intake.conform(intake.as_tables(table, role), role, settings)
        for role, table in tables.items()
    }
    inputs = locate(layers, settings)
    districts = groupings.locate_districts(inputs)
    compared = compare(inputs, districts, settings)
    (whole,) = compared.figures_of(groupings.overall(inputs))
    by_district = compared.figures_of(groupings.by_polygon(inputs, districts))
    problems = remarks.problems(compared)
    result = Evaluation(
        settings=settings,
        sources=tuple(source for layer in layers.values() for source in layer.sources),
        overall=whole,
        districts=by_district,
        types=None,
        records=None,
        notes=remarks.notes(compared, whole, by_district, problems),
        pairs=compared.matching,
        problems=problems,
    )
    out.mkdir(exist_ok=True)
    for name in ("csv", "json"):
        for file, content in renderer(name)(result.to_dict(), None).items():
            (out / file).write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:-1], Path(sys.argv[-1]))
