"""Images of small-angle scattering against averages over very many directions, known limits, and the statistics of counts."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import random_particles as particles
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, special, stats

from lens_labs.data import load
from lens_labs.scattering import sans
from lens_labs.scattering.sans import _alignment, _pinhole
from lens_labs.scattering.sans._shapes import SHAPES

COARSE = sans.Pinhole(size=16, pixel=60, stop=70)
NUMPY = _alignment.NUMPY
AXIAL = ("cylinder", "ellipsoid", "core_shell_cylinder", "parallelepiped")
SMALL = {
    "cylinder": {"radius": 20.0, "length": 300.0},
    "ellipsoid": {"radius_equatorial": 30.0, "radius_polar": 120.0},
    "core_shell_cylinder": {"radius": 15.0, "thickness": 8.0, "length": 250.0, "sld_shell": 2.5},
    "parallelepiped": {"length_a": 25.0, "length_b": 80.0, "length_c": 250.0},
    "sphere": {"radius": 45.0},
    "core_shell_sphere": {"radius": 40.0, "thickness": 15.0},
    "lamellar": {"thickness": 40.0},
}
SIX = ("sphere", "core_shell_sphere", "cylinder", "ellipsoid", "lamellar", "parallelepiped")
STORED_DOSE = [41642.85626673353, 260224.22737680297, 32407.632902888097, 79801.08062925324]
STORED_SHAPE = [4, 0, 3, 1]
STORED_COUNTS = [
    [163, 256, 390, 616, 7],
    [0, 1970, 2987, 3820, 3882],
    [61, 221, 668, 1082, 738],
    [124, 419, 1027, 1692, 1966],
]
PLANE = np.random.default_rng(3).uniform(-0.15, 0.15, (2, 40))


def axis(director, tilt):
    """Return the director as a vector: x and y in the plane of the detector, z along the beam."""
    a, b = np.radians([director, tilt])
    return np.array([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)])


def over_volume(name, q, cosine, p):
    """Return the squared amplitude over the volume of one particle with an axis of symmetry, 1/cm."""
    p, across = SHAPES[name].defaults | p, q * np.sqrt(1 - cosine**2)
    if name == "parallelepiped":
        turns = (np.arange(24) + 0.5) * np.pi / 48
        parts = [
            SHAPES[name].amplitude(NUMPY, across * np.cos(t), across * np.sin(t), q * cosine, p) ** 2
            for t in turns
        ]
        return 1e-4 * np.mean(parts, axis=0) / SHAPES[name].volume(p)
    return 1e-4 * SHAPES[name].amplitude(NUMPY, across, 0.0, q * cosine, p) ** 2 / SHAPES[name].volume(p)


rule = functools.cache(np.polynomial.legendre.leggauss)


def by_many_directions(name, qx, qy, order, director, tilt, p, number=400):  # noqa: PLR0917 - an oracle
    """Return the intensity as a sum over very many directions of the axis, none of them random."""
    x, weight = rule(number)
    strength = _alignment._strength(order) if order else 0.0
    weight = weight * np.exp(strength * (x * x - 1))
    turn = 2 * np.pi * (np.arange(number) + 0.5) / number
    main = axis(director, tilt)
    first = np.cross(main, [0.3, 0.5, 0.81])
    first /= np.linalg.norm(first)
    second = np.cross(main, first)
    around = np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second
    axes = x[:, None, None] * main + np.sqrt(1 - x * x)[:, None, None] * around  # (number, number, 3)
    found = []
    for a, b in zip(qx, qy, strict=True):
        q = np.hypot(a, b)
        cosine = np.clip((axes[..., 0] * a + axes[..., 1] * b) / q, -1, 1)
        found.append(weight @ over_volume(name, q, cosine, p).mean(axis=1) / weight.sum())
    return np.array(found)


# Orientations


@pytest.mark.parametrize("order", [0.001, 0.05, 0.3, 0.5, 0.8, 0.95, 0.99, 0.999])
def test_order_parameters_are_those_of_maier_and_saupe(order):
    found = _alignment.order_parameters(order, 8)
    strength = _alignment._strength(order)
    for degree, value in zip(range(0, 9, 2), found, strict=True):
        up, down = (
            integrate.quad(
                lambda x, f=f: f(x) * np.exp(strength * (x * x - 1)), 0, 1, points=[0.9, 0.99, 0.999]
            )[0]
            for f in (special.legendre(degree), lambda _: 1.0)
        )
        assert_allclose(value, up / down, rtol=1e-7, atol=1e-9)
    assert_allclose(found[1], order, rtol=1e-10)


def test_legendre_polynomials_are_those_of_scipy():
    x = np.linspace(-1, 1, 101)
    expected = [special.eval_legendre(degree, x) for degree in range(0, 81, 2)]
    assert_allclose(_alignment.legendre(80, x), expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("width", [0.0, 1e-5, 0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("phase", [0.5, 5.0, 20.0])
def test_sizes_have_the_moments_and_the_fringes_of_a_schulz_distribution(width, phase):
    ratio, share = _alignment.sizes(width, phase)
    k = 1 / max(width, 1e-9) ** 2
    for power in (1, 3, 6):
        moment = np.prod(1 + np.arange(power) / k)  # of a gamma distribution
        assert_allclose(share @ ratio**power, moment, rtol=2e-5)
    wave = (1 - 1j * phase / k) ** -k if width > 1e-3 else np.exp(1j * phase - (phase * width) ** 2 / 2)
    assert_allclose(share @ np.exp(1j * phase * ratio), wave, atol=2e-5)


@pytest.mark.parametrize("name", AXIAL)
@pytest.mark.parametrize(("order", "tilt"), [(0.0, 0.0), (0.4, 0.0), (0.85, 30.0)])
def test_an_ensemble_is_the_mean_over_very_many_directions(name, order, tilt):
    qx, qy = PLANE[:, :8]
    ours = sans.i_qxy(name, qx, qy, order=order, director=25.0, tilt=tilt, **SMALL[name])
    assert_allclose(ours, by_many_directions(name, qx, qy, order, 25.0, tilt, SMALL[name], 120), rtol=1e-6)


def test_five_hundred_random_ensembles_agree_with_means_over_directions():
    rng = np.random.default_rng(11)
    ours, brute = [], []
    for _ in range(500):
        p = {"radius": rng.uniform(5, 30), "length": rng.uniform(30, 300)}
        order, director, tilt = rng.uniform(0, 0.9), rng.uniform(0, 180), rng.uniform(-60, 60)
        qx, qy = rng.uniform(-0.1, 0.1, (2, 1))
        ours.append(sans.i_qxy("cylinder", qx, qy, order=order, director=director, tilt=tilt, **p))
        brute.append(by_many_directions("cylinder", qx, qy, order, director, tilt, p, number=40))
    assert_allclose(ours, brute, rtol=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_without_order_each_direction_shows_what_a_curve_shows(name):
    size = {SHAPES[name].width: 0.12}
    ours = sans.i_qxy(name, *PLANE, scale=0.01, background=0.2, director=40, **SMALL[name], **size)
    curve = sans.i_q(name, np.hypot(*PLANE), scale=0.01, background=0.2, **SMALL[name], **size)
    assert_allclose(ours, curve, rtol=1e-5)


@pytest.mark.parametrize("name", ["cylinder", "ellipsoid", "core_shell_cylinder"])
def test_with_perfect_order_each_direction_shows_one_particle(name):
    for director, tilt in ((0.0, 0.0), (35.0, 0.0), (120.0, 50.0)):
        ours = sans.i_qxy(name, *PLANE, order=1.0, director=director, tilt=tilt, **SMALL[name])
        q, unit = np.hypot(*PLANE), axis(director, tilt)
        cosine = (unit[0] * PLANE[0] + unit[1] * PLANE[1]) / q
        one = over_volume(name, q, cosine, SMALL[name])
        envelope = sans.i_q(name, q, **SMALL[name])
        assert np.abs((ours - one) / np.maximum(one, envelope)).max() < 1e-6


@pytest.mark.parametrize(("name", "number"), [("cylinder", 500), ("ellipsoid", 50)])
def test_with_perfect_order_random_particles_scatter_as_in_sasmodels(name, number):
    with np.load(Path(__file__).with_name("sasmodels.npz")) as file:
        stored = file[f"{name}, oriented"][:number]
    sets, (qx, qy), angles = particles.drawn(name), particles.momenta(name), particles.angles(name)
    ours, envelope = np.empty(stored.shape), np.empty(stored.shape)
    for row, (theta, phi, _) in enumerate(angles[:number]):
        p = {key: values[row] for key, values in sets.items()}
        ours[row] = sans.i_qxy(name, qx[row], qy[row], order=1.0, director=phi, tilt=90 - theta, **p)
        envelope[row] = sans.i_q(name, np.hypot(qx[row], qy[row]), **p)
    assert (np.abs(ours - stored) / np.maximum(stored, envelope)).max() < 1e-5


def test_the_second_moment_around_the_beam_of_thin_rods_is_minus_half_their_order():
    angle, q = np.linspace(0, np.pi / 2, 2001), 0.1
    for order in (0.2, 0.5, 0.8):
        around = sans.i_qxy(
            "cylinder", q * np.cos(angle), q * np.sin(angle), order=order, radius=1.0, length=4_000.0
        )
        share = around * np.sin(angle)
        moment = np.trapezoid(share * special.eval_legendre(2, np.cos(angle)), angle) / np.trapezoid(
            share, angle
        )
        assert_allclose(-2 * moment, order, rtol=0.02)  # rods of this length are thin to 1/(q length)


def test_a_director_that_turns_turns_the_image_and_a_period_is_half_a_turn():
    qx, qy = PLANE
    turn = np.radians(33)
    turned = np.cos(turn) * qx - np.sin(turn) * qy, np.sin(turn) * qx + np.cos(turn) * qy
    given = {"order": 0.7, "tilt": 20, **SMALL["cylinder"]}
    one = sans.i_qxy("cylinder", qx, qy, director=10, **given)
    assert_allclose(sans.i_qxy("cylinder", *turned, director=43, **given), one, rtol=1e-9)
    assert_allclose(sans.i_qxy("cylinder", qx, qy, director=190, **given), one, rtol=1e-9)
    assert_allclose(sans.i_qxy("cylinder", -qx, -qy, director=10, **given), one, rtol=1e-9)


def test_along_the_beam_a_director_leaves_rings():
    around = np.linspace(0, 2 * np.pi, 50)
    ring = sans.i_qxy(
        "cylinder", 0.05 * np.cos(around), 0.05 * np.sin(around), order=0.8, tilt=90, **SMALL["cylinder"]
    )
    assert_allclose(ring, ring[0], rtol=1e-9)


def test_long_cylinders_leave_no_streaks():
    around = np.radians(np.arange(0, 180, 0.5))
    for order in (0.5, 0.8):
        ring = sans.i_qxy(
            "cylinder", 0.12 * np.cos(around), 0.12 * np.sin(around), order=order, radius=15, length=900
        )
        turns = np.count_nonzero(np.diff(np.sign(np.diff(np.r_[ring, ring[:2]]))))
        assert turns == 2  # one maximum and one minimum in half a turn
        directions = np.degrees(around[::60])
        brute = by_many_directions(
            "cylinder", 0.12 * np.cos(around[::60]), 0.12 * np.sin(around[::60]), order, 0, 0,
            {"radius": 15.0, "length": 900.0}, number=500,
        )  # fmt: skip
        assert directions.size == 6
        assert_allclose(ring[::60], brute, rtol=1e-3)


def test_hard_spheres_multiply_an_image_as_they_multiply_a_curve():
    spheres = {
        "structure": "hardsphere",
        "radius_effective": 50,
        "volfraction": 0.3,
        "radius": 45,
        "scale": 0.9,
    }
    assert_allclose(
        sans.i_qxy("sphere", *PLANE, **spheres), sans.i_q("sphere", np.hypot(*PLANE), **spheres), rtol=1e-9
    )


def test_a_batch_is_the_images_one_by_one():
    many = sans.i_qxy("cylinder", *PLANE, order=[[0.0, 0.5], [0.9, 1.0]], scale=0.01, **SMALL["cylinder"])
    assert many.shape == (2, 2, 40)
    alone = sans.i_qxy("cylinder", *PLANE, order=0.9, scale=0.01, **SMALL["cylinder"])
    assert_array_equal(many[1, 0], alone)


# The instrument


def test_pixels_have_the_momentum_transfer_of_their_angle():
    instrument = sans.Pinhole(size=5, pixel=100, distance=1, wavelength=2, stop=50)
    qx, qy = instrument.momentum_transfer((100, 0))
    assert qx[2, 3] == qy[2, 3] == 0
    angle = np.arctan(0.1)
    assert_allclose([qx[2, 4], qy[2, 4]], [4 * np.pi / 2 * np.sin(angle / 2), 0], atol=1e-15)
    assert_allclose(instrument.solid_angle((100, 0))[2, 4], np.cos(angle) ** 3)
    assert_allclose(np.arctan2(qy, qx)[4, 4], np.arctan2(2, 1))


def test_the_geometry_is_the_one_that_a_real_instrument_wrote_into_its_file():
    """The header of SILIC010 describes the instrument; its columns hold where the pixels are and how they are blurred."""
    centre, silica = (18.25, 1.45), load("SILIC010")
    instrument = sans.Pinhole(
        size=128,
        pixel=5,
        distance=4,
        wavelength=6,
        spread=0.142,
        collimation=8.55,
        source=25,
        aperture=1.5,
        stop=25.4,
    )
    qx, qy = instrument.momentum_transfer(centre)
    pixel = qx[64, 65] - qx[64, 64]
    assert max(np.abs(qx - silica["qx"]).max(), np.abs(qy - silica["qy"]).max()) < 0.15 * pixel
    along = np.hypot(
        instrument.blur, instrument.spread / np.sqrt(6) * qx[64]
    )  # on the axis x, along the radius
    away = np.abs(qx[64]) > 0.02
    assert_allclose(
        along[away], silica["dqx"][64][away], rtol=0.06
    )  # other programs add gravity and round pixels
    shadow = np.hypot(*instrument.position(centre)) < instrument.stop
    assert ((silica["unshadowed"] < 0.5) == shadow).mean() > 0.995


def test_the_blur_has_the_variance_that_apertures_and_pixel_give():
    instrument = sans.Pinhole(pixel=1e-6, source=10, collimation=5, aperture=1e-6, stop=1e-6)
    assert_allclose(instrument.blur, 2 * np.pi / 6 * 10e-3 / 5 / 2)
    wide = sans.Pinhole(pixel=1e-6, source=1e-9, collimation=5, aperture=10, distance=2, stop=1e-6)
    assert_allclose(wide.blur, 2 * np.pi / 6 * 10e-3 / 2 * (1 / 5 + 1 / 2))
    assert_allclose(
        sans.Pinhole(pixel=12, source=1e-9, aperture=1e-9).blur, 2 * np.pi / 6 * 12e-3 / 3 / np.sqrt(12)
    )


def test_scaled_bessel_functions_are_those_of_scipy():
    x = np.geomspace(1e-6, 2e4, 300)
    expected = special.ive(np.arange(0, _pinhole.HARMONICS + 1, 2)[:, None], x)
    assert_allclose(_pinhole._scaled_bessel(x), expected, rtol=1e-9, atol=1e-300)


@functools.cache
def fine_series(order):
    """Return what long cylinders scatter, as a spline in q of the terms of the series."""
    from scipy.interpolate import CubicSpline

    degree = _alignment.degree_needed(order, 200)
    q = np.linspace(1e-6, 0.34, 1500)
    p = SHAPES["cylinder"].defaults | {"radius": 20.0, "length": 600.0}
    series = _alignment.waves(SHAPES["cylinder"], q, p, degree) * _alignment.order_parameters(order, degree)
    return degree, CubicSpline(q, series)


@pytest.mark.parametrize("order", [0.0, 0.6, 0.95])
def test_an_image_is_blurred_by_wavelengths_and_by_the_beam(order):
    """The oracle adds up 61 wavelengths and 21 by 21 displacements of each of some pixels."""
    instrument, centre = sans.Pinhole(), (15.0, 30.0)
    image = sans.image(
        "cylinder", instrument, centre=centre, order=order, director=30, tilt=10, radius=20, length=600
    )
    qx, qy = instrument.momentum_transfer(centre)
    chosen = np.argwhere(np.hypot(qx, qy) > 0.011)[:: 4096 // 12]
    t, shift = np.linspace(-5, 5, 21), np.arange(-30, 31) / 31
    dx, dy = np.meshgrid(t * instrument.blur, t * instrument.blur)
    weight = np.exp(-(dx**2 + dy**2) / (2 * instrument.blur**2))
    degree, series = fine_series(order)
    for row, column in chosen:
        stretch = (1 + instrument.spread * shift)[:, None, None]
        x, y = (qx[row, column] + dx) / stretch, (qy[row, column] + dy) / stretch
        cosine = np.cos(np.radians(10)) * np.cos(np.arctan2(y, x) - np.radians(30))
        terms = series(np.hypot(x, y).ravel()).T * _alignment.legendre(degree, cosine.ravel())
        exact = 1e-4 * np.average(
            terms.sum(axis=0).reshape(x.shape), weights=weight * (1 - np.abs(shift))[:, None, None]
        )
        assert_allclose(image[row, column], exact, rtol=1e-3)


def test_a_sharp_instrument_shows_the_ideal_image():
    sharp = sans.Pinhole(source=0.5, aperture=0.5, pixel=1.0, size=64, distance=1.5, spread=0.002, stop=2)
    given = {"order": 0.7, "director": 70, "tilt": 5, **SMALL["ellipsoid"]}
    qx, qy = sharp.momentum_transfer()
    assert_allclose(
        sans.image("ellipsoid", sharp, **given), sans.i_qxy("ellipsoid", qx, qy, **given), rtol=2e-3
    )


def test_a_constant_stays_constant_and_an_image_without_order_has_rings():
    flat = sans.image("sphere", COARSE, sld=6, sld_solvent=6, background=0.3)
    assert_allclose(flat, 0.3)
    rings = sans.image("cylinder", COARSE, **SMALL["cylinder"])
    assert_allclose(rings, rings.T, rtol=1e-12)
    assert_allclose(rings, rings[::-1], rtol=1e-9)


# Counts


def test_a_small_set_is_the_beginning_of_a_large_one_byte_for_byte():
    small = sans.simulate_images(3, seed=3, instrument=COARSE)
    large = sans.simulate_images(30, seed=3, instrument=COARSE)
    assert small.x.tobytes() == large.x[:3].tobytes()
    assert small.y.tobytes() == large.y[:3].tobytes()
    assert small.truth["mask"].tobytes() == large.truth["mask"][:3].tobytes()
    assert not np.array_equal(sans.simulate_images(3, seed=4, instrument=COARSE).x, small.x)


def test_blocks_alone_are_those_of_the_whole_set():
    coarse = sans.Pinhole(size=4, pixel=240, stop=32)
    whole = sans.simulate_images(1030, seed=5, shape="lamellar", instrument=coarse)
    last = sans.simulate_images(1030, seed=5, shape="lamellar", instrument=coarse, blocks=[1])
    assert len(last) == 6
    assert_array_equal(last.x, whole.x[1024:])
    assert_array_equal(last.y, whole.y[1024:])
    assert_array_equal(last.truth["mask"], whole.truth["mask"][1024:])


def repeated(n, shape, **prior):
    """Return many counts of one and the same sample."""
    one = sans.simulate_images(1, seed=8, shape=shape, instrument=COARSE, aligned=1, holder=0)
    same = {
        name: (value, value)
        for name, value in zip(one.names, one.y[0].tolist(), strict=True)
        if name != "shape"
    }
    fixed = same | {"unevenness": (0.0, 0.0), "dead_pixels": (0, 0), "dead_tubes": (0, 0)} | prior
    return sans.simulate_images(n, seed=2, shape=shape, instrument=COARSE, aligned=1, holder=0, prior=fixed)


def test_counts_are_poisson_around_an_expectation_whose_sum_is_the_dose():
    data = repeated(600, "lamellar", dose=(3e4, 3e4))
    assert_allclose(data.x.sum(axis=(1, 2)).mean(), 3e4, atol=5 * np.sqrt(3e4 / 600))
    mean = data.x.mean(axis=0)
    bright = mean > 5
    dispersion = data.x.var(axis=0, ddof=1)[bright] / mean[bright]
    assert np.abs(dispersion - 1).max() < 6 * np.sqrt(2 / 600)
    assert stats.kstest((data.x.sum(axis=(1, 2)) - 3e4) / np.sqrt(3e4), "norm").pvalue > 1e-3


def test_the_expectation_is_particles_background_and_halo_in_their_shares():
    data = repeated(
        300, "cylinder", dose=(1e5, 1e5), background=(0.3, 0.3), halo=(0.1, 0.1), transmission=(0.5, 0.5)
    )
    p = dict(zip(data.names, data.y[0].tolist(), strict=True))
    centre = (p["centre_x"], p["centre_y"])
    of_particles = {
        name: p[name] for name in (*SHAPES["cylinder"].defaults, "radius_pd", "order", "director", "tilt")
    }
    particles = sans.image("cylinder", COARSE, centre=centre, **of_particles)
    radius = np.hypot(*COARSE.position(centre))
    open_ = data.truth["mask"][0] == 0
    seen = COARSE.solid_angle(centre) * np.where(open_, 1, 0.005)
    parts = [particles, np.ones_like(radius), np.maximum(radius / COARSE.stop, 0.5) ** -4]
    expected = sum(
        share * part * seen / (part * seen).sum()
        for share, part in zip((0.65, 0.3, 0.05), parts, strict=True)
    )
    away = (data.x.mean(axis=0) - 1e5 * expected) / np.sqrt(1e5 * expected / 300)
    assert np.abs(away).max() < 5


def test_masks_say_which_pixels_see_nothing():
    data = sans.simulate_images(
        60, seed=1, instrument=COARSE, holder=0.5, prior={"dead_tubes": (1, 3), "dead_pixels": (1, 4)}
    )
    mask = data.truth["mask"]
    assert set(np.unique(mask)) == {0, 1, 2}
    assert not data.x[mask == 2].any()
    assert ((mask == 2).all(axis=1).sum(axis=1) >= 1).all()  # a dead tube is a column
    assert (mask == 1).any(axis=(1, 2)).all()
    arms = (mask[:, 0] == 1).any(axis=1)
    assert 15 < arms.sum() < 45


def test_a_sample_has_the_parameters_of_its_shape_and_order_only_where_it_has_an_axis():
    data = sans.simulate_images(150, seed=2, instrument=sans.Pinhole(size=4, pixel=240, stop=32))
    assert data.meta["classes"] == SIX
    counts = np.bincount(data["shape"].astype(int), minlength=6)
    assert stats.chisquare(counts).pvalue > 1e-3
    for number, name in enumerate(data.meta["classes"]):
        rows = data[data["shape"] == number]
        own = (*SHAPES[name].defaults, SHAPES[name].width)
        for column in data.names:
            foreign = any(column in (*s.defaults, s.width) for s in SHAPES.values()) and column not in own
            assert np.isnan(rows[column]).all() == foreign
        ordered = (rows["order"] > 0).mean()
        assert (0.35 < ordered < 0.85) if SHAPES[name].angles else ordered == 0
    assert set(np.unique(data["dead_tubes"])) == {0, 1}


def test_lengths_and_doses_are_drawn_evenly_by_ratio_and_a_prior_moves_what_it_names():
    data = sans.simulate_images(
        400,
        seed=0,
        shape="lamellar",
        instrument=sans.Pinhole(size=4, pixel=240, stop=32),
        prior={"thickness": (30, 90)},
    )
    assert stats.kstest(np.log(data["thickness"] / 30) / np.log(3), "uniform").pvalue > 1e-3
    assert stats.kstest(np.log(data["dose"] / 2e4) / np.log(20), "uniform").pvalue > 1e-3
    assert data.meta["prior"]["thickness"] == (30, 90)


def test_simulated_numbers_are_those_that_were_stored():
    """Parameters are the same everywhere, and so are counts; the stored values come from the first release."""
    data = sans.simulate_images(4, seed=20, instrument=COARSE)
    assert_allclose(data["dose"], STORED_DOSE, rtol=1e-12)
    assert_array_equal(data["shape"], STORED_SHAPE)
    assert_array_equal(data.x[:, 5, 4:9], STORED_COUNTS)


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": "banana"}, "shape must be one of sphere"),
        ({"radious": 4}, "a cylinder has no parameter 'radious'"),
        ({"qx": [0.1]}, r"qx and qy must have one shape.*\(1,\) and \(2,\)"),
        ({"qx": [], "qy": []}, "at least one point"),
        ({"qx": [np.nan, 0.1]}, "qx must be finite"),
        ({"qx": [0, 0.1], "qy": [0, 0.1]}, "qx and qy must not both be 0"),
        ({"qx": "far"}, "qx must be a number"),
        ({"order": 1.1}, "order must lie between 0 and 0.999, or be 1; got 1.1"),
        ({"order": -0.1}, "order must lie between"),
        ({"order": np.nan}, "order must be finite"),
        ({"director": np.inf}, "director must be finite"),
        ({"tilt": "up"}, "tilt must be a number"),
        ({"order": [0.1, 0.2], "radius": [1, 2, 3]}, r"one shape; got order \(2,\), radius \(3,\)"),
        ({"radius": -1}, "radius must be finite, from 0.001"),
        ({"length": 1e6}, "q times the extent of a particle must be at most 4000"),
        ({"radius_pd": 0.7}, "radius_pd must be finite, from 0 to 0.5"),
        ({"structure": "sticky"}, "structure must be 'hardsphere' or None"),
    ],
)
def test_bad_input_to_i_qxy_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.i_qxy(**{"shape": "cylinder", "qx": [0.1, 0.2], "qy": [0.1, 0.0]} | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"instrument": 64}, "instrument must be a Pinhole; got 64"),
        ({"centre": (200, 0)}, "centre must be two numbers, at most 144 mm off the middle"),
        ({"centre": 0}, "centre must be two numbers"),
        ({"order": 0.99}, "order of an image must be at most 0.98"),
        ({"length": 5_000}, "radius and other lengths must make particles of at most"),
    ],
)
def test_bad_input_to_image_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.image(**{"shape": "cylinder", "instrument": COARSE} | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 3}, "size must be a whole number, at least 4; got 3"),
        ({"size": 64.0}, "size must be a whole number"),
        ({"pixel": 0}, "pixel must be a positive number, from 1e-9 to 1e9; got 0"),
        ({"wavelength": np.nan}, "wavelength must be a positive number"),
        ({"wavelength": None}, "wavelength must be a positive number"),
        ({"wavelength": 0.5}, "wavelength, distance, pixel and size must keep q at 2 Å⁻¹ or below"),
        ({"source": 1e-3, "aperture": 1e-3, "size": 4096, "pixel": 0.1}, "must blur by .* to 0.5 Å⁻¹; got"),
        ({"size": 5_000}, "size must be at most 4096 pixels; got 5000"),
        ({"distance": "far"}, "distance must be a number"),
        ({"spread": 0.5}, "spread must lie between 0 and 0.5"),
        ({"stop": 500}, "stop must be smaller than 0.45 of the detector's side"),
    ],
)
def test_bad_instruments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.Pinhole(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"shape": []}, "shape must name at least one shape"),
        ({"shape": ["sphere", "sphere"]}, "each of them once"),
        ({"shape": "cube"}, "shape must be one of sphere"),
        ({"aligned": 1.5}, "aligned must lie between 0 and 1; got 1.5"),
        ({"holder": -0.5}, "holder must lie between 0 and 1"),
        ({"instrument": "D22"}, "instrument must be a Pinhole"),
        ({"prior": {"depth": (1, 2)}}, "prior has no parameter 'depth'"),
        ({"prior": {"radius": (-1, 2)}}, r"prior\['radius'\] must be positive"),
        ({"prior": {"dose": (0, 10)}}, r"prior\['dose'\] must be positive"),
        ({"prior": {"order": (0.5, 0.99)}}, r"prior\['order'\] must lie between 0 and 0.98"),
        ({"prior": {"centre_x": (0, 300)}}, r"prior\['centre_x'\] must lie between -144 and 144"),
        ({"prior": {"halo": (0, 0.9)}}, "must leave neutrons to the particles"),
        ({"prior": {"dead_tubes": (0, 16)}}, r"prior\['dead_tubes'\] must lie between -inf and 8"),
        ({"shape": "sphere", "prior": {"sld": (6, 6), "sld_solvent": (6, 6)}}, "prior must leave a contrast"),
        ({"prior": {"radius": (10, 5000)}}, "must make particles of at most"),
        ({"prior": {"radius_pd": (0.1, 0.9)}}, r"prior\['radius_pd'\] must lie between 0 and 0.5"),
    ],
)
def test_bad_input_to_simulate_images_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sans.simulate_images(**{"n": 2, "seed": 0, "instrument": COARSE} | arguments)


@settings(max_examples=60)
@given(
    order=st.floats(allow_nan=True) | st.lists(st.floats(0, 0.95), max_size=2),
    radius=st.floats(-10, 100) | st.just(np.nan) | st.text(max_size=2),
    qx=st.lists(st.floats(-0.2, 0.2) | st.just(np.inf), min_size=0, max_size=3),
)
def test_whatever_comes_in_gives_images_or_an_error_that_names_the_argument(order, radius, qx):
    message = ""
    try:
        found = sans.i_qxy("ellipsoid", qx, [0.1] * 3, order=order, radius_equatorial=radius)
    except ValueError as error:
        message = str(error)
    if message:
        assert message.startswith(("order must", "radius_equatorial must", "qx"))
    else:
        assert found.shape == (*np.shape(order), 3)
        assert (found >= -1e-9 * found.max(initial=0)).all()
