"""Where points lie: metres, district, searched share of the tolerance disk, neighbours."""

from mapaccuracy.geography.areas import (
    count_inside,
    dissolve,
    first_polygon,
    hectares,
    hectares_by_polygon,
    hectares_of,
    left_of,
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
from mapaccuracy.geography.shapes import around, lengths_m, linked, nearest_shape, shares_in
from mapaccuracy.geography.share import searched_share

__all__ = [
    "Frame",
    "Geometries",
    "Moves",
    "Outline",
    "Placements",
    "Shifts",
    "Verifiable",
    "around",
    "count_inside",
    "dissolve",
    "draw_moves",
    "first_polygon",
    "frame_for",
    "hectares",
    "hectares_by_polygon",
    "hectares_of",
    "left_of",
    "lengths_m",
    "linked",
    "nearest_shape",
    "neighbourhoods",
    "outline",
    "overlaps",
    "sample_positions",
    "searched_share",
    "shares_in",
    "spacing_m",
    "widened_hulls",
    "without_overlaps",
]
