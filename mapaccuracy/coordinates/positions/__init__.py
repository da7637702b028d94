"""Positions as people write them: WGS 84, with resolution and notation, or a refusal."""

from mapaccuracy.coordinates.positions.columns import Readings, read_positions
from mapaccuracy.coordinates.positions.metres import in_area, system
from mapaccuracy.coordinates.positions.outcome import ORDERS, Order, Position, Reading
from mapaccuracy.coordinates.positions.reading import read_cells, read_position

__all__ = [
    "ORDERS",
    "Order",
    "Position",
    "Reading",
    "Readings",
    "in_area",
    "read_cells",
    "read_position",
    "read_positions",
    "system",
]
