"""Positions on the Earth: coordinate systems, metres, and the mistakes made with them."""

from mapaccuracy.coordinates.earth import (
    FLATTENING,
    SEMI_MAJOR_M,
    geocentric,
    metres_per_degree,
)
from mapaccuracy.coordinates.systems import WGS84, Operation, operation, to_wgs84

__all__ = [
    "FLATTENING",
    "SEMI_MAJOR_M",
    "WGS84",
    "Operation",
    "geocentric",
    "metres_per_degree",
    "operation",
    "to_wgs84",
]
