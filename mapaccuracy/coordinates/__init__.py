"""Positions on the Earth: coordinate systems, metres, and the mistakes made with them."""

from mapaccuracy.coordinates.azimuths import convergence_deg, declination_deg, scaled, turned
from mapaccuracy.coordinates.earth import (
    FLATTENING,
    SEMI_MAJOR_M,
    geocentric,
    metres_per_degree,
)
from mapaccuracy.coordinates.grids import sk42_operation, sk42_to_wgs84, wgs84_to_sk42
from mapaccuracy.coordinates.misreadings import MISREADINGS, Corrected, Misreading, Plotted
from mapaccuracy.coordinates.systems import WGS84, Operation, operation, to_wgs84

__all__ = [
    "FLATTENING",
    "MISREADINGS",
    "SEMI_MAJOR_M",
    "WGS84",
    "Corrected",
    "Misreading",
    "Operation",
    "Plotted",
    "convergence_deg",
    "declination_deg",
    "geocentric",
    "metres_per_degree",
    "operation",
    "scaled",
    "sk42_operation",
    "sk42_to_wgs84",
    "to_wgs84",
    "turned",
    "wgs84_to_sk42",
]
