"""How often the 95 % interval of a share holds the true share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import lognorm

from mapaccuracy.statistics.intervals import cluster_interval, wilson

CLAIMED = 0.91
LOG_MEAN, LOG_SD = 2.5, 1.0
MEDIAN_SIZE = 12  # points of a record; exp(2.5) = 12.2
_LARGEST = 100_000


@dataclass(frozen=True)
class Maps:
    """Maps of one kind.

    Attributes
    ----------
    small, large : float
        True share of the points of records of up to 12 points, and of larger ones.
    clusters : int
        Records of a map.
    correlation : float
        Between two points of one record.
    """

    small: float
    large: float
    clusters: int
    correlation: float

    @property
    def share(self) -> float:
        """True share of all points, from the distribution of the sizes."""
        size = np.arange(1.0, _LARGEST)
        up_to = lognorm(LOG_SD, scale=np.exp(LOG_MEAN)).cdf(size + 0.5)
        points = size * np.diff(up_to, prepend=0.0)
        return float(
            (points * np.where(size > MEDIAN_SIZE, self.large, self.small)).sum() / points.sum()
        )


@dataclass(frozen=True)
class Coverage:
    """What came of many maps of one kind.

    Attributes
    ----------
    maps : Maps
    runs : int
    without : int
        Runs in which no interval was given.
    covered : int
        Runs with an interval that holds the true share.
    naive : int
        All runs in which Wilson's interval, as if every point were independent, holds it.
    width : float
        Mean width of the intervals given.
    """

    maps: Maps
    runs: int
    without: int
    covered: int
    naive: int
    width: float

    @property
    def share(self) -> float:
        """Share of the intervals given that hold the truth: what the reader of one relies on."""
        return self.covered / (self.runs - self.without)

    @property
    def naive_share(self) -> float:
        """The same of Wilson's intervals, which are always given."""
        return self.naive / self.runs


ALIKE = [
    Maps(p, p, clusters, correlation)
    for p in (0.25, 0.02)
    for clusters in (10, 20, 50)
    for correlation in (0.1, 0.3, 0.6)
]
BY_SIZE = [
    Maps(small, large, clusters, correlation)
    for small, large in ((0.4, 0.1), (0.1, 0.4))
    for clusters in (10, 20, 50)
    for correlation in (0.1, 0.6)
]


def simulated(maps: Maps, runs: int, seed: int) -> Coverage:
    """Draw maps whose points share a fate by record, and ask both intervals.

    Sizes are ``max(1, round(lognormal(2.5, 1)))``. Every record has a share of its own from a
    beta distribution, so that two of its points correlate as asked; its points are then
    independent.
    """
    key = [round(1000 * share) for share in (maps.small, maps.large, maps.correlation)]
    rng = np.random.default_rng([seed, *key, maps.clusters])
    truth = maps.share
    strength = (1 - maps.correlation) / maps.correlation
    without = covered = naive = 0
    width = 0.0
    for _ in range(runs):
        sizes = np.maximum(1, np.round(rng.lognormal(LOG_MEAN, LOG_SD, maps.clusters)))
        mean = np.where(sizes > MEDIAN_SIZE, maps.large, maps.small)
        share = rng.beta(mean * strength, (1 - mean) * strength)
        successes = rng.binomial(sizes.astype(np.int64), share).astype(np.float64)
        low, high = wilson(successes.sum(), sizes.sum())
        naive += low <= truth <= high
        interval = cluster_interval(successes, sizes)
        if interval is None:
            without += 1
        else:
            covered += interval[0] <= truth <= interval[1]
            width += interval[1] - interval[0]
    return Coverage(maps, runs, without, covered, naive, width / (runs - without))


def table(found: Sequence[Coverage]) -> list[list[str]]:
    """Lay the results out, a row each."""
    rows = [
        [
            "true share",
            "records",
            "correlation",
            "interval holds it",
            "mean width",
            "no interval given",
            "Wilson, points independent",
        ]
    ]
    for one in found:
        maps = one.maps
        alike = maps.small == maps.large
        shares = "" if alike else f" ({maps.small:g} in small, {maps.large:g} in large records)"
        rows.append(
            [
                f"{maps.share:.2f}{shares}",
                str(maps.clusters),
                f"{maps.correlation:g}",
                f"{100 * one.share:.1f} %",
                f"{one.width:.2f}",
                f"{100 * one.without / one.runs:.1f} %",
                f"{100 * one.naive_share:.1f} %",
            ]
        )
    return rows
