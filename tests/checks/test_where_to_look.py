"""Right answers and typical wrong ones; for each wrong one, the cause that the check must name."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lens_labs.checks import State
from lens_labs.checks import where_to_look as check

ROOT = Path(__file__).parents[2]


def told(result) -> str:
    assert result.state is State.NOT_YET, result
    return f"{result.expected} | {result.got} | {result.cause}"


# gaussian_filters


def filters(centre, stride, width, n, length, *, first=None, half=0.5, power=2, axis=1):
    means = centre + stride * (np.arange(n) - ((n - 1) / 2 if first is None else first(n)))
    weights = np.exp(-half * (np.arange(length) - means[:, None]) ** 2 / width**power)
    return weights if axis is None else weights / weights.sum(axis=axis, keepdims=True)


def test_normalised_gaussians_are_accepted():
    assert check.gaussian_filters(filters)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"axis": None}, "do not sum to one"),
        ({"axis": 0}, "normalise along the pixels"),
        ({"first": lambda n: 0}, "the lattice starts at the centre"),
        ({"first": lambda n: n / 2}, "half a stride off"),
        ({"half": 1}, "lacks its factor 1/2"),
        ({"power": 1}, "width is a standard deviation"),
        ({"power": 4}, "each row is exp"),
    ],
)
def test_wrong_gaussians_are_explained(changed, cause):
    assert cause in told(check.gaussian_filters(lambda *setting: filters(*setting, **changed)))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda *setting: filters(*setting).T, "the table is transposed"),
        (lambda *setting: filters(*setting)[0], "make a table of all pairs"),
        (lambda *setting: None, "does the function end with return?"),
        (lambda c, *rest: filters(c - 1, *rest), "the first pixel is at zero"),
        (lambda c, stride, width, *rest: filters(c, width, stride, *rest), "stride and width are exchanged"),
        (
            lambda c, stride, width, n, length: filters(c, stride * n / (n - 1), width, n, length),
            "n - 1 steps",
        ),
        (lambda c, stride, *rest: filters(c, 1.0, *rest), "multiply the steps by the stride"),
        (lambda *setting: filters(*setting, first=lambda n: (n + 1) / 2), "one stride too far left"),
        (lambda *setting: filters(*setting, first=lambda n: (n - 3) / 2), "one stride too far right"),
        (
            lambda c, stride, width, n, length: filters(
                c - (n - 1) / 2, stride, width, n, length, first=lambda n: 0
            ),
            "before you multiply by the stride",
        ),
        (
            lambda c, stride, width, n, length: filters(c, 2 * stride / (n - 1), width, n, length),
            "reach only one stride",
        ),
        (lambda *setting: filters(*setting, power=-2), "put 2 * width**2 in brackets"),
        (lambda *setting: filters(*setting, half=-0.5), "needs its minus sign"),
    ],
)
def test_a_wrong_table_is_explained(answer, cause):
    assert cause in told(check.gaussian_filters(answer))


# sample


def sample(image, u, v, *, border=True):
    height, width = image.shape
    padded = np.pad(image, 1, mode="constant" if border else "edge")
    u, v = np.clip(u, -1, width - 1e-9) + 1, np.clip(v, -1, height - 1e-9) + 1
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    a, b = u - column, v - row
    p, q, r, s = (padded[row + i, column + j] for i in (0, 1) for j in (0, 1))
    upper, lower = (1 - a) * p + a * q, (1 - a) * r + a * s
    return (1 - b) * upper + b * lower, (1 - b) * (q - p) + b * (s - r), lower - upper


def changed(change):
    return lambda image, u, v: change(*sample(image, u, v))


def nearest(image, u, v):
    padded = np.pad(image, 1)
    row = np.clip(np.round(v).astype(int), -1, image.shape[0]) + 1
    column = np.clip(np.round(u).astype(int), -1, image.shape[1]) + 1
    return padded[row, column], 0 * u, 0 * v


def sample_by_indices(image, u, v, *, floor=np.floor, drop=True, exchange=False):
    """Read without a border: neighbours that are no pixels are dropped, or not."""
    column, row = floor(u).astype(int), floor(v).astype(int)
    a, b = u - column, v - row
    if exchange:
        a, b = b, a

    def pixel(row, column):
        if not drop:
            return image[row, column]
        there = (row >= 0) & (row < len(image)) & (column >= 0) & (column < image.shape[1])
        return np.where(there, image[row * there, column * there], 0)

    p, q, r, s = (pixel(row + i, column + j) for i in (0, 1) for j in (0, 1))
    upper, lower = (1 - a) * p + a * q, (1 - a) * r + a * s
    return (1 - b) * upper + b * lower, (1 - b) * (q - p) + b * (s - r), lower - upper


def nothing_outside(image, u, v):
    there = (u >= 0) & (u <= image.shape[1] - 1) & (v >= 0) & (v <= len(image) - 1)
    return tuple(np.where(there, each, 0) for each in sample(image, u, v))


def clipped(image, u, v):
    height, width = image.shape
    return sample(image, np.clip(u, 0, width - 1 - 1e-9), np.clip(v, 0, height - 1 - 1e-9))


@pytest.mark.parametrize("answer", [sample, sample_by_indices, lambda *places: list(sample(*places))])
def test_a_bilinear_reading_with_its_slopes_is_accepted(answer):
    assert check.sample(answer)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda image, u, v: sample(image, v, u), "u counts columns and v counts rows"),
        (nearest, "this is the nearest pixel"),
        (
            lambda image, u, v: sample(image, u, v, border=False),
            "neighbours that are no pixels count as zero",
        ),
        (changed(lambda x, du, dv: (x, dv, du)), "in another order"),
        (changed(lambda x, du, dv: (x, -du, -dv)), "right minus left"),
        (changed(lambda x, du, dv: (x, du, -dv)), "a slope has the wrong sign"),
        (changed(lambda x, du, dv: (x, du, 4 * dv)), "only the slope along v is off"),
        (changed(lambda x, du, dv: (x, 5.5 * du, dv)), "only the slope along u is off"),
        (changed(lambda x, du, dv: (x, 0 * du, 0 * dv)), "the slopes are zero everywhere"),
        (changed(lambda x, du, dv: (x, 5.5 * du, 4 * dv)), "the difference of right and left"),
        (changed(lambda x, du, dv: x), "return the reading and both slopes"),
        (changed(lambda x, du, dv: (x[:1], du, dv)), "work element by element"),
        (lambda image, u, v: sample(image, u + 0.5, v), "at a pixel its own weight is 1"),
        (lambda image, u, v: sample(image, u - 1, v - 1), "a border moves every pixel by one"),
        (clipped, "clip to the border"),
        (functools.partial(sample_by_indices, exchange=True), "a and b are exchanged"),
        (functools.partial(sample_by_indices, floor=np.trunc), "np.floor rounds -0.4 to -1"),
        (functools.partial(sample_by_indices, drop=False), "some of the four neighbours are no pixels"),
        (nothing_outside, "still has neighbours in the image"),
        (
            lambda image, u, v: sample(image, 2 * np.floor(u) + 1 - u + (u == np.floor(u)) * -1, v),
            "weight 1 - (u - floor(u))",
        ),
    ],
)
def test_a_wrong_reading_is_explained(answer, cause):
    assert cause in told(check.sample(answer))


def test_the_provided_reading_is_right():
    assert check.sample(check.sample.or_provided(...))


# find_the_centre; instead of a network, the truth with a known error

HALOS = check._halos()
TRUE = HALOS.columns(*check.CENTRES)


def finder(size):
    return lambda _seed: (
        lambda _counts: TRUE + np.random.default_rng(0).uniform(-2 * size, 2 * size, TRUE.shape)
    )


def test_a_finder_that_is_off_by_half_a_pixel_is_accepted():
    result = check.find_the_centre(finder(0.5))
    assert result
    assert "the thresholded centroid" in result.message


@pytest.mark.parametrize(
    ("places", "cause"),
    [
        (TRUE[:, ::-1], "x and y are swapped"),
        (TRUE * 2 / 47 - 1, "places from -1 to 1"),
        ((TRUE - 1.5) / 4, "places on a smaller map"),
        (TRUE - 23.5, "distances from the middle"),
        (np.full_like(TRUE, 23.5), "the same for all images"),
        (np.clip(TRUE, 0, 11), "a map of 12 by 12"),
        ((TRUE[:, ::-1] - 1.5) / 4, "and x and y are swapped"),
        (TRUE / 47, "shares of the image"),
        (np.abs(TRUE - [0, 47]), "y counts downwards"),
        (TRUE - 1.5, "1.5 pixels beyond its first pixel"),
        (finder(3)(0)(0), "the network has learnt too little"),
        (TRUE[:, :1], "its mean place has two numbers"),
        (np.full_like(TRUE, np.nan), "a learning rate that is too high"),
    ],
)
def test_a_wrong_finder_is_explained(places, cause):
    assert cause in told(check.find_the_centre(lambda seed: lambda counts: places))


def test_a_network_in_place_of_its_function_is_explained():
    assert "return a function" in told(check.find_the_centre(lambda seed: np.zeros(3)))


def test_a_network_that_meets_raw_counts_is_explained():
    class Network:
        predict = None

        def __call__(self, counts):
            return TRUE + 3

    assert "this is the network itself" in told(check.find_the_centre(lambda seed: Network()))


def test_the_provided_finder_is_the_rival_itself():
    find = check.find_the_centre.or_provided(...)(0)
    assert np.abs(find(HALOS.x) - TRUE).mean() == pytest.approx(check._centroid_error())


# paired_interval


def interval(rival, ours, *, level=0.975, sign=1, ddof=1, root=True, factor=None):
    d = sign * (ours - rival)
    t = stats.t.ppf(level, len(d) - 1) if factor is None else factor
    half = t * d.std(ddof=ddof) / (np.sqrt(len(d)) if root else 1)
    return d.mean(), d.mean() - half, d.mean() + half


def unpaired(rival, ours):
    mean, n = (ours - rival).mean(), len(ours)
    half = stats.t.ppf(0.975, 2 * n - 2) * np.sqrt((ours.var(ddof=1) + rival.var(ddof=1)) / n)
    return mean, mean - half, mean + half


def test_students_interval_is_accepted():
    assert check.paired_interval(interval)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"sign": -1}, "the sign is turned"),
        ({"factor": 1.96}, "1.96 belongs to many runs"),
        ({"factor": 2}, "2 belongs to many runs"),
        ({"level": 0.95}, "0.95 leaves 5 % at each end"),
        ({"root": False}, "smaller by √n"),
        ({"ddof": 0}, "ddof=1"),
        ({"ddof": 0, "factor": 1.96}, "two things"),
        ({"factor": 1}, "one standard error on each side"),
        ({"factor": 7}, "the ends are mean ± t · error"),
    ],
)
def test_a_wrong_interval_is_explained(changed, cause):
    assert cause in told(check.paired_interval(lambda *pairs: interval(*pairs, **changed)))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (unpaired, "treated as unrelated"),
        (lambda rival, ours: np.take(interval(rival, ours), (0, 2, 1)), "the low end comes before"),
        (
            lambda rival, ours: interval(rival, ours, factor=stats.t.ppf(0.975, len(ours))),
            "n - 1 degrees of freedom",
        ),
        (
            lambda rival, ours: ((ours - rival).mean(), *np.percentile(ours - rival, (2.5, 97.5))),
            "where single differences lie",
        ),
        (lambda rival, ours: interval(rival, ours)[1:], "return (mean, low, high)"),
        (lambda rival, ours: np.take(interval(rival, ours), (1, 0, 2)), "the mean comes first"),
        (
            lambda rival, ours: interval(
                rival, ours, factor=stats.t.ppf(0.975, len(ours) - 1) / len(ours) ** 0.5
            ),
            "divide by √n",
        ),
        (
            lambda rival, ours: ((d := ours - rival).mean(), d.min(), d.max()),
            "where single differences lie",
        ),
        (
            lambda rival, ours: (
                (ours - rival).mean(),
                *stats.ttest_ind(ours, rival, equal_var=False).confidence_interval(),
            ),
            "treated as unrelated",
        ),
    ],
)
def test_another_wrong_interval_is_explained(answer, cause):
    assert cause in told(check.paired_interval(answer))


# pointing


def pointing(places, boxes, *, order=(0, 1, 2, 3), own=False, strict=False):
    x, y = places[:, :1], places[:, 1:]
    left, top, right, bottom = boxes.T[list(order)]
    if strict:
        inside = (left < x) & (x < right) & (top < y) & (y < bottom)
    else:
        inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    n, hits = len(places), np.trace(inside)
    return hits / n, inside.mean() if own else (inside.sum() - hits) / (n * (n - 1))


def area(places, boxes):
    share = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).mean() / 48**2
    return pointing(places, boxes)[0], share


def by_all_pairs(places, boxes):
    share, chance = pointing(places, boxes)
    return share, chance * (len(places) - 1) / len(places)


def half_open(places, boxes):
    return pointing(places, boxes - [0, 0, 1e-9, 1e-9])


def in_one_other_frame(places, boxes):
    return pointing(places, boxes)[0], pointing(places, np.roll(boxes, 1, axis=0))[0]


def test_hits_and_chance_are_accepted():
    assert check.pointing(pointing)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda places, boxes: pointing(places[:, ::-1], boxes), "x and y are swapped"),
        (lambda places, boxes: pointing(places, boxes, order=(0, 2, 1, 3)), "not left, right, top, bottom"),
        (lambda places, boxes: pointing(places, boxes, own=True), "held against its own frame"),
        (lambda places, boxes: pointing(places, boxes, strict=True), "on the edge of its frame"),
        (lambda places, boxes: (1 - pointing(places, boxes)[0], 0.1), "these are the misses"),
        (lambda places, boxes: (0.123, 0.1), "between left and right"),
        (lambda places, boxes: pointing(places, boxes)[::-1], "the two are exchanged"),
        (lambda places, boxes: (100 * pointing(places, boxes)[0], 0.1), "a share runs from 0 to 1"),
        (by_all_pairs, "an image has n - 1 others"),
        (half_open, "on the edge of its frame"),
        (in_one_other_frame, "held against one other frame"),
        (lambda places, boxes: (pointing(places, boxes, own=True)[1], 0.1), "the mean over all pairs"),
        (lambda places, boxes: (pointing(places, boxes)[0], 11.0), "a share runs from 0 to 1"),
        (lambda places, boxes: (pointing(places, boxes)[0],) * 2, "this is the share again"),
        (area, "frames gather round the middle"),
        (lambda places, boxes: (pointing(places, boxes)[0], 0.9), "the frames of all other images"),
        (lambda places, boxes: pointing(places, boxes)[0], "return (share, chance)"),
    ],
)
def test_a_wrong_pointing_is_explained(answer, cause):
    assert cause in told(check.pointing(answer))


def test_the_provided_pointing_counts_the_hits():
    rng = np.random.default_rng(1)
    places, corner = rng.uniform(0, 48, (90, 2)), rng.uniform(0, 30, (90, 2))
    boxes = np.hstack([corner, corner + 15])
    share, chance = check.pointing.or_provided(...)(places, boxes)
    assert share == pytest.approx(pointing(places, boxes)[0])
    assert chance == pytest.approx(pointing(places, boxes)[1], abs=0.15)


# The recorded runs


def test_the_recorded_runs_are_those_of_the_code_of_the_lab():
    source = (ROOT / "labs" / "source" / "09-where-to-look.py").read_text(encoding="utf-8")
    mark = "# These lines made the recorded runs too"
    cells = ["".join(part.splitlines(keepends=True)[1:]).strip() for part in source.split("\n# %%")]
    cells = [cell for cell in cells if cell.startswith(mark)]
    hashes = {hashlib.sha256("\n".join(cells[:n]).encode()).hexdigest() for n in range(1, len(cells) + 1)}
    assert set(check.recorded_code()) <= hashes, (
        "train the rivals anew with: python benchmarks/where_to_look.py"
    )


def test_five_seeds_of_each_kind_are_recorded():
    for task, kinds in check.recorded().items():
        assert {"plain", "max", "gaussian"} <= set(kinds), task
        for kind, quantities in kinds.items():
            assert len(quantities["test"]) == 5, (task, kind)


def test_gaussian_attention_beats_the_plain_network_of_its_size():
    motifs = check.recorded()["motifs"]
    _, _, high = interval(np.array(motifs["plain"]["test"]), np.array(motifs["gaussian"]["test"]))
    assert high < 0
    assert motifs["gaussian"]["parameters"][0] == pytest.approx(motifs["plain"]["parameters"][0], rel=0.05)


def ends(task, ours, rival):
    """Return the interval of the difference ours - rival on a recorded task."""
    return interval(*(np.array(check.recorded()[task][kind]["test"]) for kind in (rival, ours)))[1:]


@pytest.mark.parametrize(("ours", "rival"), [("zoom", "plain"), ("zoom", "max"), ("affine", "max")])
def test_a_spatial_transformer_is_not_told_apart_from_its_rival(ours, rival):
    low, high = ends("motifs", ours, rival)
    assert low < 0 < high


def test_what_the_lab_says_of_the_affine_transformer_was_measured():
    assert ends("motifs", "affine", "plain")[1] < 0
    affine = check.recorded()["motifs"]["affine"]
    assert max(affine["test"]) == pytest.approx(2 * min(affine["test"]), rel=0.05)
    assert max(affine["test_centre_px"]) < 2


def test_what_the_lab_says_of_the_zooming_transformer_was_measured():
    runs = check.recorded()["motifs"]
    best, worst = (choose(runs["zoom"]["test"]) for choose in (np.argmin, np.argmax))
    assert runs["zoom"]["test"][best] < np.mean(runs["gaussian"]["test"])
    assert runs["zoom"]["test"][worst] > max(runs["plain"]["test"])
    assert runs["zoom"]["test_centre_px"][best] < 1
    assert runs["zoom"]["test_centre_px"][worst] > 5


@pytest.mark.parametrize("rival", ["plain", "max"])
@pytest.mark.parametrize("ours", ["gaussian", "affine"])
def test_looking_helps_where_a_digit_is_misplaced_and_not_where_it_only_turns(ours, rival):
    assert ends("turned, shifted, scaled", ours, rival)[1] < 0
    assert ends("turned", ours, rival)[1] > 0
    low, high = ends("shifted, among pieces", ours, rival)
    assert low < 0 < high
