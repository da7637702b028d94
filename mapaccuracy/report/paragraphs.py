"""A group in plain English: every number stands in the document, or is a sum or share of it.

A sentence speaks of knowledge only where a test against chance allows it, and never of single
mines where the tolerance cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mapaccuracy.report import doubts, found, uses
from mapaccuracy.report.layout import Entry
from mapaccuracy.report.words import unresolvable

_SUBJECTS: Mapping[str, Callable[[Entry, Entry, bool], Iterator[str]]] = {
    "Records": found.records,
    "Precision": found.precision,
    "Recall": found.recall,
    "By chance": doubts.chance,
    "Not known": doubts.unknown,
    "Position": uses.position,
    "Effort": uses.effort,
    "Accidents": uses.accidents,
    "Types": uses.types,
}


def paragraphs(group: Entry, document: Entry, *, brief: bool = False) -> list[tuple[str, str]]:
    """Say what was found in one group, what it is worth, and what is not known.

    Parameters
    ----------
    group : mapping
        A group of the result document.
    document : mapping
        The result document.
    brief : bool
        Leave out what a first reading can do without.

    Returns
    -------
    list of (str, str)
        Subjects with what is said of them, the most important first.

    Examples
    --------
    >>> rate = {"value": 0.25, "low": None, "high": None, "n": 8, "clusters": 2,
    ...         "effective_clusters": 2.0, "design_effect": 1.0, "cluster_low": 0.0,
    ...         "cluster_high": 0.5, "reason": "too few records for an interval"}
    >>> group = {"group": "A", "supplied": 10, "confirmed": 2, "not_confirmed": 6,
    ...          "unsearched": 2, "confirmed_outside_search": 1, "released_without_search": 0,
    ...          "confirmed_share": 0.3, "finds": 0, "mapped": 0, "precision": rate,
    ...          "finds_per_verifiable_point": None,
    ...          "recall": rate | {"value": None, "n": 0, "reason": "no finds in scope"}}
    >>> document = {"settings": {"tolerance_m": 10.0, "matching": "optimal",
    ...                          "assume_searched": False},
    ...             "sources": [{"role": "searched"}], "notes": []}
    >>> for subject, text in paragraphs(group, document):
    ...     print(f"{subject}: {text}")  # doctest: +NORMALIZE_WHITESPACE
    Precision: 10 supplied points; 8 can be judged, because the ground within 10 m has been
    searched. 2 of these 8 (25.0 %) have a find of their own within 10 m. No interval: points in
    only 2 clusters (by cluster 0.0 % to 50.0 %).
    Recall: Not defined: no finds in scope.
    Not known: 2 points cannot be judged yet; whatever they turn out to be, precision over all
    10 will lie between 20.0 % and 40.0 %. What lies in ground not searched is unknown. A point
    not confirmed may still be a mine.
    """
    told = [(subject, " ".join(of(group, document, brief))) for subject, of in _SUBJECTS.items()]
    # Agreement by record leads only where shares by point cannot be resolved.
    told.sort(key=lambda entry: entry[0] == "Precision" and not unresolvable(group), reverse=True)
    return [(subject, text) for subject, text in told if text]
