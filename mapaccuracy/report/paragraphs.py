"""A short paragraph for each group, in plain English; every number follows from its counts."""

from __future__ import annotations

from mapaccuracy.report.layout import Entry, percent


def paragraph(group: Entry, document: Entry) -> str:
    """Say what was found in one group, what it is worth, and what is not known.

    Parameters
    ----------
    group : mapping
        A group of the result document.
    document : mapping
        The result document.

    Returns
    -------
    str

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
    ...                          "assume_searched": False}, "sources": [{"role": "searched"}]}
    >>> print(paragraph(group, document))
    A: 10 supplied points; for 8 of them the ground within 10 m has been searched. 2 of these 8
    (25.0 %) have a find of their own within 10 m. The points come in 2 clusters, too few for an
    interval; by cluster the share runs from 0.0 % to 50.0 %. 2 points cannot be judged yet;
    whatever comes of that, the final share will lie between 20.0 % and 40.0 %. Recall is not
    defined: no finds in scope.
    """
    return " ".join([*_precision(group, document["settings"]), *_recall(group, document)])


def _precision(group: Entry, settings: Entry) -> list[str]:
    tolerance = f"{settings['tolerance_m']:g} m"
    reached = (
        f"a find within {tolerance}"
        if settings["matching"] == "nearest"
        else f"a find of {{}} own within {tolerance}"
    )
    rate = group["precision"]
    opening = f"{group['group']}: {_many(group['supplied'], 'supplied point')}"
    released = group["released_without_search"]
    if rate["value"] is None:
        out = [f"{opening}; precision is not defined: {rate['reason']}."]
        paired = group["confirmed"] + group["confirmed_outside_search"]
        if group["supplied"] and not (group["finds"] or paired):
            out.append("No find is recorded here, so nothing can be said of these points.")
        elif group["supplied"]:
            out.append(
                f"So far {_of(paired, group['supplied'], group['confirmed_share'], reached)}; "
                "this is a lower bound."
            )
        if released:
            out.append(f"On land released without search: {released:,} of them.")
        return out
    searched = (
        ", all of them declared searched."
        if settings["assume_searched"]
        else f"; for {rate['n']:,} of them the ground within {tolerance} has been searched."
    )
    out = [
        opening + searched,
        _of(group["confirmed"], rate["n"], rate["value"], reached, "these ") + ".",
        _interval(rate, "The points come"),
    ]
    if group["unsearched"]:
        low = group["confirmed"] / group["supplied"]
        high = (group["confirmed"] + group["unsearched"]) / group["supplied"]
        out.append(
            f"{_many(group['unsearched'], 'point')} cannot be judged yet; whatever comes of that, "
            f"the final share will lie between {percent(low)} and {percent(high)}."
        )
    if released:
        n = rate["n"] + released
        out.append(
            f"Of these, on land released without search: {released:,}; counted as not confirmed, "
            f"they would make the share {group['confirmed']:,} of {n:,} "
            f"({percent(group['confirmed'] / n)})."
        )
    return out


def _of(k: int, n: int, share: float, reached: str, these: str = "") -> str:
    whole = f"{these}{n:,}" if n > 1 else f"{n:,}"
    verb, owner = ("has", "its") if k == 1 else ("have", "their")
    return f"{k:,} of {whole} ({percent(share)}) {verb} {reached.format(owner)}"


def _recall(group: Entry, document: Entry) -> list[str]:
    rate = group["recall"]
    if rate["value"] is None:
        return [f"Recall is not defined: {rate['reason']}."]
    limited = any(source["role"] == "searched" for source in document["sources"])
    out = [
        f"Of {_many(rate['n'], 'find')} in scope{' in searched ground' if limited else ''}, "
        f"{group['mapped']:,} ({percent(rate['value'])}) {'is' if group['mapped'] == 1 else 'are'} "
        "on the map.",
        _interval(rate, "These finds come"),
    ]
    ratio = group["finds_per_verifiable_point"]
    if ratio is not None:
        out.append(f"That is {ratio:,.1f} finds for each point that could be judged.")
    return out


def _interval(rate: Entry, subject: str) -> str:
    clusters = _many(rate["clusters"], "cluster")
    if rate["low"] is None:
        few = f"{subject} in {clusters}, too few for an interval"
        if rate["clusters"] == 1:
            return f"{few}."
        return (
            f"{few}; by cluster the share runs from {percent(rate['cluster_low'])} to "
            f"{percent(rate['cluster_high'])}."
        )
    effect = rate["design_effect"]
    behind = "" if effect is None else f" (design effect {effect:.1f})"
    return (
        f"{subject} in {clusters}; allowing for that, the 95 % interval is "
        f"{percent(rate['low'])} to {percent(rate['high'])}{behind}."
    )


def _many(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
