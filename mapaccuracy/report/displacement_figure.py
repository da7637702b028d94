"""The displacement histogram as a picture, from the diagnosis document alone.

It shows the coarse cells of the document and no more. Cells of few records are grey, and so are
empty ones: else the outline of what is withheld would tell of single pairs.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any

from mapaccuracy.report.diagnose import conclusion, parts_apart
from mapaccuracy.report.diagnose.entries import named, other_peaks
from mapaccuracy.report.words import many
from mapaccuracy.schema import DISPLACEMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar

Document = Mapping[str, Any]
_INCHES = (7.0, 6.7)
_DPI = 150
_TITLE_WIDTH = 96
# Darker with every pair in colour, in grey print and to the colour-blind alike; the palest part
# of the colours would look like what is withheld.
_COLOURS, _PALEST = "Blues", 0.3
_FOUND = "displacement found"
_NOT_ACCEPTED = "highest peak of the search (not accepted)"
_WITHHELD: Mapping[str, Any] = {"facecolor": "0.95", "edgecolor": "0.8"}


def render(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Draw ``displacement.png``; nothing where the document has no histogram.

    Returns
    -------
    dict of str to bytes
        The same bytes for the same document and version of matplotlib, whatever the user's own
        settings of matplotlib.

    Raises
    ------
    ImportError
        Without matplotlib, which comes with ``mapaccuracy[report]``.
    """
    histogram = document["histogram"]
    if not histogram["counts"]:
        return {}
    # Here, because the rest of the program does without it; no window, no state kept.
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style.context("default", after_reset=True):
        figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        image = _draw_cells(axes, histogram, document["sampling"]["unit"])
        _draw_marks(axes, document)
        if image is not None:
            _draw_bar(figure.colorbar(image, ax=axes, shrink=0.8), histogram["cell_m"])
        figure.suptitle(_title(document), fontsize=9, x=0.02, ha="left")
        figure.legend(
            loc="outside lower center", ncols=2, fontsize=8, frameon=False, markerscale=0.6
        )
        out = io.BytesIO()
        # The version of the program that drew it would change the bytes.
        figure.savefig(out, format="png", metadata={"Software": None})
    return {"displacement.png": out.getvalue()}


def _draw_bar(bar: Colorbar, cell_m: float) -> None:
    """Say what the colours count, and from which number on cells are shown."""
    bar.set_label(f"pairs in a cell of {cell_m:g} m x {cell_m:g} m")
    least, most = bar.mappable.get_clim()
    bar.set_ticks([least, *(n for n in bar.get_ticks() if 2 * least < n <= most)])


def _title(document: Document) -> str:
    """Name the verdict and what is counted."""
    verdict = conclusion(document)
    if part := parts_apart(document):
        verdict += f", but {part}"
    if document["cause"]:
        verdict += f": {document['cause']}"
    sampling = document["sampling"]
    part = ""
    if sampling["units_drawn"] < sampling["units"]:
        part = f" of {sampling['units_drawn']:,} of {sampling['units']:,} {sampling['unit']}s"
    told = (
        f"{many(sampling['pairs'], 'pair')}{part} of supplied points and finds within "
        f"{document['histogram']['range_m']:g} m of each other, by how they lie apart"
    )
    # A name of a place or a cause is shown as it stands, not as a formula.
    text = (
        fill(f"{verdict[0].upper()}{verdict[1:]}.", _TITLE_WIDTH) + "\n" + fill(told, _TITLE_WIDTH)
    )
    return text.replace("$", r"\$")


def _draw_cells(axes: Axes, histogram: Mapping[str, Any], unit: str) -> Any | None:
    """Draw the cells that are shown; None where there is no such cell."""
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap, PowerNorm
    from matplotlib.patches import Rectangle

    least = histogram["least"]
    counts = np.array(
        [[np.nan if n is None else n for n in row] for row in histogram["counts"]], dtype=float
    )
    counts[counts < least] = np.nan
    rows, columns = counts.shape
    cell_m = histogram["cell_m"]
    # The outermost cells may reach beyond the range.
    east_m, north_m = columns * cell_m / 2, rows * cell_m / 2
    edges = (-east_m, east_m, -north_m, north_m)
    told = f"fewer than {least} {unit}s, or none"
    place = (-east_m, -north_m)
    axes.add_patch(Rectangle(place, 2 * east_m, 2 * north_m, label=told, zorder=0, **_WITHHELD))
    axes.set(
        aspect="equal",
        anchor="N",
        xlim=edges[:2],
        ylim=edges[2:],
        xlabel="metres east that the map would be moved",
        ylabel="metres north that the map would be moved",
    )
    if not np.isfinite(counts).any():
        nothing = f"no cell in which {least} {unit}s or more have pairs"
        axes.text(0.5, 0.25, nothing, transform=axes.transAxes, ha="center", fontsize=9)
        return None
    return axes.imshow(
        np.ma.masked_invalid(counts),
        origin="lower",
        extent=edges,
        cmap=ListedColormap(colormaps[_COLOURS](np.linspace(_PALEST, 1.0, 256))),
        # The surroundings stay visible beside a high peak.
        norm=PowerNorm(0.5, vmin=least, vmax=max(float(np.nanmax(counts)), least + 1.0)),
        interpolation="none",
        zorder=1,
    )


def _draw_marks(axes: Axes, document: Document) -> None:
    """Mark the map as supplied, the displacement, and the moves that compete with it."""
    found = document["displacement"]
    edge = {"linestyle": "none", "markerfacecolor": "none", "zorder": 3}
    _mark(axes, [(0.0, 0.0)], marker="+", markersize=13, label="as supplied", **edge)
    if found["east_m"] is not None:
        place = [(found["east_m"], found["north_m"])]
        accepted = named(document, DISPLACEMENT)["accepted"]
        label = _FOUND if accepted else _NOT_ACCEPTED
        _mark(axes, place, marker="o", markersize=15, label=label, **edge)
    unit = document["sampling"]["unit"]
    same, others = other_peaks(found)
    for peaks, marker, label in (
        (same, "s", "cannot be told from the circle"),
        (others, "D", f"where other {unit}s fit"),
    ):
        if peaks:
            places = [(peak["east_m"], peak["north_m"]) for peak in peaks]
            _mark(axes, places, marker=marker, markersize=7, label=label, **edge)


def _mark(axes: Axes, places: list[tuple[float, float]], label: str, **look: Any) -> None:
    """Draw marks in black with a white rim, so that they show on any cell."""
    from matplotlib import patheffects

    east, north = zip(*places, strict=True)
    rim = [patheffects.withStroke(linewidth=3.5, foreground="white")]
    axes.plot(
        east,
        north,
        label=label,
        markeredgecolor="black",
        markeredgewidth=1.6,
        path_effects=rim,
        **look,
    )
