"""Which supplied point goes with which find: candidates within tolerance, and a choice of pairs.

Three steps, each usable alone. `places` collapses coincident points, so that k x k points at
one position are one candidate and not k * k. `candidates` lists every two places within
tolerance. `assign` chooses pairs among them by one of four rules:

=========  =======================================================================
rule       pairs
=========  =======================================================================
optimal    each point in at most one pair; as many pairs as there can be; among
           those choices the least sum of squared distances
mutual     each is the other's nearest
greedy     nearest two first, then the nearest two of those left, and so on
nearest    many-to-one: every supplied point with its nearest find
=========  =======================================================================

Ties go to the lower index. No candidate joins two connected components, and both the number
of pairs and the sum add up over them, so the optimum of each is the optimum of all.
"""

from mapaccuracy.matching.assignment import assign
from mapaccuracy.matching.coincidence import Places, each, places
from mapaccuracy.matching.matcher import match, match_metres
from mapaccuracy.matching.neighbours import Nearest, candidates, nearest_distance

__all__ = [
    "Nearest",
    "Places",
    "assign",
    "candidates",
    "each",
    "match",
    "match_metres",
    "nearest_distance",
    "places",
]
