"""Where points lie: metres, district, searched share of the tolerance disk, neighbours."""

from mapaccuracy.geography.areas import (
    dissolve,
    first_polygon,
    hectares,
    hectares_by_polygon,
    overlaps,
    without_overlaps,
)
from mapaccuracy.geography.frame import Frame, Geometries, frame_for
from mapaccuracy.geography.hulls import widened_hulls
from mapaccuracy.geography.neighbourhoods import neighbourhoods, spacing_m
from mapaccuracy.geography.placements import (
    Moves,
    Outline,
    Placements,
    Shifts,
    Verifiable,
    draw_moves,
    outline,
)
from mapaccuracy.geography.sampling import sample_positions
from mapaccuracy.geography.share import searched_share

__all__ = [
    "Frame",
    "Geometries",
    "Moves",
    "Outline",
    "Placements",
    "Shifts",
    "Verifiable",
    "dissolve",
    "draw_moves",
    "first_polygon",
    "frame_for",
    "hectares",
    "hectares_by_polygon",
    "neighbourhoods",
    "outline",
    "overlaps",
    "sample_positions",
    "searched_share",
    "spacing_m",
    "widened_hulls",
    "without_overlaps",
]
