"""The oracle: every figure of a result, computed the slow and obvious way.

numpy, scipy and the standard library only; nothing of the package. Distances come from dense
matrices, the matching from a dense assignment, point in polygon from ray casting, the searched
share of a disk from sampling it, areas from integrating the width over latitude. Rows are plain
dicts, polygons are lists of rings. Meant for a few thousand points.
"""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from scipy.stats import beta, t

OUT_OF_SCOPE = {"uxo", "axo", "submunition", "ied"}
ERW = {"uxo", "axo", "submunition"}
RELEASED = {"cancelled", "reduced"}
OUTSIDE = "outside all districts"
NOT_STATED = "district not stated"
A_M, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)


# --- files ---------------------------------------------------------------------------------


def read_points(path):
    """Rows of a CSV file as dicts of text, or of a GeoJSON file of points with lon and lat."""
    if Path(path).suffix == ".geojson":
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        return [
            feature["properties"]
            | dict(zip(("lon", "lat"), feature["geometry"]["coordinates"], strict=True))
            for feature in document["features"]
        ]
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def read_polygons(path):
    """Features of a GeoJSON file: their properties, and ``polygons`` as lists of rings."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = []
    for feature in document["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"]
        parts = [parts] if geometry["type"] == "Polygon" else parts
        polygons = [[np.array(ring, dtype=float) for ring in part] for part in parts]
        rows.append({**feature["properties"], "polygons": polygons})
    return rows


# --- the ground ------------------------------------------------------------------------------


def metres_per_degree(lat, local=False):
    """Length of a degree of longitude and of latitude at a latitude (1, 1 in a local frame)."""
    lat = np.asarray(lat, dtype=float)
    if local:
        return np.ones_like(lat), np.ones_like(lat)
    w2 = 1 - E2 * np.sin(np.radians(lat)) ** 2
    east = A_M * np.cos(np.radians(lat)) / np.sqrt(w2)
    north = A_M * (1 - E2) / w2**1.5
    return np.radians(east), np.radians(north)


def xy_of(rows, local):
    """Plane coordinates as they stand in the file: (lon, lat) or (x, y)."""
    names = ("x", "y") if local else ("lon", "lat")
    return np.array([[float(row[name]) for name in names] for row in rows]).reshape(-1, 2)


def metres_of(xy, local):
    """Coordinates in which straight lines are distances: geocentric, or the plane itself."""
    if local:
        return xy
    lon, lat = np.radians(xy[:, 0]), np.radians(xy[:, 1])
    n = A_M / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    return np.column_stack(
        [
            n * np.cos(lat) * np.cos(lon),
            n * np.cos(lat) * np.sin(lon),
            n * (1 - E2) * np.sin(lat),
        ]
    )


def in_rings(xy, rings):
    """Which points are in one polygon (even-odd over its rings) or on its border."""
    x, y = xy[:, 0], xy[:, 1]
    odd = np.zeros(len(xy), dtype=bool)
    border = np.zeros(len(xy), dtype=bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            cross = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
            border |= (
                (cross == 0)
                & (np.minimum(x0, x1) <= x)
                & (x <= np.maximum(x0, x1))
                & (np.minimum(y0, y1) <= y)
                & (y <= np.maximum(y0, y1))
            )
            if y0 != y1:
                crosses = (y0 > y) != (y1 > y)
                odd ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return odd | border


def in_any(xy, polygons):
    """Which points are in any of the polygons."""
    inside = np.zeros(len(xy), dtype=bool)
    for rings in polygons:
        low, high = rings[0].min(axis=0), rings[0].max(axis=0)
        near = ((xy >= low) & (xy <= high)).all(axis=1)
        inside[near] |= in_rings(xy[near], rings)
    return inside


def disk_samples(n=20_000):
    """Points spread evenly over the unit disk (a sunflower)."""
    k = np.arange(n) + 0.5
    radius, angle = np.sqrt(k / n), np.pi * (1 + 5**0.5) * k
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def searched_share(xy, polygons, tolerance_m, local):
    """Share of the tolerance disk of each point that lies in any of the polygons."""
    disk = disk_samples() * tolerance_m
    shares = np.zeros(len(xy))
    for i, centre in enumerate(xy):
        east, north = metres_per_degree(centre[1], local)
        points = centre + disk / np.array([east, north])
        low, high = points.min(axis=0), points.max(axis=0)
        near = [
            rings
            for rings in polygons
            if (rings[0].min(axis=0) <= high).all() and (rings[0].max(axis=0) >= low).all()
        ]
        shares[i] = in_any(points, near).mean() if near else 0.0
    return shares


def _crossings(polygons, y):
    """Intervals of x where a horizontal line is in any of the polygons, merged."""
    intervals = []
    for rings in polygons:
        cuts = []
        for ring in rings:
            for (x0, y0), (x1, y1) in pairwise(ring):
                if (y0 > y) != (y1 > y):
                    cuts.append(x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        cuts.sort()
        intervals += list(zip(cuts[::2], cuts[1::2], strict=True))
    merged = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    return merged


def _edges(polygons):
    return [
        (*ring[i], *ring[i + 1])
        for rings in polygons
        for ring in rings
        for i in range(len(ring) - 1)
    ]


def _breaks(polygons):
    """Heights between which every outline is straight and none crosses another."""
    edges = _edges(polygons)
    heights = {float(edge[1]) for edge in edges}
    for i, (ax, ay, bx, by) in enumerate(edges):
        for cx, cy, dx, dy in edges[:i]:
            det = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
            if det == 0:
                continue
            s = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / det
            u = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / det
            if 0 <= s <= 1 and 0 <= u <= 1:
                heights.add(float(ay + s * (by - ay)))
    return sorted(heights)


def area_m2(polygons, within=None, local=False):
    """Area of the union of polygons, or of the part of it that lies within other polygons.

    Between two breaks the width is linear in y (times the length of a degree, which is smooth),
    so the value at mid-height is the mean width.
    """
    heights = _breaks([*polygons, *(within or [])])
    total = 0.0
    for low, high in pairwise(heights):
        middle = (low + high) / 2
        width = 0.0
        mine = _crossings(polygons, middle)
        if within is None:
            width = sum(b - a for a, b in mine)
        else:
            theirs = _crossings(within, middle)
            width = sum(max(0.0, min(b, d) - max(a, c)) for a, b in mine for c, d in theirs)
        east, north = metres_per_degree(middle, local)
        total += width * (high - low) * float(east) * float(north)
    return total


# --- the matching ------------------------------------------------------------------------------


def match(distance_m, tolerance_m, rule="optimal"):
    """Pairs (supplied, find) of a dense matrix of distances, under one of the four rules."""
    if not distance_m.size:
        return []
    allowed = distance_m <= tolerance_m
    if rule == "optimal":
        forbidden = tolerance_m**2 * (min(distance_m.shape) + 1)
        cost = np.where(allowed, distance_m**2, forbidden)
        pairs = zip(*linear_sum_assignment(cost), strict=True)
    elif rule == "nearest":
        pairs = enumerate(distance_m.argmin(axis=1))
    elif rule == "mutual":
        back = distance_m.argmin(axis=0)
        pairs = [(i, j) for i, j in enumerate(distance_m.argmin(axis=1)) if back[j] == i]
    elif rule == "greedy":
        pairs, used_i, used_j = [], set(), set()
        for i, j in sorted(np.argwhere(allowed).tolist(), key=lambda ij: distance_m[tuple(ij)]):
            if i not in used_i and j not in used_j:
                pairs.append((i, j))
                used_i.add(i)
                used_j.add(j)
    else:
        raise ValueError(rule)
    return sorted((int(i), int(j)) for i, j in pairs if allowed[i, j])


# --- clusters and intervals --------------------------------------------------------------------


def clusters(metres, distance_m, *labels):
    """Number of the cluster of each row: rows within a distance or with an equal label, chained."""
    linked = cdist(metres, metres) <= distance_m
    for label in labels:
        values = np.array([text.strip() for text in label], dtype=object)
        linked |= (values[:, None] == values[None, :]) & (values != "")[:, None]
    return connected_components(csr_array(linked), directed=False)[1]


def clopper_pearson(x, n):
    low = 0.0 if x <= 0 else float(beta.ppf(0.025, x, n - x + 1))
    high = 1.0 if x >= n else float(beta.ppf(0.975, x + 1, n - x))
    return low, high


def interval(counts, successes):
    """Interval of decision D3 with its companions, from the counts of each cluster."""
    n_k, x_k = np.asarray(counts, dtype=float), np.asarray(successes, dtype=float)
    n, k = n_k.sum(), len(n_k)
    p = float(x_k.sum() / n)
    k_eff = float(n**2 / (n_k**2).sum())
    v = 0.0 if k < 2 else float(k / (k - 1) * (((x_k * n - x_k.sum() * n_k) / n) ** 2).sum() / n**2)
    out = {
        "value": p,
        "low": None,
        "high": None,
        "n": int(n),
        "clusters": k,
        "effective_clusters": k_eff,
        "design_effect": None if v == 0 or k < 2 else float(v / (p * (1 - p) / n)),
        "cluster_low": None,
        "cluster_high": None,
    }
    if k_eff < 5:
        shares = x_k / n_k
        return out | {"cluster_low": float(shares.min()), "cluster_high": float(shares.max())}
    fallback = clopper_pearson(p * k_eff, k_eff)
    if v == 0:
        low, high = fallback
    else:
        n_eff = p * (1 - p) / v
        n_star = min(n, n_eff * (t.ppf(0.975, n - 1) / t.ppf(0.975, k_eff - 1)) ** 2)
        low, high = clopper_pearson(p * n_star, n_star)
        if (x_k > 0).sum() < 6 or (x_k < n_k).sum() < 6:
            low, high = min(low, fallback[0]), max(high, fallback[1])
    return out | {"low": float(low), "high": float(high)}


def rate(success, clusterings, no_value, no_interval):
    """Rate of a group; the widest of several clusterings, from the finest to the coarsest."""
    if len(success) == 0:
        return {
            "value": None,
            "low": None,
            "high": None,
            "n": 0,
            "clusters": 0,
            "effective_clusters": None,
            "design_effect": None,
            "cluster_low": None,
            "cluster_high": None,
            "reason": no_value,
        }
    best, best_width = None, -1.0
    for labels in clusterings:
        names = sorted(set(labels.tolist()))
        counts = [int((labels == name).sum()) for name in names]
        hits = [int(success[labels == name].sum()) for name in names]
        found = interval(counts, hits)
        width = np.inf if found["low"] is None else found["high"] - found["low"]
        if width >= best_width:
            best, best_width = found, width
    return best | {"reason": no_interval if best["low"] is None else None}


# --- displacement ----------------------------------------------------------------------------


def displacements(supplied, finds, unit, range_m):
    """Unit, east and north of every pair that lies apart by no more than the range on each axis."""
    out = []
    for (x, y), of in zip(supplied, unit, strict=True):
        for u, v in finds:
            if of >= 0 and abs(u - x) <= range_m and abs(v - y) <= range_m:
                out.append((of, u - x, v - y))
    return out


def torus_cell(east, north, range_m, side):
    """Column and row of a displacement; cells are centred on multiples of their side."""
    cell = 2 * range_m / side
    return tuple(int(np.floor(v / cell + 0.5) + side // 2) % side for v in (east, north))


def torus_sum(counts, row, column, side):
    """Sum over the box of so many cells (odd) around one cell of a torus."""
    half, n = side // 2, len(counts)
    return sum(
        int(counts[(row + i) % n][(column + j) % n])
        for i in range(-half, half + 1)
        for j in range(-half, half + 1)
    )


def peak_scores(counts, boxes, surroundings):
    """Pairs above the background of the surroundings, in units of its spread, for every cell."""
    n = len(counts)
    out = np.zeros((len(boxes), n, n))
    for k, box in enumerate(boxes):
        for row in range(n):
            for column in range(n):
                c = torus_sum(counts, row, column, box)
                ring = torus_sum(counts, row, column, surroundings) - c
                b = ring * box**2 / (surroundings**2 - box**2)
                out[k, row, column] = (c - b) / np.sqrt(b + 1)
    return out


def torus_counts(unit, columns, rows, by, side):
    """Pairs by cell, with the pairs of every unit moved by so many cells east and north."""
    counts = np.zeros((side, side), dtype=int)
    for of, column, row in zip(unit, columns, rows, strict=True):
        counts[(row + by[1][of]) % side, (column + by[0][of]) % side] += 1
    return counts


def share_gained(before, after, cluster):
    """Change of a share as the ratio of sums over clusters; value, low and high.

    By linearisation: cluster k has the residual z_k = (d_k - g n_k) / n, and the variance is that
    of the sum of K such.
    """
    names = sorted(set(cluster))
    size = np.array([sum(c == name for c in cluster) for name in names], dtype=float)
    change = np.array(
        [
            sum(int(a) - int(b) for a, b, c in zip(after, before, cluster, strict=True) if c == n)
            for n in names
        ],
        dtype=float,
    )
    n, k = size.sum(), len(names)
    value = change.sum() / n
    z = (change - value * size) / n
    error = np.sqrt(k * z.var(ddof=1))
    effective = n**2 / (size**2).sum()
    reach = t.ppf(0.975, effective - 1) * error
    return value, max(-1.0, value - reach), min(1.0, value + reach)


def region_of_mean(drawn, level_f, contributing):
    """Semi-axes of Hotelling's region of a mean of so many units, and bearing of the longer one."""
    k = contributing
    centred = drawn - drawn.mean(axis=0)
    s = centred.T @ centred / (len(drawn) - 1) * k / (k - 1)
    limit = 2 * (k - 1) / (k - 2) * level_f
    # The ends of the axes are where the distance from the middle is largest and smallest.
    bearing = np.radians(np.linspace(0, 180, 18_001))
    way = np.column_stack([np.sin(bearing), np.cos(bearing)])
    radius = np.sqrt(limit / np.einsum("ij,jk,ik->i", way, np.linalg.inv(s), way))
    return radius.max(), radius.min(), np.degrees(bearing[radius.argmax()])


# --- the whole ---------------------------------------------------------------------------------


def _kind(row):
    return str(row.get("type") or "").strip().casefold()


def _texts(rows, name):
    return [str(row.get(name) or "").strip() for row in rows]


def _is_single(row):
    count = str(row.get("count") or "").strip()
    basis = str(row.get("geometry_basis") or "").strip().casefold()
    return not (count and float(count) > 1) and basis != "centroid"


def district_name(row):
    names = ("district", "district_en", "code", "iso_3166_2")
    return next(str(row[name]) for name in names if row.get(name))


def _groups(xy, rows, districts):
    if districts is None:
        return np.array([name or NOT_STATED for name in _texts(rows, "district")], dtype=object)
    groups = np.full(len(xy), OUTSIDE, dtype=object)
    coded = [
        (row.get("code") or row.get("iso_3166_2") or district_name(row), row) for row in districts
    ]
    for _, row in sorted(coded, key=lambda entry: entry[0], reverse=True):
        groups[in_any(xy, row["polygons"])] = district_name(row)
    return groups


def evaluate(
    supplied,
    finds,
    searched=None,
    districts=None,
    *,
    tolerance_m=10.0,
    matching="optimal",
    scope="mines",
    crs=None,
    assume_searched=False,
    cluster_distance_m=50.0,
    verifiable_share=0.95,
):
    """``overall`` and ``districts`` of the result document, and the pairs, from lists of dicts."""
    local = crs == "local"
    order = {"key": lambda row: str(row["id"])}
    supplied, finds = sorted(supplied, **order), sorted(finds, **order)
    s_xy, f_xy = xy_of(supplied, local), xy_of(finds, local)
    s_m, f_m = metres_of(s_xy, local), metres_of(f_xy, local)
    single = np.array([_is_single(row) for row in supplied], dtype=bool)
    kinds = np.array([_kind(row) for row in finds], dtype=object)
    in_scope = np.array([scope == "all" or kind not in OUT_OF_SCOPE for kind in kinds], dtype=bool)

    point, find = np.flatnonzero(single), np.flatnonzero(in_scope)
    distance = cdist(s_m[point], f_m[find])
    pairs = [
        (int(point[i]), int(find[j]), float(distance[i, j]))
        for i, j in match(distance, tolerance_m, matching)
    ]
    s_paired, f_paired = np.zeros(len(supplied), dtype=bool), np.zeros(len(finds), dtype=bool)
    s_paired[[i for i, _, _ in pairs]] = True
    f_paired[[j for _, j, _ in pairs]] = True
    any_find = np.zeros(len(supplied), dtype=bool)
    if distance.size:
        any_find[point] = (distance <= tolerance_m).any(axis=1)

    ground, released = None, []
    if searched is not None:
        status = [str(row.get("status") or "").strip().casefold() for row in searched]
        ground = [
            p
            for row, s in zip(searched, status, strict=True)
            if s == "cleared"
            for p in row["polygons"]
        ]
        released = [
            p
            for row, s in zip(searched, status, strict=True)
            if s in RELEASED
            for p in row["polygons"]
        ]
    if assume_searched:
        verifiable = np.ones(len(supplied), dtype=bool)
        f_in = np.ones(len(finds), dtype=bool)
    elif ground is None:
        verifiable = np.zeros(len(supplied), dtype=bool)
        f_in = np.ones(len(finds), dtype=bool)
    else:
        verifiable = searched_share(s_xy, ground, tolerance_m, local) >= verifiable_share
        f_in = in_any(f_xy, ground)
    on_released = in_any(s_xy, released)
    if ground is not None and not assume_searched:
        on_released &= ~in_any(s_xy, ground)

    s_clusters, f_clusters = np.full((3, len(supplied)), -1), np.full((3, len(finds)), -1)
    records, sheets = _texts(supplied, "record_id"), _texts(supplied, "sheet")
    tasks = _texts(finds, "task_id")
    s_kinds = [()] + ([("record_id",)] if any(records) else [])
    s_kinds += [("record_id", "sheet")] if any(sheets) else []
    f_kinds = [()] + ([("task_id",)] if any(tasks) else [])
    columns = {"record_id": records, "sheet": sheets, "task_id": tasks}
    for out, rows, metres, names in (
        (s_clusters, point, s_m, s_kinds),
        (f_clusters, find, f_m, f_kinds),
    ):
        for level, labels in enumerate(names):
            texts = [[columns[name][i] for i in rows] for name in labels]
            if len(rows):
                out[level][rows] = clusters(metres[rows], cluster_distance_m, *texts)

    s_group, f_group = _groups(s_xy, supplied, districts), _groups(f_xy, finds, districts)
    counted_ground = ground is not None and not assume_searched
    no_ground = ground is None and not assume_searched

    def ground_outside():
        everywhere = [p for row in districts for p in row["polygons"]]
        square_metres = area_m2(ground, None, local) - area_m2(ground, everywhere, local)
        return square_metres / 1e4 if square_metres >= 100 else 0.0  # less is rounding

    def figures(name, s_here, f_here):
        one = s_here & single
        can, cannot = one & verifiable, one & ~verifiable
        confirmed, not_confirmed = (can & s_paired).sum(), (can & ~s_paired).sum()
        outside = (cannot & s_paired).sum()
        asked = f_here & in_scope & f_in
        mapped, unmapped = (asked & f_paired).sum(), (asked & ~f_paired).sum()
        n = one.sum()
        hectares = None
        if counted_ground:
            within = None
            if name != "overall" and districts is not None and name != OUTSIDE:
                within = [p for d in districts if district_name(d) == name for p in d["polygons"]]
            if name == OUTSIDE:
                hectares = ground_outside()
            elif name == "overall" or districts is not None:
                hectares = area_m2(ground, within, local) / 1e4
        precision = rate(
            s_paired[can],
            [s_clusters[level][can] for level in range(len(s_kinds))],
            "no searched areas given" if no_ground else "no verifiable supplied points",
            "too few records for an interval",
        )
        recall = rate(
            f_paired[asked],
            [f_clusters[level][asked] for level in range(len(f_kinds))],
            "no finds in scope" if no_ground else "no finds in scope in searched ground",
            "too few separate groups of finds for an interval",
        )
        p, r = precision["value"], recall["value"]
        f1 = None if p is None or r is None else 0.0 if p + r == 0 else 2 * p * r / (p + r)
        ap, at = (f_here & (kinds == "ap")).sum(), (f_here & (kinds == "at")).sum()
        uxo = (f_here & np.isin(kinds, list(ERW))).sum()
        return {
            "group": name,
            "supplied": int(n),
            "confirmed": int(confirmed),
            "not_confirmed": int(not_confirmed),
            "unsearched": int(cannot.sum()),
            "confirmed_outside_search": int(outside),
            "released_without_search": int((cannot & on_released).sum()),
            "not_single_points": int((s_here & ~single).sum()),
            "confirmed_share": None if n == 0 else float((confirmed + outside) / n),
            "any_find_share": None if n == 0 else float((one & any_find).sum() / n),
            "finds": int(f_here.sum()),
            "mapped": int(mapped),
            "unmapped": int(unmapped),
            "finds_out_of_scope": int((f_here & ~in_scope).sum()),
            "finds_outside_search": int((f_here & in_scope & ~f_in).sum()),
            "finds_by_category": {
                "AP": int(ap),
                "AT": int(at),
                "UXO": int(uxo),
                "other": int(f_here.sum() - ap - at - uxo),
            },
            "searched_hectares": hectares,
            "finds_per_hectare": (float((f_here & f_in).sum() / hectares) if hectares else None),
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "finds_per_verifiable_point": (
                float((mapped + unmapped) / can.sum()) if can.any() else None
            ),
        }

    names = set(s_group) | set(f_group)
    if districts is None and not any("district" in row for row in [*supplied, *finds]):
        names = set()  # nothing says which district a row belongs to
    if counted_ground and districts is not None:
        names |= {
            district_name(row) for row in districts if area_m2(ground, row["polygons"], local) > 0
        }
    last = (OUTSIDE, NOT_STATED)
    ordered = [*sorted(names - set(last)), *[name for name in last if name in names]]
    return {
        "overall": figures("overall", s_group != "", f_group != ""),
        "districts": [figures(name, s_group == name, f_group == name) for name in ordered],
        "pairs": [(str(supplied[i]["id"]), str(finds[j]["id"]), d) for i, j, d in sorted(pairs)],
    }
