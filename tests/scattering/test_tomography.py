"""Tomography against analytic sinograms, against scikit-image, and against the laws that counts and slices obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from skimage.transform import iradon, radon

from lens_labs import scattering
from lens_labs.scattering import tomography
from lens_labs.scattering.tomography import (
    CONTRASTS,
    FIELD,
    PRIOR,
    _radiographs,
    _radon,
    _soil,
    back_project,
    filtered_back_projection,
    line_integrals,
    project,
    simulate,
    simulate_radiographs,
    simulate_scans,
    simulate_soil,
    transmission,
)
from lens_labs.scattering.tomography._soil import AIR, CAN, GRAIN, ROOT, WATER

RNG = np.random.default_rng(20)
HALF_TURN = np.linspace(0, np.pi, 60, endpoint=False)
SMALL = {"size": 32, "views": 24}
STORED_DOSE = [3525.665964825292, 1217.1636683965894]
STORED_COUNTS = [[909, 838, 914], [278, 278, 211]]
STORED_LABELS = [854, 780, 190, 64, 160]
STORED_SLICE = [0.9449451191979709, 1.0930624433471172]


def grid(size):
    """Return x and y of the pixels of an image, from its middle."""
    across = np.arange(size) - (size - 1) / 2
    return across, across[:, None]


def disc(size, radius, fine=8):
    """Return a disc of value 1 with the part of each pixel at its edge that it fills."""
    x, y = grid(size * fine)
    full = np.hypot(x, y) < radius * fine
    return full.reshape(size, fine, size, fine).mean(axis=(1, 3))


def ellipses(count, size, fine):
    """Return random ellipses inside of the circle that is seen: their images, and x, y, a, b, tilt of each."""
    a, b = RNG.uniform(size / 8, size / 4, (2, count))
    away, direction, tilt = RNG.uniform(0, size / 5, count), *RNG.uniform(0, 2 * np.pi, (2, count))
    x0, y0 = away * np.cos(direction), away * np.sin(direction)
    x, y = (each / fine for each in grid(size * fine))
    cos, sin = np.cos(tilt), np.sin(tilt)
    images = np.empty((count, size, size))
    for i in range(count):
        dx, dy = x - x0[i], y - y0[i]
        full = ((dx * cos[i] + dy * sin[i]) / a[i]) ** 2 + ((dy * cos[i] - dx * sin[i]) / b[i]) ** 2 < 1
        images[i] = full.reshape(size, fine, size, fine).mean(axis=(1, 3))
    return images, (x0, y0, a, b, tilt)


def chords(s, angles, ellipses):
    """Return the integral of chord lengths of ellipses up to s (Kak and Slaney, section 3.1): (count, views, s)."""
    x0, y0, a, b, tilt = (each[:, None] for each in ellipses)
    half = np.hypot(a * np.cos(angles - tilt), b * np.sin(angles - tilt))  # half the shadow
    u = np.clip((s - (x0 * np.cos(angles) + y0 * np.sin(angles))[..., None]) / half[..., None], -1, 1)
    return (a * b)[..., None] * (u * np.sqrt(1 - u**2) + np.arcsin(u))


# Projection


def test_projections_of_500_ellipses_are_those_of_the_closed_form():
    size, angles = 32, np.linspace(0.1, 3.1, 12)
    images, parameters = ellipses(500, size, fine=10)
    edges = np.arange(size + 1) - size / 2
    exact = np.diff(chords(edges, angles, parameters), axis=-1)
    ours = project(images, angles)
    error = np.sqrt(((ours - exact) ** 2).sum(axis=(1, 2)) / (exact**2).sum(axis=(1, 2)))
    assert error.max() < 0.04  # 4 to 8 pixels blur the rim of an ellipse
    across = grid(size)[0]
    places, masses = ((each @ across) / each.sum(axis=-1) for each in (ours, exact)), exact.sum(axis=-1)
    assert_allclose(*places, atol=0.02)  # the places of an ellipse within the pixels of the detector
    assert_allclose(ours.sum(axis=-1), masses, rtol=0.005)


def test_finer_pixels_bring_a_projection_nearer_to_the_closed_form():
    errors = []
    for size in (32, 64, 128):
        edges, angles = np.arange(size + 1) - size / 2, np.linspace(0, np.pi, 7)
        of = [np.array([each]) for each in (0.05 * size, -0.1 * size, 0.3 * size, 0.15 * size, 0.4)]
        exact = np.diff(chords(edges, angles, of), axis=-1)[0]
        x, y = (each / 8 for each in grid(8 * size))
        dx, dy = x - 0.05 * size, y + 0.1 * size
        cos, sin = np.cos(0.4), np.sin(0.4)
        full = ((dx * cos + dy * sin) / 0.3) ** 2 + ((dy * cos - dx * sin) / 0.15) ** 2 < size**2
        ours = project(full.reshape(size, 8, size, 8).mean(axis=(1, 3)), angles)
        errors.append(np.sqrt(((ours - exact) ** 2).sum() / (exact**2).sum()))
    assert errors[1] < 0.6 * errors[0]
    assert errors[2] < 0.6 * errors[1]
    assert errors[2] < 0.005


def test_every_view_of_500_images_has_their_mass():
    x, y = grid(24)
    images = RNG.normal(size=(500, 24, 24)) * (np.hypot(x, y) < 11)
    mass = images.sum(axis=(1, 2)) * 0.1
    views = project(images, RNG.uniform(-7, 7, 15), pixel=0.1).sum(axis=-1)
    assert_allclose(views, np.broadcast_to(mass[:, None], views.shape), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("centre", [0.0, 0.3, -4.0])
def test_back_projection_is_the_adjoint_of_projection(centre):
    images, sinograms = RNG.normal(size=(170, 20, 20)), RNG.normal(size=(170, 7, 20))
    given_ = {"angles": RNG.uniform(0, 7, 7), "pixel": 0.3, "centre": centre}
    one = (project(images, **given_) * sinograms).sum(axis=(1, 2))
    assert_allclose(
        one, (images * back_project(sinograms, **given_)).sum(axis=(1, 2)), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize(
    "size", [33, 65]
)  # in images of even size the axis of skimage lies half a pixel away
def test_views_are_those_of_skimage_whose_angles_turn_the_other_way(size):
    angles = np.linspace(0, np.pi, 13, endpoint=False)
    x, y = grid(size)
    image = np.exp(-((x - 4) ** 2 + (y + 3) ** 2) / 15) + np.exp(-(x**2) / 30 - y**2 / 8)
    image[np.hypot(x, y) > size / 2 - 2] = 0
    theirs = radon(image, -np.rad2deg(angles), circle=True).T
    assert_allclose(project(image, angles), theirs, atol=0.005 * theirs.max())


def test_a_view_is_a_slice_of_the_fourier_transform():
    size, angles = 25, RNG.uniform(0.3, 1.2, 20) + np.pi / 2 * np.arange(20)
    across, image = grid(size)[0], RNG.normal(size=(size, size)) * disc(size, 11)
    frequency = np.linspace(0, 0.5, 6)
    views = project(image, angles) @ np.exp(-2j * np.pi * np.outer(across, frequency))
    for view, cos, sin in zip(views, np.cos(angles), np.sin(angles), strict=True):
        f = frequency[:, None] + np.arange(-40, 41)  # a detector with pixels cannot tell these apart
        along, down = (np.exp(-2j * np.pi * each[..., None] * across) for each in (f * cos, f * sin))
        plane = ((down @ image) * along).sum(axis=-1)
        squares = np.sinc(f) * np.sinc(f * cos) * np.sinc(f * sin)  # of the detector, and of the image
        assert_allclose(view, (plane * squares).sum(axis=1), atol=1e-3)


def test_along_the_axes_a_view_is_a_sum_of_rows_or_columns():
    image = RNG.normal(size=(3, 17, 17))
    views = project(image, [0, np.pi / 2, np.pi, 3 * np.pi / 2], pixel=0.5)
    assert_allclose(views[:, 0], 0.5 * image.sum(axis=1), atol=1e-12)
    assert_allclose(views[:, 1], 0.5 * image.sum(axis=2), atol=1e-12)
    assert_allclose(views[:, 2], views[:, 0, ::-1], atol=1e-12)
    assert_allclose(views[:, 3], views[:, 1, ::-1], atol=1e-12)


@given(angle=st.floats(-10, 10), shift=st.integers(-3, 3))
@settings(max_examples=50)
def test_an_axis_beside_the_middle_moves_every_view(angle, shift):
    image = disc(24, 7.3, fine=2)
    views = project(image, [angle], centre=shift)
    assert_allclose(np.roll(project(image, [angle]), shift, axis=-1), views, atol=1e-12)


def test_a_matrix_is_made_once_for_a_geometry():
    before = _radon.shares.cache_info()
    angles = RNG.uniform(0, 3, 5)
    project(np.ones((8, 8)), angles)
    back_project(np.ones((5, 8)), angles)
    after = _radon.shares.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)


# Reconstruction


@pytest.mark.parametrize("radius", [12.0, 20.5, 27.0])
@pytest.mark.parametrize("name", tomography.FILTERS)
def test_a_disc_comes_back_with_its_value_and_leaves_nothing_around_it(radius, name):
    size, angles = 64, np.linspace(0, np.pi, 100, endpoint=False)
    edges = np.arange(size + 1) - size / 2
    of = (np.array([each]) for each in (0.0, 0.0, radius, radius, 0.0))
    sinogram = 0.02 * np.diff(chords(edges, angles, of), axis=-1)[0]  # pixels are 0.02 cm wide
    slice_ = filtered_back_projection(sinogram, angles, filter=name, pixel=0.02)
    away = np.hypot(*grid(size))
    assert_allclose(slice_[away < radius - 3].mean(), 1, atol=0.004)
    assert abs(slice_[(away > radius + 3) & (away < 32)].mean()) < 0.012


def test_reconstructions_are_as_near_to_the_truth_as_those_of_skimage():
    size, angles = 65, np.linspace(0, np.pi, 100, endpoint=False)
    images, parameters = ellipses(40, size, fine=4)
    edges = np.arange(size + 1) - size / 2
    sinograms = np.diff(chords(edges, angles, parameters), axis=-1)
    for name in ("ramp", "shepp-logan", "cosine", "hann"):
        ours = filtered_back_projection(sinograms, angles, filter=name)
        theirs = np.array([iradon(p.T, -np.rad2deg(angles), filter_name=name) for p in sinograms[:8]])
        seen = np.hypot(*grid(size)) < 31
        error, other = (
            np.sqrt(((r - t) ** 2)[:, seen].mean()) for r, t in ((ours[:8], images[:8]), (theirs, images[:8]))
        )
        assert error < 1.05 * other
        assert np.sqrt(((ours[:8] - theirs) ** 2)[:, seen].mean()) < 0.3 * other


def test_the_axis_of_rotation_is_found_where_it_was():
    image = disc(40, 13) + 2 * np.roll(disc(40, 3), (6, 5), axis=(0, 1))
    sinogram = project(image, HALF_TURN, centre=1.7)
    tried = np.arange(1.2, 2.21, 0.1)
    errors = [
        ((filtered_back_projection(sinogram, HALF_TURN, centre=centre) - image) ** 2).mean()
        for centre in tried
    ]
    assert_allclose(tried[np.argmin(errors)], 1.7, atol=0.05)


def test_smoother_filters_leave_less_noise():
    noise = RNG.normal(size=(4, 60, 48))
    spread = [filtered_back_projection(noise, HALF_TURN, filter=name).std() for name in tomography.FILTERS]
    assert (np.diff(spread) < 0).all()


def test_a_full_turn_gives_the_slice_of_half_a_turn():
    image = disc(32, 9) * np.linspace(1, 2, 32)
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    full = filtered_back_projection(project(image, turn), turn)
    assert_allclose(full, filtered_back_projection(project(image, HALF_TURN), HALF_TURN), atol=1e-9)


def test_a_batch_is_its_images_one_by_one():
    images = RNG.normal(size=(2, 3, 16, 16))
    batch = filtered_back_projection(project(images, HALF_TURN), HALF_TURN)
    for index in np.ndindex(2, 3):
        alone = filtered_back_projection(project(images[index], HALF_TURN), HALF_TURN)
        assert_allclose(batch[index], alone, atol=1e-12)


# From lengths to counts, and back


def test_the_coefficients_are_those_of_the_tables():
    per_gram = {  # NIST, cm²/g, at 30, 40, 50, 60 and 80 keV
        "H": np.array([0.3570, 0.3458, 0.3355, 0.3260, 0.3091]),
        "O": np.array([0.3779, 0.2585, 0.2132, 0.1907, 0.1678]),
        "Al": np.array([1.128, 0.5685, 0.3681, 0.2778, 0.2018]),
        "Si": np.array([1.436, 0.7012, 0.4385, 0.3207, 0.2228]),
    }
    grain = 2.65 * (0.4674 * per_gram["Si"] + 0.5326 * per_gram["O"])
    water = 0.1119 * per_gram["H"] + 0.8881 * per_gram["O"]
    x_ray = CONTRASTS["x-ray"].coefficients
    assert_allclose(x_ray[GRAIN], grain, rtol=0.005)
    assert_allclose(x_ray[WATER], water, rtol=0.005)
    assert_allclose(x_ray[CAN], 2.70 * per_gram["Al"], rtol=0.005)
    neutron = CONTRASTS["neutron"]
    share = (
        neutron.colours / 1.798
    )  # absorption grows with the wavelength; Sears: barn, and 0.6022 = Avogadro * barn
    assert_allclose(
        neutron.coefficients[GRAIN], 0.6022 * 2.65 / 60.08 * (2.167 + 2 * 4.232 + 0.171 * share), rtol=0.01
    )
    assert_allclose(neutron.coefficients[CAN], 0.6022 * 2.70 / 26.98 * (1.503 + 0.231 * share), rtol=0.01)
    of_hydrogen = (neutron.coefficients[WATER] / (0.6022 / 18.015) - 4.232) / 2
    assert ((of_hydrogen > 45) & (of_hydrogen < 95)).all()
    assert (np.diff(of_hydrogen) > 0).all()
    for beam in CONTRASTS.values():
        assert_allclose(beam.coefficients[ROOT], 0.8 * beam.coefficients[WATER], rtol=0.01)


def test_one_colour_obeys_beer_and_lambert():
    lengths, sigma = RNG.uniform(0, 2, (3, 500)), RNG.uniform(0, 4, (3, 1))
    assert_allclose(-np.log(transmission(lengths, sigma, [1.0])), (sigma * lengths).sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_a_beam_hardens_between_its_mean_and_its_weakest_coefficient(contrast):
    beam, length = CONTRASTS[contrast], np.linspace(1e-6, 5, 400)
    for sigma in beam.coefficients[1:]:
        effective = -np.log(transmission(length[None], sigma[None], beam.spectrum)) / length
        assert (np.diff(effective) <= 0).all()
        assert_allclose(effective[0], beam.spectrum @ sigma, rtol=1e-5)
        assert effective[-1] > sigma.min()


def test_a_hard_beam_cups_a_homogeneous_disc():
    beam, full = CONTRASTS["x-ray"], disc(64, 28)
    lengths = project(full, HALF_TURN, pixel=1.0 / 64)
    of_all = -np.log(transmission(lengths[None], beam.coefficients[[GRAIN]], beam.spectrum))
    of_one = -np.log(transmission(lengths[None], beam.coefficients[[GRAIN], 2:3], [1.0]))
    away, cup = np.hypot(*grid(64)), []
    for sinogram in (of_all, of_one):
        slice_ = filtered_back_projection(sinogram, HALF_TURN, pixel=1.0 / 64)
        cup.append(slice_[away < 5].mean() / slice_[(away > 20) & (away < 25)].mean())
    assert cup[0] < 0.95
    assert abs(cup[1] - 1) < 0.01


def test_line_integrals_undo_gain_and_dark_current():
    through, gain, dark = (
        RNG.uniform(0.01, 1, (5, 9, 20)),
        RNG.uniform(0.5, 2, (5, 20)),
        RNG.uniform(0, 50, (5, 20)),
    )
    counts = 1000 * gain[:, None] * through + dark[:, None]
    assert_allclose(line_integrals(counts, 1000 * gain + dark, dark), -np.log(through), rtol=1e-9, atol=1e-12)
    alone = line_integrals(counts[2], 1000 * gain[2] + dark[2], dark[2])
    assert_allclose(alone, -np.log(through[2]), rtol=1e-9, atol=1e-12)


def test_a_pixel_that_counts_nothing_has_a_finite_line_integral():
    assert_allclose(line_integrals([[0.0, 5.0, 3.0]], 1005.0, 5.0), [[np.log(2000)] * 3])


# Soil


@pytest.fixture(scope="module")
def cans():
    return simulate_soil(24, seed=3)


def test_the_parts_of_a_pixel_fill_it(cans):
    assert_allclose(cans.x.sum(axis=1), 1, rtol=1e-15)
    assert_array_equal(cans.truth["labels"], cans.x.argmax(axis=1))
    assert set(np.unique(cans.truth["labels"])) == set(range(5))
    mixed = (cans.x.max(axis=1) < 1).mean()
    assert 0.1 < mixed < 0.4  # partial volume at the edges


def test_everything_is_inside_of_the_can_and_the_can_is_a_ring(cans):
    away = np.hypot(*grid(128)) * FIELD / 128
    inside, beyond = away < _soil.INSIDE - 0.01, away > _soil.OUTSIDE + 0.01
    assert (cans.x[:, CAN][:, inside] == 0).all()
    assert (cans.x[:, AIR][:, beyond] == 1).all()
    ring = (away > _soil.INSIDE + 0.01) & (away < _soil.OUTSIDE - 0.01)
    assert (cans.x[:, CAN][:, ring] == 1).all()


def test_areas_are_those_of_the_parts(cans):
    pixel = (FIELD / 128) ** 2
    for name, each in (("grain_area", GRAIN), ("water_area", WATER), ("root_area", ROOT)):
        assert_allclose(cans[name], cans.x[:, each].sum(axis=(1, 2)) * pixel, rtol=1e-12)
    can = np.pi * (_soil.OUTSIDE**2 - _soil.INSIDE**2)
    assert_allclose(cans.x[:, CAN].sum(axis=(1, 2)) * pixel, can, rtol=0.02)
    filled = (cans["grain_area"] + cans["water_area"] + cans["root_area"]) / (np.pi * _soil.INSIDE**2)
    assert (filled < 1).all()
    assert (cans["grain_area"] / (np.pi * _soil.INSIDE**2 - cans["root_area"]) > 0.45).all()


def test_a_root_is_connected_and_as_thick_as_it_says():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        root = _soil.soil(rng, 64, grain_radius=0.04, meniscus=0.02, root_radius=0.06) == ROOT
        assert ndimage.label(root, np.ones((3, 3)))[1] == 1
        thick = ndimage.distance_transform_edt(root).max() * FIELD / root.shape[0]
        assert 0.045 < thick < 0.08


def test_air_is_made_of_discs_with_the_radius_of_the_menisci():
    pore = ndimage.gaussian_filter(RNG.normal(size=(200, 200)), 4) > -0.01
    for radius in (2.0, 4.5, 7.0):
        wet = _soil._wet(pore, np.full(pore.shape, radius))
        air = pore & ~wet
        seats = ndimage.distance_transform_edt(pore) > radius
        x, y = grid(2 * int(radius) + 3)
        discs = ndimage.binary_dilation(seats, np.hypot(x, y) <= radius)
        assert_array_equal(air, pore & discs)
        assert not ndimage.binary_dilation(air)[~pore].all()


def test_pores_that_are_too_narrow_for_air_are_full():
    pore = np.zeros((30, 30), dtype=bool)
    pore[10:14] = True
    assert_array_equal(_soil._wet(pore, np.full(pore.shape, 5.0)), pore)


@pytest.mark.parametrize(
    ("name", "area", "sign"), [("meniscus", "water_area", 1), ("root_radius", "root_area", 1)]
)
def test_what_is_drawn_shows_in_the_slice(cans, name, area, sign):
    assert sign * np.corrcoef(cans[name], cans[area])[0, 1] > 0.3


def test_random_fields_have_variance_1_and_the_length_that_was_asked_for():
    for length in (4.0, 12.0, 30.0):
        fields = np.stack([_soil.waves(np.random.default_rng(seed), 128, length) for seed in range(20)])
        assert_allclose(fields.std(axis=(1, 2)), 1, rtol=1e-9)
        assert_allclose(fields.mean(axis=(1, 2)), 0, atol=1e-9)
        slope = np.gradient(fields, axis=2).std()
        assert 0.3 < slope * length < 3


# Scans and slices


def test_with_one_seed_soil_scans_and_slices_are_of_the_same_cans():
    cans, scans = simulate_soil(5, seed=2, size=32), simulate_scans(5, seed=2, **SMALL)
    slices = simulate(5, seed=2, filter="hann", **SMALL)
    for name in (*PRIOR, "root_area"):
        assert_array_equal(cans[name], scans[name])
        assert_array_equal(cans[name], slices[name])
    assert_array_equal(cans.truth["labels"], scans.truth["labels"])
    p = line_integrals(scans.x, scans.truth["flat"], scans.truth["dark_current"])
    again = filtered_back_projection(p, scans.coords["angle"], filter="hann", pixel=FIELD / 32)
    assert_allclose(again, slices.x, rtol=1e-12, atol=1e-12)


CLEAN = {
    "drift": (0, 0),
    "gammas": (0, 0),
    "centre": (0.4, 0.4),
    "blur": (0.5, 0.5),
    "scatter": (0.1, 0.1),
    "dose": (800, 800),
    "dark": (30, 30),
}


def expected(scans, contrast):
    """Return the transmission of clean scans, made in another way: the blur as a sum, the centre in the projector."""
    beam, size = CONTRASTS[contrast], scans.x.shape[-1]
    parts = simulate_soil(len(scans), seed=scans.meta["seed"], size=size, prior=CLEAN).x[:, 1:]
    lengths = project(parts, scans.coords["angle"], pixel=FIELD / size)
    through = transmission(np.moveaxis(lengths, 1, 0), beam.coefficients[1:], beam.spectrum)
    apart = np.arange(size) - np.arange(size)[:, None] - 0.4
    frequency = np.fft.fftfreq(2 * size)  # with as much open beam beside the detector as it is wide
    kernel = (
        np.exp(2j * np.pi * frequency * apart[..., None] - 2 * (np.pi * 0.5 * frequency) ** 2)
        .mean(axis=-1)
        .real
    )
    return 0.9 * (1 + (through - 1) @ kernel) + 0.1 * (1 + (through - 1) @ kernel).mean(
        axis=-1, keepdims=True
    )


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_counts_scatter_as_poisson_around_what_the_detector_sees(contrast):
    scans = simulate_scans(12, seed=6, contrast=contrast, prior=CLEAN, size=48, views=40)
    gain = (scans.truth["flat"] - 30) / 800  # known to 1/sqrt(20) of the noise of one view
    mean = 800 * gain[:, None] * expected(scans, contrast) + 30
    pull = (scans.x - mean) / np.sqrt(mean)
    assert abs(pull.mean()) < 0.05
    assert_allclose(pull.var(), 1 + 1 / 20 * (mean / 800).mean(), rtol=0.04)


def test_what_leaves_the_detector_on_one_side_does_not_come_back_on_the_other():
    prior = {**CLEAN, "centre": (3, 3), "scatter": (0, 0), "dose": (1e7, 1e7)}
    scans = simulate_scans(6, seed=2, size=32, views=40, prior=prior)
    flat = scans.truth["flat"][:, None]
    assert ((scans.x / flat)[..., -1] < 0.95).all()  # the can is 2 pixels beyond this edge
    assert_allclose((scans.x / flat)[..., 0], 1, atol=0.01)


def test_flat_fields_differ_from_pixel_to_pixel_and_drift_shows_as_rings():
    steady, drifting = (
        simulate_scans(4, seed=1, prior={**CLEAN, "dose": (1e5, 1e5), "drift": drift}, size=32, views=200)
        for drift in ((0, 0), (0.02, 0.02))
    )
    assert_array_equal(steady.truth["labels"], drifting.truth["labels"])
    spread = (steady.truth["flat"] / 1e5).std(axis=1)
    assert (abs(spread - 0.05) < 0.03).all()
    p = [
        line_integrals(s.x, s.truth["flat"], s.truth["dark_current"]).mean(axis=1) for s in (steady, drifting)
    ]
    stripes = (p[1] - p[0]).std(axis=1)  # a column of the sinogram is a ring of the slice
    assert ((stripes > 0.012) & (stripes < 0.12)).all()


def test_gamma_spots_come_as_often_as_they_should():
    with_spots = simulate_scans(8, seed=9, prior={"gammas": (5e-3, 5e-3), "drift": (0, 0)}, size=64, views=50)
    high = (
        with_spots.x > 1.45 * with_spots.truth["flat"][:, None]
    )  # not all: some add half a beam behind the can
    assert 0.4 < high.mean() / 5e-3 < 1.05
    none = simulate_scans(8, seed=9, prior={"gammas": (0, 0), "drift": (0, 0)}, size=64, views=50)
    assert not (none.x > 1.45 * none.truth["flat"][:, None]).any()


def test_neutrons_see_water_and_x_rays_see_grains():
    for contrast, strong, weak in (("neutron", WATER, GRAIN), ("x-ray", GRAIN, WATER)):
        data = simulate(4, seed=4, contrast=contrast, size=96, views=90)
        grey = {each: np.median(data.x[data.truth["labels"] == each]) for each in range(5)}
        assert grey[strong] > 1.5 * grey[weak] > grey[AIR]


def test_the_weakest_scan_that_is_allowed_can_be_reconstructed():
    weak = {
        "dose": (100, 100),
        "dark": (1000, 1000),
        "drift": (0.1, 0.1),
        "scatter": (0.9, 0.9),
        "gammas": (0.1, 0.1),
    }
    assert np.isfinite(simulate(20, seed=1, prior=weak, **SMALL).x).all()


def test_a_small_set_is_the_beginning_of_a_large_one_byte_for_byte():
    few, many = simulate(3, seed=8, **SMALL), simulate(11, seed=8, **SMALL)
    for name in ("x", "y"):
        assert getattr(few, name).tobytes() == getattr(many, name)[:3].tobytes()
    assert_array_equal(few.truth["labels"], many.truth["labels"][:3])


@pytest.mark.parametrize("make", [simulate, simulate_scans, simulate_soil, simulate_radiographs])
def test_the_last_block_of_a_set_that_nobody_could_hold_is_made_alone(make):
    n = 1024 * 10**6 + 3
    data = make(n, seed=5, size=32, blocks=[scattering.blocks(n)[-1]])
    less = make(n - 1, seed=5, size=32, blocks=[scattering.blocks(n)[-1]])
    assert len(data) == 3
    assert_array_equal(data.x[:2], less.x)
    assert_array_equal(data.y[:2], less.y)


def test_simulated_numbers_are_those_that_were_stored():
    scans = simulate_scans(2, seed=1, **SMALL)
    assert_allclose(scans["dose"], STORED_DOSE, rtol=1e-12)
    assert_array_equal(scans.x[:, 5, 10:13], STORED_COUNTS)
    assert_array_equal(np.bincount(scans.truth["labels"].ravel(), minlength=5), STORED_LABELS)
    slices = simulate(2, seed=1, **SMALL)
    assert_allclose(slices.x[:, 16, 16], STORED_SLICE, rtol=1e-12)


def test_every_column_coordinate_and_truth_has_a_unit():
    for data in (
        simulate(1, seed=0, **SMALL),
        simulate_scans(1, seed=0, **SMALL),
        simulate_soil(1, seed=0, size=32),
    ):
        assert {*data.names, *data.coords, *data.truth, "x"} <= set(data.units)
        assert data.meta["classes"][ROOT] == "root"


# Radiographs and their spots


def test_spots_are_where_they_are_said_to_be_and_add_what_they_are_said_to_add():
    data = simulate_radiographs(80, seed=2, prior={"dose": (3000, 3000)}, contrast="x-ray")
    near = np.arange(-3, 4)
    down, across = (each.ravel() for each in np.meshgrid(near, near, indexing="ij"))
    plane = np.stack([np.ones(49), down, across], axis=1)
    rim = np.maximum(abs(down), abs(across)) == 3
    added, said = [], []
    for image, places, strengths in zip(data.x, data.truth["places"], data.truth["strengths"], strict=True):
        for place, strength in zip(places, strengths, strict=True):
            apart = np.hypot(*(places - place).T)
            alone = np.nanmin(apart, where=apart > 0, initial=99) > 12
            if not (alone and strength > 3000 and 8 < place[0] < 87 and 25 < place[1] < 70):
                continue
            r, c = np.rint(place).astype(int)
            box = image[r - 3 : r + 4, c - 3 : c + 4].ravel()
            net = box - plane @ np.linalg.lstsq(plane[rim], box[rim], rcond=None)[0]
            centre = np.array([net @ down, net @ across]) / net.sum()
            assert_allclose(centre, place - (r, c), atol=0.6)
            added.append(net.sum())
            said.append(strength)
    assert len(said) > 40
    assert_allclose(np.sum(added), np.sum(said), rtol=0.03)


def test_as_many_spots_come_as_are_expected_and_the_rest_of_their_places_is_empty():
    data = simulate_radiographs(300, seed=3, size=32, prior={"spots": (12, 12)})
    assert_allclose(data["found"].mean(), 12, atol=4 * np.sqrt(12 / 300))
    assert_allclose(data["found"].var(), 12, rtol=0.35)
    for places, strengths, found in zip(*data.truth.values(), data["found"].astype(int), strict=True):
        assert np.isfinite(places[:found]).all()
        assert np.isnan(places[found:]).all()
        assert_array_equal(np.isnan(strengths), np.isnan(places[:, 0]))
    ratio = data.truth["strengths"] / data["dose"][:, None]
    assert 0.03 <= np.nanmin(ratio) < 0.04
    assert 2.5 < np.nanmax(ratio) <= 3


def test_water_stays_in_the_pores_and_is_as_much_as_the_moisture_says():
    across = grid(48)[0] * FIELD / 48
    soil = 2 * np.sqrt(np.maximum(_soil.INSIDE**2 - across**2, 0))
    for seed, moisture in enumerate(np.linspace(0.05, 0.25, 40)):
        grains, water, root, _ = _radiographs._lengths(np.random.default_rng(seed), 48, moisture)
        held = soil - root
        assert (grains + water <= held + 1e-12).all()
        assert_allclose(water.sum() / held.sum(), moisture, rtol=0.08)


def test_a_radiograph_without_spots_has_the_noise_of_its_counts():
    data = simulate_radiographs(20, seed=4, prior={"spots": (0, 0), "dose": (2000, 2000)})
    assert (data["found"] == 0).all()
    beside = data.x[:, :, [0, 1, 2, -3, -2, -1]]  # of the can
    scattered = beside.mean(axis=(1, 2)) / 2000
    assert ((scattered > 0.97) & (scattered < 1)).all()
    assert_allclose((beside.var(axis=(1, 2)) / beside.mean(axis=(1, 2))).mean(), 1, atol=0.03)


# Bad input


IMAGE, SINOGRAM = np.ones((8, 8)), np.ones((4, 8))
ANGLES = [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: project(np.ones((8, 7)), ANGLES),
            r"images must be square, of shape \(..., n, n\); got shape \(8, 7\)",
        ),
        (lambda: project(np.ones(8), ANGLES), r"images must have shape \(..., rows, columns\)"),
        (lambda: project(np.ones((0, 0)), ANGLES), "images must have shape"),
        (lambda: project("soil", ANGLES), "images must be a number or an array of numbers; got 'soil'"),
        (lambda: project(np.full((4, 4), np.nan), ANGLES), "images must be finite"),
        (
            lambda: project(IMAGE, []),
            r"angles must have shape \(v,\) with at least one view; got shape \(0,\)",
        ),
        (lambda: project(IMAGE, 0.3), "angles must have shape"),
        (lambda: project(IMAGE, [0, np.inf]), "angles must be finite"),
        (
            lambda: project(IMAGE, ANGLES, pixel=0),
            "pixel must be a positive number, in cm, from 1e-9 to 1e9; got 0",
        ),
        (lambda: project(IMAGE, ANGLES, pixel=np.nan), "pixel must be a positive number"),
        (lambda: project(IMAGE, ANGLES, centre=5), "centre must lie between -4.0 and 4.0 pixels; got 5"),
        (lambda: project(IMAGE, ANGLES, centre=np.nan), "centre must lie between"),
        (
            lambda: back_project(SINOGRAM, ANGLES[:3]),
            "angles must have one value for each of the 4 views; got 3",
        ),
        (lambda: back_project([[np.inf]], [0]), "sinograms must be finite"),
        (
            lambda: filtered_back_projection(SINOGRAM, ANGLES, filter="sharp"),
            "filter must be one of ramp, shepp-logan",
        ),
        (lambda: filtered_back_projection(SINOGRAM, []), "angles must have shape"),
        (
            lambda: transmission([[1.0]], [1.0], [1.0]),
            "coefficients must have one row for each of the materials",
        ),
        (
            lambda: transmission([[1.0]], [[1.0]], [0.5, 0.5]),
            r"spectrum must have shape \(1,\); got shape \(2,\)",
        ),
        (lambda: transmission([[1.0]], [[-1.0]], [1.0]), "coefficients must not be negative, in 1/cm"),
        (lambda: transmission([[1.0]], [[1.0]], [0.9]), "spectrum must not be negative and have the sum 1"),
        (lambda: transmission([[np.nan]], [[1.0]], [1.0]), "lengths must be finite"),
        (
            lambda: line_integrals(-SINOGRAM, np.ones(8)),
            "counts must not be negative; the smallest value is -1.0",
        ),
        (
            lambda: line_integrals(SINOGRAM, np.zeros(8)),
            "flat must be larger than dark; the smallest difference is 0",
        ),
        (
            lambda: line_integrals(SINOGRAM, np.ones(7)),
            r"flat must have one value for each detector pixel; got shape",
        ),
        (lambda: line_integrals(SINOGRAM, 9.0, -1.0), "dark must not be negative"),
        (lambda: simulate(0, seed=0), "n must be a whole number, at least 1; got 0"),
        (lambda: simulate(1, seed=-1), "seed must be a whole number, at least 0"),
        (
            lambda: simulate(1, seed=0, contrast="light"),
            "contrast must be one of neutron, x-ray; got 'light'",
        ),
        (lambda: simulate(1, seed=0, contrast=["neutron"]), "contrast must be one of"),
        (lambda: simulate(1, seed=0, filter="none"), "filter must be one of"),
        (lambda: filtered_back_projection(SINOGRAM, ANGLES, pixel=1e-300), "pixel must be a positive number"),
        (lambda: simulate(1, seed=0, size=31), "size must be a whole number, at least 32; got 31"),
        (lambda: simulate_soil(1, seed=0, size=64.0), "size must be a whole number"),
        (lambda: simulate_scans(1, seed=0, views=0), "views must be a whole number, at least 1; got 0"),
        (
            lambda: simulate(1, seed=0, prior={"rain": (0, 1)}),
            "prior has no parameter 'rain'; the parameters are grain",
        ),
        (lambda: simulate(1, seed=0, prior={"dose": (2, 1)}), "a finite pair"),
        (
            lambda: simulate(1, seed=0, prior={"dose": (0, 1)}),
            r"prior\['dose'\] must lie between 100 and 1e\+08; got",
        ),
        (lambda: simulate_soil(1, seed=0, prior={"root_radius": (-1, 1)}), "must lie between 0.01 and 0.2"),
        (lambda: simulate_radiographs(1, seed=0, contrast="light"), "contrast must be one of neutron, x-ray"),
        (lambda: simulate_radiographs(1, seed=0, size=8), "size must be a whole number, at least 32; got 8"),
        (lambda: simulate_radiographs(1, seed=0, prior={"spots": (0, 50)}), "must lie between 0 and 40"),
        (lambda: simulate(1, seed=0, blocks=[1]), "blocks of 1 samples have the numbers 0 to 0; got 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


ANY = st.one_of(st.floats(), st.just(1.0), st.lists(st.floats(), max_size=3), st.none())


@given(angles=ANY, pixel=ANY, centre=ANY)
@settings(max_examples=100)
def test_whatever_comes_in_gives_a_sinogram_or_an_error_that_names_the_argument(angles, pixel, centre):
    message = ""
    try:
        sinogram = project(IMAGE, angles, pixel=pixel, centre=centre)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("angles must", "pixel must", "centre must"))
    else:
        assert sinogram.shape == (len(angles), 8)
        assert np.isfinite(sinogram).all()


@given(name=st.sampled_from(list(PRIOR)), low=st.floats(), high=st.floats())
@settings(max_examples=60)
def test_whatever_prior_comes_in_is_drawn_from_or_refused_by_name(name, low, high):
    message = ""
    try:
        data = simulate_soil(1, seed=0, size=32, prior={name: (low, high)})
    except ValueError as error:
        message = str(error)
    if message:
        assert repr(name) in message
    else:
        assert low <= data[name] <= high
