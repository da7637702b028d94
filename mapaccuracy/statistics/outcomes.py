"""What became of every supplied point and every find: denominators before outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy.schema import Bools, Floats, Matching


@dataclass(frozen=True)
class SuppliedOutcomes:
    """One flag an outcome, for each supplied row.

    Attributes
    ----------
    single : ndarray of bool, shape (n,)
        The row is a single point; the others are in no other flag.
    verifiable : ndarray of bool, shape (n,)
        Enough of the tolerance disk was searched; decided before any pair is known.
    paired : ndarray of bool, shape (n,)
    any_find : ndarray of bool, shape (n,)
        A find in scope lies within tolerance, whether or not another point has it.
    released : ndarray of bool, shape (n,)
        Not verifiable, and on cancelled or reduced land.
    """

    single: Bools
    verifiable: Bools
    paired: Bools
    any_find: Bools
    released: Bools

    @property
    def confirmed(self) -> Bools:
        """Verifiable and paired."""
        return self.verifiable & self.paired

    @property
    def unsearched(self) -> Bools:
        """Single points that are not verifiable."""
        return self.single & ~self.verifiable


@dataclass(frozen=True)
class FindOutcomes:
    """One flag an outcome, for each find.

    Attributes
    ----------
    in_scope : ndarray of bool, shape (n,)
    in_search : ndarray of bool, shape (n,)
        Inside searched ground.
    paired : ndarray of bool, shape (n,)
    """

    in_scope: Bools
    in_search: Bools
    paired: Bools

    @property
    def counted(self) -> Bools:
        """In scope and inside searched ground: the denominator of recall."""
        return self.in_scope & self.in_search

    @property
    def mapped(self) -> Bools:
        """Counted and paired."""
        return self.counted & self.paired


def verifiable_points(single: Bools, searched_share: Floats, least_share: float) -> Bools:
    """Tell the single points of whose tolerance disk enough was searched.

    Examples
    --------
    >>> verifiable_points(np.array([True, True, False]), np.array([0.95, 0.2, 1.0]), 0.95).tolist()
    [True, False, False]
    """
    # A share that is computed may fall short of the exact one by rounding.
    verifiable: Bools = single & (searched_share >= least_share - 1e-9)
    return verifiable


def supplied_outcomes(
    single: Bools,
    searched_share: Floats,
    released: Bools,
    any_find: Bools,
    matching: Matching,
    verifiable_share: float,
) -> SuppliedOutcomes:
    """Decide the outcome of every supplied row.

    Parameters
    ----------
    single : ndarray of bool, shape (n,)
    searched_share : ndarray of float, shape (n,)
        Of the tolerance disk, in [0, 1].
    released : ndarray of bool, shape (n,)
        On cancelled or reduced land.
    any_find : ndarray of bool, shape (n,)
    matching : Matching
        Indices of supplied rows.
    verifiable_share : float
        In (0, 1].

    Examples
    --------
    >>> pair = Matching(np.array([0]), np.array([0]), np.array([1.0]), np.array([0]))
    >>> out = supplied_outcomes(np.array([True, True]), np.array([0.96, 0.2]),
    ...                         np.array([False, True]), np.array([True, False]), pair, 0.95)
    >>> out.confirmed.tolist(), out.unsearched.tolist(), out.released.tolist()
    ([True, False], [False, True], [False, True])
    """
    verifiable = verifiable_points(single, searched_share, verifiable_share)
    paired = np.zeros(len(single), dtype=bool)
    paired[matching.supplied] = True
    return SuppliedOutcomes(
        single, verifiable, paired, any_find & single, released & single & ~verifiable
    )


def find_outcomes(in_scope: Bools, in_search: Bools, matching: Matching) -> FindOutcomes:
    """Decide the outcome of every find.

    Examples
    --------
    >>> pair = Matching(np.array([0]), np.array([1]), np.array([1.0]), np.array([0]))
    >>> out = find_outcomes(np.array([True, True, False]), np.array([True] * 3), pair)
    >>> out.mapped.tolist(), out.counted.tolist()
    ([False, True, False], [True, True, False])
    """
    paired = np.zeros(len(in_scope), dtype=bool)
    paired[matching.find] = True
    return FindOutcomes(in_scope, in_search, paired)
