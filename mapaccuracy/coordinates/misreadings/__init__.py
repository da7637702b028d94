"""The known mistakes with coordinates, each with what undoes it on the positions of a map."""

from mapaccuracy.coordinates.misreadings.catalogue import MISREADINGS
from mapaccuracy.coordinates.misreadings.misreading import Corrected, Misreading, Plotted

__all__ = ["MISREADINGS", "Corrected", "Misreading", "Plotted"]
