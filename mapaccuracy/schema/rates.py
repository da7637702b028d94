"""A share with its denominator and its interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """A share with its denominator and its interval, as in the result document.

    Attributes
    ----------
    value : float or None
        None if the denominator is 0.
    low, high : float or None
        95 % interval; None if there are too few clusters for one.
    n : int
        Denominator.
    clusters : int
        Clusters in the denominator.
    effective_clusters : float or None
        n**2 / sum of squared cluster sizes.
    design_effect : float or None
        Variance against that of n independent items; None where undefined.
    cluster_low, cluster_high : float or None
        Range of the share over clusters, given when there are too few for an interval.
    reason : str or None
        Why value or interval is missing.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    effective_clusters: float | None
    design_effect: float | None
    cluster_low: float | None
    cluster_high: float | None
    reason: str | None
