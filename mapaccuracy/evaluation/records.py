"""The map record by record: rows about single places, for restricted output only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.located import Points, Texts
from mapaccuracy.evaluation.position import MIN_PAIRS, MIN_SPACING, errors_m, p_inside
from mapaccuracy.matching import Nearest
from mapaccuracy.schema import Bools, Floats, Ints, Settings

if TYPE_CHECKING:
    import pandas as pd

    from mapaccuracy.evaluation.evidence import Evidence

COLUMNS = (
    "record",
    "claimed",
    "verifiable",
    "confirmed",
    "expected_confirmed",
    "any_find",
    "nearest_find_class",
    "spacing_m",
    "pairs",
    "bias_east_m",
    "bias_north_m",
    "verdict",
    "why",
)
# Worst first.
NOT_CONFIRMED, NOT_JUDGED, CONFIRMED = VERDICTS = (
    "position not confirmed",
    "not judged",
    "position confirmed",
)
CLASSES = ("0-10 m", "10-50 m", "50-250 m", "250-1,000 m", "beyond 1,000 m")
_CLASS_ENDS_M = (10.0, 50.0, 250.0, 1000.0)
# A record with a find in a class up to this one is never called not confirmed.
_NEAR = CLASSES.index("50-250 m")
_NEAR_M = 250
_OF_RECORD = "this concerns where the record lies, not its single mines"
_ALONG = (
    "they may lie elsewhere along its rows, and the record with them, because it is not shown that "
    "it agrees better than when shifted along itself"
)
# Chance explains what this share of the random placements of a record reach, or more.
_LEVEL = 0.05
# Bounds on distances are trusted no closer than this to the end of a class.
_ROUNDING_M = 1e-3


def nothing() -> pd.DataFrame:
    """Make the table of a map without records that could be looked at."""
    import pandas as pd

    return pd.DataFrame({name: np.empty(0, dtype=object) for name in COLUMNS})


def table(evidence: Evidence) -> pd.DataFrame:
    """Make one row a record, worst first.

    A record is what the map gives one id; points without an id are one record where chains of
    steps up to the cluster distance connect them. Records without a single point are left out.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    pandas.DataFrame
        ``record``: id as supplied, or "no record id, neighbourhood 1" and so on.
        ``claimed``, ``verifiable``, ``confirmed``: single points.
        ``expected_confirmed``: mean number confirmed when the record is moved about in its own
        searched ground; NaN where it could not be.
        ``any_find``: verifiable points with any find in scope within tolerance.
        ``nearest_find_class``: distance of the nearest find in scope from any row of the record,
        searched or not; upper ends belong to a class.
        ``spacing_m``: median distance of a point to the nearest other one, of the verifiable
        points where there are any; NaN for a lone point.
        ``pairs``: points with a pair, verifiable or not.
        ``bias_east_m``, ``bias_north_m``: mean of supplied minus find over the confirmed points;
        NaN unless at most 5 % of the shifts of the record along itself confirm as many, as
        pairs may else be those of other mines; and below 10 pairs, or where the spacing is
        below twice the tolerance.
        ``verdict``, ``why``: as `judge` says, in words.
        Sorted by verdict, then the share it rests on, then size (larger first), then name.
    """
    import pandas as pd

    compared = evidence.compared
    settings, supplied, ground = compared.settings, compared.supplied, compared.inputs.ground
    names, record = _named(compared)
    n = len(names)

    def count(flag: Bools) -> Ints:
        return np.bincount(record[flag & supplied.single], minlength=n)

    spacing_m = compared.spacings_m(compared.record, n)
    inside = p_inside(evidence) <= _LEVEL
    confirmed, bias_m = _bias(compared, n)
    # Spacing that is computed may fall short of the exact one by rounding.
    apart = spacing_m * (1 + 1e-9) >= MIN_SPACING * settings.tolerance_m
    told = inside & apart & (confirmed >= MIN_PAIRS)
    by_chance = _by_chance(evidence, spacing_m < settings.tolerance_m, n)
    counts = Counts(
        claimed=count(supplied.single),
        verifiable=count(supplied.verifiable),
        confirmed=confirmed,
        any_find=count(supplied.any_find & supplied.verifiable),
        p=by_chance.p,
        stated=evidence.draws.reason_stated,
        inside=inside,
        spacing_m=spacing_m,
        nearest=_nearest_class(evidence, record, n),
    )
    verdict, why, reasons = judge(counts, settings, ground.given or ground.assumed)
    order = np.lexsort((np.arange(n), -counts.claimed, share_judged(counts, settings), verdict))
    frame = pd.DataFrame(
        {
            "record": names,
            "claimed": counts.claimed,
            "verifiable": counts.verifiable,
            "confirmed": counts.confirmed,
            "expected_confirmed": by_chance.expected_confirmed,
            "any_find": counts.any_find,
            "nearest_find_class": np.array(CLASSES, dtype=object)[counts.nearest],
            "spacing_m": counts.spacing_m,
            "pairs": count(supplied.paired),
            "bias_east_m": np.where(told, bias_m[:, 0], np.nan),
            "bias_north_m": np.where(told, bias_m[:, 1], np.nan),
            "verdict": np.array(VERDICTS, dtype=object)[verdict],
            "why": np.array(reasons, dtype=object)[why],
        }
    )
    return frame.take(order).reset_index(drop=True)


@dataclass(frozen=True)
class Counts:
    """What a verdict rests on; every array has one value a record.

    Attributes
    ----------
    claimed, verifiable, confirmed, any_find : ndarray of int
    p : ndarray of float
        Share of the random placements of the record that reach what it reaches where it stands;
        NaN where it could not be moved.
    stated : ndarray of bool
        Whether it is stated why its ground was searched; True for records that lie in none.
    inside : ndarray of bool
        Whether it is shown to agree better than when shifted along itself.
    spacing_m : ndarray of float
        NaN for a lone point.
    nearest : ndarray of int
        Index into `CLASSES`.
    """

    claimed: Ints
    verifiable: Ints
    confirmed: Ints
    any_find: Ints
    p: Floats
    stated: Bools
    inside: Bools
    spacing_m: Floats
    nearest: Ints


def judge(counts: Counts, settings: Settings, known: bool) -> tuple[Ints, Ints, list[str]]:
    """Judge the position of every record, by thresholds that the authority sets.

    Verdicts concern where a record lies, not its single mines; unless it is shown to agree
    better than when shifted along itself, the reason says that these, and it, may lie elsewhere
    along its rows. With at least ``record_points``
    verifiable points, a record is confirmed if at least ``record_share`` of them are, and, where
    it could be moved about in its own searched ground, at most 5 % of the random placements
    reach as many. It is not confirmed if the share is below and no find in scope lies within
    250 m of any of its rows. All else is not judged.

    Where the points of a record lie closer than the tolerance they cannot be told apart, and
    those with any find within tolerance count instead. Where the searched perimeters follow the
    finds nearer than four tolerances, the share alone says nothing, and a record that could not
    be moved is not confirmed.

    Parameters
    ----------
    counts : Counts
    settings : Settings
    known : bool
        Whether searched ground is given or declared.

    Returns
    -------
    verdict : ndarray of int
        Index into `VERDICTS`.
    why : ndarray of int
        Index into `reasons`.
    reasons : list of str
        The rules in words.
    """
    coarse = _coarse(counts, settings)
    hits = np.where(coarse, counts.any_find, counts.confirmed)
    # A share that is computed may fall short of the exact one by rounding.
    agrees = hits >= settings.record_share * counts.verifiable - 1e-9
    tested = ~np.isnan(counts.p)
    near = counts.nearest <= _NEAR
    follows = settings.fade_out_m is not None and settings.tolerance_m > settings.fade_out_m / 4
    reasons: list[str] = []
    why = np.full(len(hits), -1, dtype=np.int64)
    verdict = np.full(len(hits), VERDICTS.index(NOT_JUDGED), dtype=np.int64)

    def rule(rows: Bools, outcome: str, words: str) -> None:
        """Apply to the rows that no earlier rule has taken."""
        left = rows & (why < 0)
        verdict[left] = VERDICTS.index(outcome)
        why[left] = len(reasons)
        reasons.append(words)

    def confirm(rows: Bools, words: str) -> None:
        """Confirm the position; of single mines nothing is said, or that they may lie elsewhere."""
        rule(rows & counts.inside, CONFIRMED, f"{words}; {_OF_RECORD}")
        rule(rows, CONFIRMED, f"{words}; {_OF_RECORD}: {_ALONG}")

    least = settings.record_points
    rule(
        counts.verifiable < least,
        NOT_JUDGED,
        f"fewer than {least} verifiable points" if known else "no searched areas given",
    )
    bound = f"{100 * settings.record_share:g} % of the verifiable points"
    pairs = "have a find within tolerance (they lie too close to each other to count pairs)"
    for kind, what in ((~coarse, f"{bound} are confirmed"), (coarse, f"{bound} {pairs}")):
        enough = kind & agrees
        beyond = enough & (counts.p <= _LEVEL)
        confirm(beyond, f"at least {what}, more than in 95 of 100 random placements")
        rule(
            enough & tested,
            NOT_JUDGED,
            f"at least {what}, but no more than random placements may reach",
        )
        if follows:
            rule(
                enough,
                NOT_JUDGED,
                f"at least {what}, but search followed finds and chance could not be computed",
            )
        # Where ground was searched because of the map, every placement but its own falls short.
        confirm(
            enough & ~counts.stated,
            f"at least {what}; chance is not excluded, because it is not stated why the ground was "
            "searched",
        )
        confirm(enough, f"at least {what}; chance could not be computed")
        rule(
            kind & near,
            NOT_JUDGED,
            f"fewer than {what}, but a find lies within {_NEAR_M} m of the record",
        )
        rule(
            kind,
            NOT_CONFIRMED,
            f"fewer than {what}, and no find lies within {_NEAR_M} m of the record",
        )
    return verdict, why, reasons


def share_judged(counts: Counts, settings: Settings) -> Floats:
    """Share that the verdict rests on; infinite without a verifiable point, to come last."""
    hits = np.where(_coarse(counts, settings), counts.any_find, counts.confirmed)
    share = np.full(len(hits), np.inf)
    np.divide(hits, counts.verifiable, out=share, where=counts.verifiable > 0)
    return share


def _coarse(counts: Counts, settings: Settings) -> Bools:
    """Tell the records whose points cannot be told apart at the tolerance."""
    coarse: Bools = counts.spacing_m < settings.tolerance_m
    return coarse


def _named(compared: Compared) -> tuple[Texts, Ints]:
    """Name every record, and tell the record of every row; -1 where it has none.

    Rows that are not single points belong to the record whose id they state, if it has a single
    point: a find near them is a find near the record.
    """
    points = compared.inputs.supplied
    record = compared.record.copy()
    n = int(record.max(initial=-1)) + 1
    names = np.full(n, "", dtype=object)
    stated = points.texts("record_id")
    single = np.flatnonzero(record >= 0)
    if stated is not None:
        names[record[single]] = stated[single]
        _join_others(points, names, record)
    nameless = np.flatnonzero(names == "")
    for number, index in enumerate(nameless, start=1):
        names[index] = f"no record id, neighbourhood {number}"
    return names, record


def _join_others(points: Points, names: Texts, record: Ints) -> None:
    others = np.flatnonzero(record < 0)
    coded = points.codes("record_id")
    if not len(others) or coded is None:
        return
    stated, code = coded
    of_name = {name: index for index, name in enumerate(names.tolist()) if name}
    of_code = np.array([of_name.get(name, -1) for name in stated], dtype=np.int64)
    record[others] = of_code[code[others]]


def _bias(compared: Compared, n: int) -> tuple[Ints, Floats]:
    """Count the confirmed points of each record, and average supplied minus find."""
    matching = compared.matching
    counted = compared.supplied.confirmed[matching.supplied]
    point, find = matching.supplied[counted], matching.find[counted]
    of = compared.record[point]
    pairs = np.bincount(of, minlength=n)
    error_m = errors_m(compared, point, find)
    sums = [np.bincount(of, weights=axis, minlength=n) for axis in error_m.T]
    return pairs, np.column_stack(sums) / np.maximum(pairs, 1)[:, None]


@dataclass(frozen=True)
class ByChance:
    """What every record reaches when it is moved about; NaN where it could not be.

    Attributes
    ----------
    expected_confirmed : ndarray of float
        Mean number of its points with a pair.
    p : ndarray of float
        ``(b + 1) / (placements + 1)``, where b counts the placements that reach at least as much
        as the record where it stands.
    """

    expected_confirmed: Floats
    p: Floats


def _by_chance(evidence: Evidence, coarse: Bools, n: int) -> ByChance:
    """Compare every record with its own random placements, by pairs or, if coarse, any find."""
    layers = evidence.draws.records
    expected, p = np.full(n, np.nan), np.full(n, np.nan)
    if layers is None or not len(layers.record):
        return ByChance(expected, p)
    tolerance_m = evidence.compared.settings.tolerance_m
    start = np.flatnonzero(np.append(True, layers.record[1:] != layers.record[:-1]))
    tested = layers.record[start]
    # The pairs of the tested records alone, as in the placements.
    reached_m = evidence.nearest_find_m[layers.point]
    pairs = _placed(layers.observed[tolerance_m], layers.paired[tolerance_m], start)
    any_find = _placed(reached_m <= tolerance_m, layers.any_find, start)
    expected[tested] = pairs[1].mean(axis=0)
    here, there = (
        np.where(coarse[tested], of_any, of_pairs)
        for of_any, of_pairs in zip(any_find, pairs, strict=True)
    )
    p[tested] = ((there >= here).sum(axis=0) + 1) / (len(there) + 1)
    return ByChance(expected, p)


def _placed(here: Bools, there: Bools, start: Ints) -> tuple[Ints, Ints]:
    """Count by record what is reached where it stands, and in every placement."""
    return (
        np.add.reduceat(here, start, dtype=np.int64),
        np.add.reduceat(there, start, axis=1, dtype=np.int64),
    )


def _nearest_class(evidence: Evidence, record: Ints, n: int) -> Ints:
    """Class of the distance between each record and the nearest find in scope.

    Within the last rung the distances are known. For the rest, the distance from the middle of
    the record bounds that from any of its rows; only where the bounds leave the class open is
    every row asked.
    """
    compared = evidence.compared
    metres = compared.inputs.supplied.metres
    nearest_m = np.full(n, np.inf)
    single = np.flatnonzero(compared.record >= 0)
    np.minimum.at(nearest_m, record[single], evidence.nearest_find_m[single])
    known = np.isfinite(nearest_m)
    others = (compared.record < 0) & (record >= 0)
    known[record[others]] = False
    rows = np.flatnonzero(record >= 0)
    rows = rows[~known[record[rows]]]
    if not len(rows):
        return _class(nearest_m)
    finds = Nearest(compared.inputs.finds.metres[compared.finds.in_scope])
    asked, of_row = np.unique(record[rows], return_inverse=True)
    size = np.bincount(of_row)
    middle = np.column_stack(
        [np.bincount(of_row, weights=column) / size for column in metres[rows].T]
    )
    radius = np.zeros(len(asked))
    np.maximum.at(radius, of_row, np.sqrt(((metres[rows] - middle[of_row]) ** 2).sum(axis=1)))
    from_middle = finds.distance(middle)
    nearest_m[asked] = from_middle
    open_ = _class(from_middle - radius - _ROUNDING_M) != _class(from_middle + radius + _ROUNDING_M)
    nearest_m[asked[open_]] = np.inf
    rows = rows[open_[of_row]]
    np.minimum.at(nearest_m, record[rows], finds.distance(metres[rows], _CLASS_ENDS_M[-1]))
    return _class(nearest_m)


def _class(distance_m: Floats) -> Ints:
    return np.searchsorted(_CLASS_ENDS_M, distance_m, side="left").astype(np.int64)
