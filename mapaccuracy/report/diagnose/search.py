"""What the search for one common displacement found, and how chance does, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from mapaccuracy.report.diagnose.entries import Document, chosen, named, other_peaks
from mapaccuracy.report.diagnose.evidence import at_most, is_at_floor, obstacle, p_error
from mapaccuracy.report.diagnose.moves import STAYS, is_in_ellipse, moved_by, turned
from mapaccuracy.report.layout import Entry, number, percent
from mapaccuracy.report.words import many, p_value
from mapaccuracy.schema import DISPLACEMENT

# Of the other moves, as many as a reader can compare.
_OTHERS = 2
# Units that must contribute before rotation and scale are fitted.
_LEAST_TURNED = 10


def search(document: Document) -> Iterator[tuple[str, str]]:
    """Give the lines on the search, each with its subject."""
    found, sampling = document["displacement"], document["sampling"]
    unit, within = sampling["unit"], f"within {document['settings']['range_m']:g} m"
    if found["east_m"] is None:
        reason = found["reason"] or "no peak stands out"
        told = [f"No common displacement {within} is claimed: {reason}."]
        if found["records"] and str(found["records"]) not in reason:
            told.append(f"{_all(found['records'], unit)} looked at.")
    else:
        told = [_told(found, unit, within), *_gains_nothing(document)]
    if document["settings"]["rotation"]:
        told += _without_turn(found, unit)
    yield "Search", " ".join(told)
    if found["alternatives"]:
        yield "Or", " ".join(_alternatives(found, unit))
    told = [*_by_chance(document)]
    if told:
        yield "By chance", " ".join(told)


def _all(n: int, unit: str) -> str:
    return f"{many(n, unit)} {'was' if n == 1 else 'were'}"


def _told(found: Entry, unit: str, within: str) -> str:
    """Say what displacement was found, and how well it is known."""
    moved = moved_by(found)
    told = [f"The one common displacement found {within} is {moved}"]
    if moved == STAYS:
        told = [f"The map is found where it is (no move {within} fits better)"]
    ellipse = found["ellipse"]
    if ellipse is not None:
        told.append(
            f"95 % ellipse ±{ellipse['semi_major_m']:.1f} m by ±{ellipse['semi_minor_m']:.1f} m, "
            f"longest towards {ellipse['bearing_deg']:.0f}°"
        )
    if turn := turned(found):
        told.append(turn)
    if found["stability"] is not None:
        share = found["stability"]
        fits = "all fits" if share == 1 else f"{percent(share)} of the fits"
        told.append(f"found again in {fits} without one {unit}")
    part = f"{found['contributing']:,} of {many(found['records'], unit)}"
    told.append(f"{part} contribute (more pairs there than around)")
    return "; ".join(told) + "."


def _without_turn(found: Entry, unit: str) -> list[str]:
    """Say why no rotation is given although it was asked for."""
    if found["rotation_deg"] is not None:
        return []
    if found["east_m"] is None:
        return ["Rotation and scale were searched as well: none was found."]
    if found["contributing"] < _LEAST_TURNED:
        return [f"Rotation and scale were not fitted: that needs {_LEAST_TURNED} {unit}s."]
    return ["Rotation and scale were searched as well: a shift alone does as well."]


def _gains_nothing(document: Document) -> list[str]:
    """Say of a displacement that is there, and not the verdict, what it does not change."""
    found = document["displacement"]
    if moved_by(found) == STAYS:
        return []
    if is_in_ellipse(found):
        return ["That is no more than its ellipse, so there may be none."]
    entry = named(document, DISPLACEMENT)
    if chosen(document) is not None or entry["accepted"]:
        return []
    gain = entry["gain"]
    if gain is None or gain["low"] is None:
        return ["It is there; whether more points match after it is not known."]
    if gain["low"] > 0:
        return [f"It is there, but is not accepted: {obstacle(entry)}."]
    gives = "gives fewer points a find" if gain["high"] < 0 else "does not give more points a find"
    unsure = " than may vary between records" if gain["low"] <= 0 < gain["high"] else ""
    told = [f"It is there, but moving the whole map by it {gives}{unsure}."]
    if math.hypot(found["east_m"], found["north_m"]) < document["settings"]["tolerance_m"]:
        told.append("It is shorter than the tolerance.")
    return told


def _by_chance(document: Document) -> Iterator[str]:
    """Hold the highest peak against maps whose records share no displacement."""
    found, sampling = document["displacement"], document["sampling"]
    unit, peak, second = sampling["unit"], found["peak"], found["second_peak"]
    told = []
    if found["highest"] is not None:
        told.append(f"Highest peak {_count(found['highest'])} pairs above background")
    if found["highest_by_chance"] is not None:
        told.append(
            f"95 % of maps whose {unit}s share no displacement stay below "
            f"{_count(found['highest_by_chance'])}"
        )
    if found["east_m"] is None and found["p"] is not None:
        draws = named(document, DISPLACEMENT)["draws"]
        p = at_most(found["p"]) if is_at_floor(found["p"], draws) else p_value(found["p"])
        told.append(f"{p}{p_error(document)}")
    if told:
        yield "; ".join(told) + "."
    if peak is not None and second is not None:
        yield (
            f"Counted over its own width, the peak has {_excess(peak)} pairs above background, "
            f"the next one elsewhere {_excess(second)}."
        )
    if sampling["units_drawn"] < sampling["units"]:
        yield (
            f"{sampling['units_drawn']:,} of {sampling['units']:,} {unit}s, drawn at random, "
            "were looked at."
        )


def _alternatives(found: Entry, unit: str) -> Iterator[str]:
    """Name the moves that other records ask for, and those that cannot be told from the first."""
    same, others = other_peaks(found)
    first = [found["peak"]] if found["peak"] is not None else []
    if others:
        fits = [f"{peak['contributing']:,} fit {moved_by(peak)}" for peak in first]
        fits += [f"{peak['other_records']:,} others fit {moved_by(peak)}" for peak in _some(others)]
        yield f"Different {unit}s ask for different moves: {', '.join(fits)}{_more(others)}."
    if same:
        moves = " or ".join(moved_by(peak) for peak in [*first, *_some(same)])
        shares = ", ".join(percent(peak["as_high_share"], 0) for peak in _some(same))
        rows = ""
        if found["repeat_m"] is not None:
            rows = f": the rows repeat every {found['repeat_m']:.3g} m"
        yield (
            f"{moves}{_more(same)} cannot be told apart{rows} (as high in {shares} of samples of "
            f"{unit}s)."
        )


def _some(peaks: Sequence[Entry]) -> Sequence[Entry]:
    return peaks[:_OTHERS]


def _more(peaks: Sequence[Entry]) -> str:
    rest = len(peaks) - _OTHERS
    return f" or {many(rest, 'other move')}" if rest > 0 else ""


def _excess(peak: Entry) -> str:
    return _count(peak["pairs"] - peak["background"])


def _count(pairs: float) -> str:
    return number(pairs, 0 if abs(pairs) >= 10 else 1)
