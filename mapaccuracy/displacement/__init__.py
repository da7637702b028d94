"""Is the map wrong, or only misplaced: known mistakes and a common displacement, tested."""

from mapaccuracy.displacement.path import diagnose
from mapaccuracy.displacement.result import Diagnosis

__all__ = ["Diagnosis", "diagnose"]
