"""Displacement of a map against finds: search, chance, and what a common move gains."""

from mapaccuracy.statistics.displacement.apart import Apart, Grid, box_sums, scores
from mapaccuracy.statistics.displacement.coarse import coarse_histogram
from mapaccuracy.statistics.displacement.fits import (
    Fits,
    Settled,
    contributes,
    ellipse_of,
    fit,
    hotelling_reach,
    repeat_of,
    settle,
)
from mapaccuracy.statistics.displacement.fixed import p_of_fixed, standing
from mapaccuracy.statistics.displacement.gains import TOO_FEW, closer, gain
from mapaccuracy.statistics.displacement.search import Found, search

__all__ = [
    "TOO_FEW",
    "Apart",
    "Fits",
    "Found",
    "Grid",
    "Settled",
    "box_sums",
    "closer",
    "coarse_histogram",
    "contributes",
    "ellipse_of",
    "fit",
    "gain",
    "hotelling_reach",
    "p_of_fixed",
    "repeat_of",
    "scores",
    "search",
    "settle",
    "standing",
]
