"""Images of an area detector: sums of counts, symmetries, chance, faults, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, stats

from lens_labs import scattering
from lens_labs.scattering import detector

BOTH = [detector.simulate_centres, detector.simulate_motifs]
NO_FAULTS = {"dead_tubes": (0, 0), "hot_pixels": (0, 0)}
ALONE = {
    "halo": (1e-9, 1e-9),
    "background": (0, 0),
    "strays": (0, 0),
    "ring": (0, 0),
    "streak": (0, 0),
    "stop": (0, 0),
}


@pytest.fixture(scope="module")
def centres():
    return detector.simulate_centres(600, seed=1)


@pytest.fixture(scope="module")
def motifs():
    return detector.simulate_motifs(600, seed=1)


def middle_of(images):
    """Return the centre of mass of each image, x and y."""
    pixels, total = np.arange(images.shape[-1]), images.sum(axis=(-2, -1))
    return np.stack([images.sum(axis=-2) @ pixels, images.sum(axis=-1) @ pixels], axis=-1) / total[..., None]


# Forward models


def test_spots_hold_their_counts_their_place_and_their_width():
    rng = np.random.default_rng(0)
    x, y, counts = rng.uniform(12, 36, (500, 1)), rng.uniform(12, 36, (500, 1)), rng.uniform(1, 900, (500, 1))
    image = detector.spots(x, y, counts, width=1.2)
    assert_allclose(image.sum(axis=(-2, -1)), counts[:, 0], rtol=1e-9)
    assert_allclose(middle_of(image), np.concatenate([x, y], axis=1), rtol=1e-9)
    along = (image.sum(axis=-2) * (np.arange(48) - x) ** 2).sum(axis=-1) / counts[:, 0]
    assert_allclose(along, 1.2**2 + 1 / 12, rtol=1e-3)  # a pixel adds the variance of its width


def test_a_pixel_holds_the_integral_of_the_spot_over_its_area():
    image = detector.spots([4.3], [2.8], [100.0], width=0.9, size=8)
    for row, column in ((3, 4), (2, 5), (0, 0)):
        exact, _ = integrate.dblquad(
            lambda y, x: 100 * stats.norm.pdf(x, 4.3, 0.9) * stats.norm.pdf(y, 2.8, 0.9),
            column - 0.5,
            column + 0.5,
            row - 0.5,
            row + 0.5,
        )
        assert_allclose(image[row, column], exact, rtol=1e-7)


def test_spots_add_up_and_a_batch_is_its_images_one_by_one():
    x, y, counts = np.random.default_rng(1).uniform(5, 25, (3, 2, 4, 5))
    batch = detector.spots(x, y, counts, width=1.0, size=30)
    assert batch.shape == (2, 4, 30, 30)
    alone = [detector.spots([a], [b], [c], width=1.0, size=30) for a, b, c in zip(x[1, 2], y[1, 2], counts[1, 2], strict=True)]  # fmt: skip
    assert_allclose(batch[1, 2], np.sum(alone, axis=0), rtol=1e-12)
    assert detector.spots([], [], [], width=1.0).sum() == 0


def test_a_halo_follows_its_formula_for_many_parameters():
    rng = np.random.default_rng(2)
    x, y, radius, exponent, stretch = rng.uniform(0.5, 6, (5, 500))
    turn = rng.uniform(0, 180, 500)
    images = detector.halo(x, y, radius=radius, exponent=exponent, anisotropy=stretch, direction=turn, size=7)
    row, column = 5, 2
    way = (column - x) + 1j * (row - y)
    way = way * np.exp(-1j * np.radians(turn))
    u2 = (way.real**2 / stretch + stretch * way.imag**2) / radius**2
    assert_allclose(images[:, row, column], (1 + u2) ** -exponent, rtol=1e-9)


def test_a_halo_is_one_at_its_centre_half_at_its_radius_and_falls_as_a_power_far_away():
    image = detector.halo(10.0, 20.0, radius=4.0, exponent=1.0, size=48)
    assert image[20, 10] == 1
    assert_allclose([image[20, 14], image[24, 10], image[16, 10]], 0.5)
    far = detector.halo(0.0, 0.0, radius=1.0, exponent=2.0, size=400)
    assert_allclose(np.log(far[0, 399] / far[0, 200]) / np.log(399 / 200), -4, rtol=1e-3)


def test_a_halo_is_long_in_its_direction_and_turns_from_x_towards_y():
    flat = detector.halo(20.0, 20.0, radius=4.0, exponent=1.0, anisotropy=4.0, size=41)
    assert_allclose(flat[20, 28], 0.5)  # 4 px times the root of 4
    assert_allclose(flat[22, 20], 0.5)
    upright = detector.halo(20.0, 20.0, radius=4.0, exponent=1.0, anisotropy=4.0, direction=90, size=41)
    assert_allclose(upright, flat.T, rtol=1e-12)
    slant = detector.halo(20.0, 20.0, radius=4.0, exponent=1.0, anisotropy=4.0, direction=45, size=41)
    assert slant[25, 25] > 2 * slant[25, 15]


# Images of beam centres


def test_the_expected_image_is_halo_leak_and_tilted_background_behind_a_stop():
    data = detector.simulate_centres(140, seed=2)
    for i in range(140):
        p = {name: float(data[name][i]) for name in data.names}
        at = (p["centre_x"], p["centre_y"])
        shape = {"radius": p["halo_radius"], "exponent": p["halo_exponent"]}
        seen = p["halo"] * detector.halo(*at, **shape, anisotropy=p["anisotropy"], direction=p["direction"])
        row, column = np.mgrid[:48, :48]
        seen[np.hypot(column - p["stop_x"], row - p["stop_y"]) < p["stop"]] = 0
        seen += detector.spots([at[0]], [at[1]], [p["leakage"]], width=0.8)
        turn = np.radians(p["gradient_direction"])
        uphill = ((column - 23.5) * np.cos(turn) + (row - 23.5) * np.sin(turn)) / 48
        seen += p["background"] * (1 + p["gradient"] * uphill)
        assert_allclose(data.truth["expected"][i], seen, rtol=2e-6)


def test_the_stop_hides_the_halo_and_the_direct_beam_leaks_through_at_the_centre():
    prior = {"leakage": (500, 500), "background": (0, 0), "stop": (4.5, 4.5)} | NO_FAULTS
    data = detector.simulate_centres(200, seed=3, prior=prior)
    row, column = np.mgrid[:48, :48]
    near = np.hypot(column - data["centre_x"][:, None, None], row - data["centre_y"][:, None, None]) < 2.4
    leaked = data.x * near
    assert_allclose(middle_of(leaked), data.columns("centre_x", "centre_y"), atol=0.5)
    assert abs(leaked.sum() / (200 * 500) - 0.988) < 0.01  # of a Gaussian with 0.8 px within 2.4 px


def test_the_middle_and_the_centre_of_mass_miss_the_beam_by_pixels(centres):
    true = centres.columns("centre_x", "centre_y")
    of_middle, of_mass = np.abs(23.5 - true).mean(), np.abs(middle_of(centres.x) - true).mean()
    assert 5 < of_middle < 6
    assert 2 < of_mass < 0.9 * of_middle


def test_the_best_fit_of_the_true_model_is_better_than_any_pixel_grid():
    """Fisher's information of the expected counts allows a part of a pixel in the median image."""
    data = detector.simulate_centres(60, seed=4, prior=NO_FAULTS)
    step = 0.05
    bounds = []
    for i in range(60):
        p = {name: float(data[name][i]) for name in data.names}

        def model(dx, p=p):
            seen = p["halo"] * detector.halo(p["centre_x"] + dx, p["centre_y"], radius=p["halo_radius"], exponent=p["halo_exponent"], anisotropy=p["anisotropy"], direction=p["direction"])  # fmt: skip
            row, column = np.mgrid[:48, :48]
            return seen * (np.hypot(column - p["stop_x"], row - p["stop_y"]) >= p["stop"]) + p["background"]

        slope = (model(step) - model(-step)) / (2 * step)
        bounds.append((slope**2 / model(0)).sum() ** -0.5)
    assert 0.05 < np.median(bounds) < 0.5


# Images of motifs


def test_each_six_images_in_sequence_hold_all_six_motifs(motifs):
    motif = motifs["motif"].reshape(-1, 6)
    assert_array_equal(np.sort(motif, axis=1), np.tile(np.arange(6), (100, 1)))
    assert len(np.unique(motif, axis=0)) > 80


def test_a_motif_alone_has_its_spots_at_their_places_and_its_counts():
    data = detector.simulate_motifs(300, seed=6, prior=ALONE | {"offset": (-8, 8)})
    for i in range(0, 300, 3):
        angles, radii = np.array(detector.SPOTS[data.meta["classes"][int(data["motif"][i])]]).T
        turn = np.radians(angles + data["rotation"][i])
        x = data["centre_x"][i] + data["scale"][i] * radii * np.cos(turn)
        y = data["centre_y"][i] + data["scale"][i] * radii * np.sin(turn)
        image = data.truth["expected"][i].astype(float)
        assert_allclose(image.sum(), data["counts"][i], rtol=1e-5)
        width = data["width"][i]
        left, top, right, bottom = data.truth["box"][i]
        assert_allclose([left, right], [x.min() - 2 * width, x.max() + 2 * width], rtol=1e-9)
        assert_allclose([top, bottom], [y.min() - 2 * width, y.max() + 2 * width], rtol=1e-9)
        share = image[data.truth["motif"][i]].sum() / image.sum()
        assert (
            0.7 < share < 0.97
        )  # 0.86 of one Gaussian, more where spots overlap, less at the corners of pixels
        for a, b in zip(x, y, strict=True):
            assert data.truth["motif"][i][round(b), round(a)]


@pytest.mark.parametrize("name", detector.SPOTS)
def test_motifs_obey_friedels_law_and_repeat_after_their_turn_and_none_is_another_one(name, motifs):
    places = {each: as_set(spots) for each, spots in detector.SPOTS.items()}
    assert as_set([(angle + 180, radius) for angle, radius in detector.SPOTS[name]]) == places[name]
    turn = {"square": 90, "hexagonal": 60}.get(name, 180)
    repeats = [
        t for t in range(1, 181) if as_set([(a + t, r) for a, r in detector.SPOTS[name]]) == places[name]
    ]
    assert repeats[0] == turn
    mine = motifs["rotation"][motifs["motif"] == list(detector.SPOTS).index(name)]
    assert stats.kstest(mine, stats.uniform(0, turn).cdf).pvalue > 1e-3


def as_set(spots):
    return {(round(angle % 360, 6), radius) for angle, radius in spots}


def test_the_number_of_counts_does_not_tell_the_motif(motifs):
    totals = [np.log(motifs.x[motifs["motif"] == motif].sum(axis=(1, 2))) for motif in range(6)]
    assert stats.kruskal(*totals).pvalue > 1e-3


def test_no_number_of_spots_belongs_to_one_motif_but_two():
    numbers = sorted(len(spots) for spots in detector.SPOTS.values())
    assert numbers == [2, 4, 4, 4, 6, 6]


def test_strays_keep_away_from_the_motif():
    prior = ALONE | NO_FAULTS | {"strays": (8, 8), "counts": (1e-6, 1e-6), "stray_counts": (100, 100)}
    data = detector.simulate_motifs(200, seed=9, prior=prior)
    row, column = np.mgrid[:48, :48]
    distance = np.hypot(column - data["centre_x"][:, None, None], row - data["centre_y"][:, None, None])
    brightest = data.truth["expected"].max(axis=0)
    assert brightest.min() > 0  # they come everywhere
    near = distance < data["scale"][:, None, None]
    assert data.truth["expected"][near].max() < 0.25  # four pixels from a spot, or more


def test_ring_and_streak_surround_the_beam_centre():
    prior = ALONE | {"counts": (1e-6, 1e-6), "ring": (2, 2), "ring_radius": (9, 9), "offset": (0, 0)}
    image = detector.simulate_motifs(1, seed=0, prior=prior).truth["expected"][0]
    row, column = np.mgrid[:48, :48]
    distance = np.hypot(column - 23.5, row - 23.5)
    assert image.max() > 1.9
    assert abs(distance[image > 1.5] - 9).max() < 1.1
    assert_allclose(image, image[::-1, ::-1], atol=1e-6)
    streak = ALONE | {"counts": (1e-6, 1e-6), "streak": (2, 2)}
    data = detector.simulate_motifs(40, seed=0, prior=streak)
    away = middle_of(data.truth["expected"]) - data.columns("centre_x", "centre_y")
    assert (np.hypot(*away.T) > 2).all()
    assert len({(x > 0, y > 0) for x, y in away}) == 4


# Counting and faults


@pytest.mark.parametrize("simulate", BOTH)
def test_counts_scatter_as_poisson_around_what_is_expected(simulate):
    data = simulate(100, seed=10)
    expected, working = data.truth["expected"].astype(float), data.truth["working"]
    residual = (data.x - expected)[working] / np.sqrt(expected[working])
    assert abs(residual.mean()) < 4 / np.sqrt(residual.size)
    excess = np.mean(1 / expected[working])  # the fourth moment of a Poisson distribution is 3 + 1 / mean
    assert abs((residual**2).mean() - 1) < 4 * np.sqrt((2 + excess) / residual.size)


@pytest.mark.parametrize("simulate", BOTH)
def test_dead_tubes_count_nothing_and_hot_pixels_too_much(simulate):
    prior = {"background": (1, 1), "dead_tubes": (2, 2), "hot_pixels": (3, 3), "hot_counts": (500, 500)}
    data = simulate(150, seed=11, prior=prior)
    dead = ~data.truth["working"].any(axis=1)
    assert set(dead.sum(axis=1)) <= {1, 2}  # two that coincide are one
    assert data.x[np.broadcast_to(dead[:, None], data.x.shape)].max() == 0
    hot = ~data.truth["working"] & ~dead[:, None]
    assert 2.5 < hot.sum() / 150 <= 3
    assert data.x[hot].min() >= 500
    assert np.mean(data.x[data.truth["working"]] > 450) < 1e-4


@pytest.mark.parametrize("simulate", BOTH)
def test_a_detector_without_faults_works_everywhere_and_faults_come_as_often_as_each_other(simulate):
    assert simulate(30, seed=0, prior=NO_FAULTS).truth["working"].all()
    data = simulate(400, seed=0, prior={"dead_tubes": (0, 2), "hot_pixels": (0, 0)})
    tubes = 48 - data.truth["working"].any(axis=1).sum(axis=1)
    assert_allclose(np.bincount(tubes) / 400, [1 / 3, 1 / 3, 1 / 3], atol=0.09)


@pytest.mark.parametrize("simulate", BOTH)
def test_images_have_the_size_that_was_asked_for_and_centres_in_their_middle(simulate):
    data = simulate(100, seed=12, size=33, prior={"offset": (-2, 3)})
    assert data.x.shape == data.truth["expected"].shape == (100, 33, 33)
    for name in ("centre_x", "centre_y"):
        assert 14 <= data[name].min() < 14.4
        assert 18.6 < data[name].max() <= 19


# Seeds and blocks


@pytest.mark.parametrize("simulate", BOTH)
def test_a_small_set_is_the_beginning_of_a_large_one_and_blocks_are_parts_of_it(simulate):
    small, large = simulate(3, seed=3), simulate(1_030, seed=3)
    rest, last = simulate(1_030, seed=3, blocks=[1]), scattering.blocks(10**9)[-1]
    for part, of_large in ((small, slice(3)), (rest, slice(1024, None))):
        for one, other in ((part.x, large.x), (part.y, large.y)):
            assert one.tobytes() == other[of_large].tobytes()
        for name, truth in part.truth.items():
            assert truth.tobytes() == large.truth[name][of_large].tobytes()
    assert not np.array_equal(simulate(3, seed=4).x, small.x)
    assert len(simulate(1_024 * last + 1, seed=0, blocks=[last])) == 1


@pytest.mark.parametrize("simulate", BOTH)
def test_simulated_numbers_are_those_that_were_stored(simulate):
    data = simulate(3, seed=20)
    parameters, counts = STORED[simulate.__name__]
    assert_allclose(data.columns("centre_x", "centre_y"), parameters, rtol=1e-12)
    assert_array_equal(data.x[:, 24, 20:28], counts)


STORED = {
    "simulate_centres": (
        [
            [15.10998382800459, 17.29731495980613],
            [33.77492849030008, 16.893559925085807],
            [33.78151897234625, 32.69969827712407],
        ],
        [[4, 1, 1, 2, 4, 0, 6, 0], [1, 1, 1, 0, 1, 1, 2, 3], [2, 2, 1, 3, 2, 4, 3, 2]],
    ),
    "simulate_motifs": (
        [
            [12.779446323975911, 24.76386974289141],
            [14.379353607295311, 29.956412925946672],
            [27.502247815877627, 22.7625349695012],
        ],
        [[0, 3, 1, 0, 1, 0, 1, 1], [1, 3, 0, 0, 0, 0, 2, 0], [2, 7, 2, 3, 1, 7, 4, 1]],
    ),
}


def test_every_column_has_its_unit_and_what_was_drawn_is_told(centres, motifs):
    assert centres.units["centre_x"] == motifs.units["scale"] == motifs.units["box"] == "px"
    assert (
        motifs.units["rotation"] == centres.units["gradient_direction"] == centres.units["direction"] == "°"
    )
    assert centres.units["x"] == motifs.units["motif"] == "1"
    assert centres.meta["prior"] == dict(detector.CENTRES)
    assert set(detector.CENTRES) - {"offset", "stop_offset", "dead_tubes", "hot_pixels", "hot_counts"} < set(centres.names)  # fmt: skip
    assert motifs.x.dtype == np.int32
    assert motifs.meta["classes"] == tuple(detector.SPOTS)


@pytest.mark.parametrize("simulate", BOTH)
def test_a_prior_moves_what_it_names(simulate):
    data = simulate(100, seed=0, prior={"halo": (20, 21), "stop": (3, 3)})
    assert 20 <= data["halo"].min() < data["halo"].max() <= 21
    assert set(data["stop"]) == {3}


# Bad input


@settings(max_examples=40)
@given(
    name=st.sampled_from(sorted({*detector.CENTRES, *detector.MOTIFS})),
    bounds=st.one_of(
        st.just((2.0, 1.0)), st.just((np.nan, 1.0)), st.just((0.0, np.inf)), st.just((1.0,)), st.just(3.0)
    ),
)
def test_ranges_that_are_none_are_refused_by_name(name, bounds):
    simulate = detector.simulate_centres if name in detector.CENTRES else detector.simulate_motifs
    with pytest.raises(ValueError, match=rf"prior\['{name}'\] must be a finite pair"):
        simulate(2, seed=0, prior={name: bounds})


SIGNED = {"offset", "stop_offset", "direction", "gradient_direction"}


@settings(max_examples=40)
@given(
    name=st.sampled_from(sorted({*detector.CENTRES, *detector.MOTIFS} - SIGNED)), low=st.floats(-1e3, -1e-3)
)
def test_negative_lengths_and_counts_are_refused_by_name(name, low):
    simulate = detector.simulate_centres if name in detector.CENTRES else detector.simulate_motifs
    with pytest.raises(ValueError, match=rf"prior\['{name}'\] must lie between"):
        simulate(2, seed=0, prior={name: (low, 5)})


@pytest.mark.parametrize("simulate", BOTH)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"seed": -1}, "seed must be a whole number, at least 0; got -1"),
        ({"size": 23}, "size must be a whole number, at least 24; got 23"),
        ({"size": 48.0}, "size must be a whole number"),
        ({"blocks": []}, "blocks must name at least one"),
        ({"prior": {"banana": (0, 1)}}, "prior has no parameter 'banana'; the parameters are offset, "),
        ({"prior": {"halo": (0, 1)}}, r"prior\['halo'\] must lie between 1e-09 and 1e\+06; got"),
        ({"prior": {"hot_pixels": (0, 1.5)}}, r"prior\['hot_pixels'\] must be a pair of whole numbers"),
    ],
)
def test_wrong_arguments_are_refused_by_name(simulate, arguments, words):
    with pytest.raises(ValueError, match=words):
        simulate(**({"n": 2, "seed": 0} | arguments))


def test_a_motif_that_would_leave_the_image_is_refused_and_a_narrower_prior_keeps_it_inside():
    with pytest.raises(ValueError, match=r"prior\['offset'\] must keep .* within 12 pixels .* gives 22.6"):
        detector.simulate_motifs(2, seed=0, size=24)
    with pytest.raises(ValueError, match=r"prior\['offset'\] must keep"):
        detector.simulate_centres(2, seed=0, prior={"offset": (-30, 0)})
    box = detector.simulate_motifs(300, seed=0, size=24, prior={"offset": (-2.4, 2.4)}).truth["box"]
    assert box.min() >= -0.5
    assert box.max() <= 23.5


@pytest.mark.parametrize("simulate", BOTH)
def test_the_most_counts_that_are_allowed_fit_into_the_numbers_that_hold_them(simulate):
    defaults = detector.CENTRES if simulate is detector.simulate_centres else detector.MOTIFS
    bright = {"halo", "leakage", "counts", "stray_counts", "hot_counts", "background", "ring", "streak"}
    prior = dict.fromkeys(bright & defaults.keys(), (1e6, 1e6))
    prior |= dict.fromkeys({"strays", "hot_pixels"} & defaults.keys(), (100, 100))
    data = simulate(4, seed=0, prior=prior)
    assert data.x.min() >= 0
    assert data.x.max() >= 1e6


def test_a_background_that_would_be_negative_is_refused():
    with pytest.raises(ValueError, match=r"prior\['gradient'\] must lie between 0 and 1; got"):
        detector.simulate_centres(2, seed=0, prior={"gradient": (0, 1.2)})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": [1.0, 2.0]}, r"x, y and counts must have one shape \(..., k\); got y of shape \(1,\)"),
        ({"x": 1.0, "y": 1.0, "counts": 1.0}, r"one shape \(..., k\); got x of shape \(\)"),
        ({"x": [np.nan]}, "x must be finite; got"),
        ({"y": [np.inf]}, "y must be finite; got"),
        ({"counts": [-1.0]}, "counts must be finite, and not negative; got"),
        ({"counts": ["many"]}, "counts must be a number"),
        ({"width": 0.0}, "width must be one positive, finite number; got 0.0"),
        ({"width": np.nan}, "width must be one positive"),
        ({"width": [1.0]}, "width must be one positive"),
        ({"size": 0}, "size must be a whole number, at least 1"),
    ],
)
def test_spots_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        detector.spots(**({"x": [3.0], "y": [3.0], "counts": [9.0], "width": 1.0} | arguments))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"centre_x": np.nan}, r"centre_x must lie between -1e\+06 and 1e\+06; got nan"),
        ({"direction": np.inf}, "direction must lie between .*; got inf"),
        ({"radius": 0.0}, r"radius must lie between 1e-06 and 1e\+06; got 0.0"),
        ({"exponent": -1.0}, "exponent must lie between 1e-06"),
        ({"anisotropy": 0.0}, "anisotropy must lie between 1e-06"),
        (
            {"radius": [1.0, 2], "exponent": [1.0, 2, 3]},
            r"fit together; got .*radius \(2,\), exponent \(3,\)",
        ),
        ({"radius": "wide"}, "radius must be a number"),
        ({"size": -4}, "size must be a whole number"),
    ],
)
def test_halos_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        detector.halo(**({"centre_x": 3.0, "centre_y": 3.0, "radius": 2.0, "exponent": 1.0} | arguments))
