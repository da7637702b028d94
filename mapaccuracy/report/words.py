"""Pieces of sentences: counts, distances, intervals, and how often chance does as well."""

from __future__ import annotations

from mapaccuracy.report.layout import NOTHING, Entry, percent

# At most this often by chance: only then may a sentence speak of knowledge.
LEVEL = 0.05
_MINUS = "\N{MINUS SIGN}"
_POINTS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def tolerance(document: Entry) -> str:
    """Write the tolerance of the figures."""
    return f"{document['settings']['tolerance_m']:g} m"


def has_searched(document: Entry) -> bool:
    """Whether searched areas were given."""
    return any(source["role"] == "searched" for source in document["sources"])


def unresolvable(group: Entry) -> bool:
    """Whether single points cannot be told apart at the tolerance."""
    resolution = group.get("resolution")
    return resolution is not None and resolution["resolvable"] is False


def many(n: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> many(1, "point"), many(1200, "point")
    ('1 point', '1,200 points')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def amount(value: float | None, unit: str = "") -> str:
    """Write a length or an area, to the tenth, or to the hundredth below 10.

    Examples
    --------
    >>> amount(12.345, "m"), amount(2.345, "ha"), amount(None, "m")
    ('12.3 m', '2.35 ha', '–')
    """
    if value is None:
        return NOTHING
    # Of what is less than 10 after rounding the hundredth is told.
    text = f"{value:,.2f}" if abs(round(value, 2)) < 10 else f"{value:,.1f}"
    return f"{text} {unit}".rstrip()


def hectares(value: float | None) -> str:
    """Write hectares, with 3 digits at most and no more than two decimals.

    Examples
    --------
    >>> hectares(12345.0), hectares(34.68), hectares(-5.1), hectares(0.004), hectares(None)
    ('12,300', '34.7', '-5.10', '0.00', '–')
    """
    if value is None:
        return NOTHING
    rounded = float(f"{value:.3g}")
    decimals = 2 if abs(rounded) < 10 else 1 if abs(rounded) < 100 else 0
    return f"{rounded:,.{decimals}f}"


def points(share: float) -> str:
    """Write a difference of shares, in points of a per cent.

    Examples
    --------
    >>> points(0.0123), points(0.0001)
    ('1.2 % points', 'below 0.1 % points')
    """
    return f"{100 * share:.1f} % points" if share >= 0.0005 else "below 0.1 % points"


def change_points(value: float | None) -> str:
    """Write a difference of shares in points of per cent, with its sign.

    Examples
    --------
    >>> change_points(0.125), change_points(-0.5), change_points(0.0), change_points(None)
    ('+12.5', '−50.0', '0.0', '–')
    """
    if value is None:
        return NOTHING
    shown = f"{100 * abs(value):.1f}"
    if float(shown) == 0:
        return shown
    return ("+" if value > 0 else _MINUS) + shown


def listed(words: list[str]) -> str:
    """Join words by commas and an ``and``.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def compass(bearing_deg: float) -> str:
    """Name the direction of a bearing, clockwise from north.

    Examples
    --------
    >>> compass(0.0), compass(100.0), compass(350.0)
    ('north', 'east', 'north')
    """
    return _POINTS[round(bearing_deg / 45) % 8]


def interval_clause(rate: Entry, items: str) -> str:
    """Say what interval a share has, and in how many clusters its items come.

    Examples
    --------
    >>> rate = {"clusters": 8, "low": 0.1, "high": 0.25}
    >>> interval_clause(rate, "points")
    '95 % interval 10.0 % to 25.0 % (points in 8 clusters).'
    >>> rate = {"clusters": 3, "low": None, "cluster_low": 0.0, "cluster_high": 0.5}
    >>> interval_clause(rate, "points")
    'No interval: points in only 3 clusters (by cluster 0.0 % to 50.0 %).'
    """
    clusters = many(rate["clusters"], "cluster")
    if rate["low"] is not None:
        return (
            f"95 % interval {percent(rate['low'])} to {percent(rate['high'])} "
            f"({items} in {clusters})."
        )
    few = f"No interval: {items} in only {clusters}"
    if rate["clusters"] == 1:
        return f"{few}."
    return f"{few} (by cluster {percent(rate['cluster_low'])} to {percent(rate['cluster_high'])})."


def range_of(low: float | None, high: float | None) -> str:
    """Write an interval in brackets, nothing if there is none.

    Examples
    --------
    >>> range_of(0.1, 0.25), range_of(None, None)
    (' (95 % interval 10.0 % to 25.0 %)', '')
    """
    return "" if low is None else f" (95 % interval {percent(low)} to {percent(high)})"


def p_value(p: float) -> str:
    """Write a p-value.

    Examples
    --------
    >>> p_value(0.0421), p_value(0.0004)
    ('p = 0.042', 'p < 0.001')
    """
    return f"p = {p:.3f}" if p >= 0.0005 else "p < 0.001"


def odds(p: float) -> str:
    """Say how often random placements do as well.

    Examples
    --------
    >>> odds(0.001), odds(0.01), odds(0.07)
    ('in fewer than 1 of 100', 'in about 1 of 100', 'in about 7 of 100')
    """
    return "in fewer than 1 of 100" if p < 0.01 else f"in about {100 * p:.0f} of 100"
