"""Write the made-up data of this folder: ``python docs/counted/make.py``. Nothing in it is real."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
# In the open ocean, degrees for a metre east and north.
LON, LAT, EAST, NORTH = -20.0, -30.0, 1 / 96_490, 1 / 110_850


def place(*corners: tuple[float, float]) -> list[list[float]]:
    """Metres from the corner of the country to degrees."""
    return [[round(LON + x * EAST, 7), round(LAT + y * NORTH, 7)] for x, y in corners]


def box(x: float, y: float, width: float, height: float) -> dict[str, object]:
    """Draw a rectangle by its lower left corner."""
    ring = place((x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y))
    return {"type": "Polygon", "coordinates": [ring]}


def save(name: str, features: list[tuple[dict[str, object], dict[str, object]]]) -> None:
    """Write GeoJSON, one feature a line."""
    lines = [
        json.dumps({"type": "Feature", "properties": {**row, "note": "SYNTHETIC"}, "geometry": at})
        for at, row in features
    ]
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"
    (HERE / name).write_text(text, "utf-8", newline="\n")


def main() -> None:
    """Write 12 tasks, a field of three rows in 8 of them, and what was found."""
    rng = np.random.default_rng(20)
    tasks, outlines, rows, searched = [], [], [], []
    finds = ["id,lat,lon,type,task_id,note"]
    counts = ["task_id,quantity,model,note"]
    for task in range(12):
        x, y = 600.0 * (task % 4), 500.0 * (task // 4)
        name = {"task_id": f"T-{task + 1:02}", "district": "Oakmoor" if task < 8 else "Elmfield"}
        tasks.append((box(x, y, 300, 200), {**name, "status": "open" if task == 11 else "cleared"}))
        if task != 11:
            searched.append((box(x, y, 300, 200), {"id": f"A-{task + 1:02}", "status": "cleared"}))
        count = int(rng.integers(8, 40))
        if task < 9:
            of = {"record_id": f"R-{task + 1}", "count": 60}
            outlines.append((box(x + 40, y + 30, 200, 120), {"id": f"O-{task + 1}", **of}))
            for row in range(3):
                at = place((x + 50, y + 50 + 40 * row), (x + 230, y + 50 + 40 * row))
                line = {"type": "LineString", "coordinates": at}
                claim = {"id": f"L-{task + 1}-{row + 1}", **of, "count": 20}
                rows.append((line, claim))
            # Mines of the rows, strays between them, and some outside the field.
            far = rng.uniform((5, 5), (295, 195), (count // 4, 2))
            near = np.column_stack(
                [
                    rng.uniform(55, 225, count - len(far)),
                    50 + 40 * rng.integers(0, 3, count - len(far)),
                ]
            )
            found = np.concatenate([near + rng.normal(0, 3, near.shape), far])
        else:
            found = rng.uniform((5, 5), (295, 195), (count // 5, 2))
        if task == 11:
            continue
        counts.append(f"T-{task + 1:02},{len(found)},TM-62,SYNTHETIC")
        for east, north in found:
            ((lon, lat),) = place((x + east, y + north))
            number = len(finds)
            finds.append(f"F-{number:03},{lat},{lon},AT,T-{task + 1:02},SYNTHETIC")
    save("tasks.geojson", tasks)
    save("searched.geojson", searched)
    save("outlines.geojson", outlines)
    save("map.geojson", [*outlines, *rows])
    (HERE / "finds.csv").write_text("\n".join(finds) + "\n", "utf-8", newline="\n")
    (HERE / "counted.csv").write_text("\n".join(counts) + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
