"""Spectra of diffusing atoms and of spin waves against quadrature, numerical diagonalisation, sum rules and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, special, stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lens_labs import scattering
from lens_labs.scattering import spectroscopy
from lens_labs.scattering.spectroscopy import _inelastic, _spin_waves
from lens_labs.scattering.spectroscopy._qens import MOTIONS

ENERGY = np.linspace(-1, 1, 64)
Q = np.linspace(0.3, 1.9, 8)
HBAR, BOLTZMANN = 0.6582119569, 0.08617333262


# Quasi-elastic lines


def drawn_lines(size, seed=1):
    rng = np.random.default_rng(seed)
    return {
        "diffusion": rng.uniform(0.02, 0.6, size),
        "length": rng.uniform(1, 5, size),
        "immobile": rng.uniform(0, 1, size),
        "displacement": rng.uniform(0, 0.7, size),
        "temperature": rng.uniform(100, 400, size),
        "resolution": rng.uniform(0.03, 0.2, size),
    }


def convolved(energy, hwhm, sigma, temperature):
    """Return a balanced Lorentzian behind a Gaussian, by adaptive quadrature."""

    def integrand(inner):
        line = hwhm / (np.pi * (inner**2 + hwhm**2)) * np.exp(inner / (2 * BOLTZMANN * temperature))
        return line * np.exp(-0.5 * ((energy - inner) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)

    inside = [step * hwhm for step in (-30, -1, 1, 30) if abs(step * hwhm - energy) < 12 * sigma]
    marks = sorted([energy + step * sigma for step in (-12, -3, 3, 12)] + inside)
    parts = [integrate.quad(integrand, *two, epsrel=1e-10)[0] for two in itertools.pairwise(marks)]
    return sum(parts)


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_spectrum_is_the_quadrature_of_line_and_resolution_for_many_random_samples(motion):
    size = 170
    many = drawn_lines(size)
    energies, qs = np.random.default_rng(2).uniform((-1, 0.3), (1, 2), (size, 2)).T
    for place, (energy, q) in enumerate(zip(energies, qs, strict=True)):
        p = {name: values[place] for name, values in many.items()}
        sigma = p["resolution"] / np.sqrt(8 * np.log(2))
        rate, bessel = 6 * HBAR * p["diffusion"] / p["length"] ** 2, special.spherical_jn(0, q * p["length"])
        hwhm = {"continuous": HBAR * p["diffusion"] * q**2, "jump": rate * (1 - bessel), "two_site": 2 * rate}
        still = p["immobile"] + (1 - p["immobile"]) * ((1 + bessel) / 2 if motion == "two_site" else 0)
        moving = convolved(energy, hwhm[motion], sigma, p["temperature"])
        both = still * stats.norm.pdf(energy, scale=sigma) + (1 - still) * moving
        expected = 2 * np.exp(-((p["displacement"] * q) ** 2) / 3) * both + 0.1
        ours = spectroscopy.qens([energy], [q], motion=motion, scale=2.0, background=0.1, **p)
        assert_allclose(ours[0, 0], expected, rtol=1e-8)


def test_a_batch_of_spectra_has_the_values_of_each_alone():
    many = drawn_lines(6)
    whole = spectroscopy.qens(ENERGY, Q, **{name: values.reshape(2, 3) for name, values in many.items()})
    assert whole.shape == (2, 3, 8, 64)
    for place, ours in enumerate(whole.reshape(6, 8, 64)):
        one = spectroscopy.qens(ENERGY, Q, **{name: values[place] for name, values in many.items()})
        assert_allclose(ours, one, rtol=1e-13)


@pytest.mark.parametrize("motion", MOTIONS)
def test_elastic_and_quasielastic_parts_add_up_to_all_that_is_scattered(motion):
    energy = np.sinh(np.linspace(-20, 20, 20_001)) * 1e-3  # as far as the wings reach
    hot = {"temperature": 1e9, "displacement": 0.0, "motion": motion}  # no detailed balance, no vibrations
    curve = spectroscopy.qens(energy, [0.5, 1.2], immobile=[0.0, 0.3, 1.0], **hot)
    assert_allclose(integrate.trapezoid(curve, energy), 1, rtol=1e-5)


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_elastic_peak_has_the_share_that_theory_gives_it(motion):
    sharp = {"motion": motion, "resolution": 1e-5, "displacement": 0.0, "immobile": 0.2, "length": 3.0}
    peak = spectroscopy.qens([0.0], Q, **sharp)[:, 0] * 1e-5 * np.sqrt(np.pi / np.log(2)) / 2
    eisf = 0.2 + 0.8 * {"two_site": (1 + special.spherical_jn(0, 3 * Q)) / 2}.get(motion, np.zeros(8))
    assert_allclose(peak, eisf, rtol=2e-3)


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_sample_gives_energy_less_often_than_it_takes_it(motion):
    energy, temperature = np.linspace(0.3, 5, 20), np.array([20.0, 100.0, 300.0])
    sharp = {"motion": motion, "resolution": 1e-4, "temperature": temperature}
    gain = spectroscopy.qens(-energy[::-1], Q, **sharp)[..., ::-1]
    loss = spectroscopy.qens(energy, Q, **sharp)
    factor = np.exp(-energy / (BOLTZMANN * temperature[:, None, None]))
    assert_allclose(gain / loss, np.broadcast_to(factor, gain.shape), rtol=1e-4)


def half_width(q, **parameters):
    """Return the half width at half maximum of a spectrum without resolution, found on its flank."""
    hot = {"resolution": 1e-9, "temperature": 1e9, "displacement": 0.0}
    energy = np.geomspace(1e-6, 10, 4_000)
    curve = spectroscopy.qens(np.concatenate([[0], energy]), q, **hot, **parameters)
    return np.array([np.interp(-0.5, -each[1:] / each[0], energy) for each in curve])


def test_continuous_diffusion_is_as_wide_as_q_squared():
    assert_allclose(half_width(Q, motion="continuous", diffusion=0.23), HBAR * 0.23 * Q**2, rtol=1e-4)


def test_jumps_look_continuous_from_far_and_show_their_time_from_near():
    near = half_width([0.05, 0.1], motion="jump", diffusion=0.23, length=0.5)
    assert_allclose(near, HBAR * 0.23 * np.array([0.05, 0.1]) ** 2, rtol=1e-3)
    time = 3.0**2 / (6 * 0.23)
    assert_allclose(
        half_width([np.pi / 3, 200.0], motion="jump", diffusion=0.23, length=3.0), HBAR / time, rtol=2e-3
    )
    peak = half_width([4.493409 / 3], motion="jump", diffusion=0.23, length=3.0)  # where sin x / x is least
    assert_allclose(peak, HBAR / time * 1.217234, rtol=1e-4)


def test_atoms_with_two_sites_have_one_width_and_half_of_them_stay_elastic_at_large_q():
    energy, far = np.linspace(0.05, 1, 50), [0.5, 1.5, 1e4]
    hot = {"resolution": 1e-9, "temperature": 1e9, "displacement": 0.0, "motion": "two_site"}
    curve = spectroscopy.qens(energy, far, diffusion=0.2, length=2.0, **hot)
    hwhm = 2 * HBAR * 6 * 0.2 / 2.0**2
    shape = hwhm / (np.pi * (energy**2 + hwhm**2))
    assert_allclose(
        curve / shape,
        np.broadcast_to((1 - special.spherical_jn(0, 2 * np.array(far)))[:, None] / 2, curve.shape),
    )


# Spin waves: linear theory


def square_lattice(shape):
    """Return pairs of neighbours, pairs along diagonals, and squares of a periodic lattice, as numbers of sites."""
    number = np.arange(np.prod(shape)).reshape(shape)
    right, down, across = (np.roll(number, step, (0, 1)) for step in ((0, -1), (-1, 0), (-1, -1)))
    sides = [*zip(number.flat, right.flat, strict=True), *zip(number.flat, down.flat, strict=True)]
    diagonals = [*zip(number.flat, across.flat, strict=True), *zip(right.flat, down.flat, strict=True)]
    squares = list(zip(number.flat, right.flat, across.flat, down.flat, strict=True))  # in cyclic order
    return np.array(sides), np.array(diagonals), np.array(squares)


def energies(spins, lattice):
    """Return the classical energy of configurations (..., sites, 3) for a coupling of 1: j1, j2, ring, easy axis."""
    sides, diagonals, squares = lattice

    def dot(i, j):
        return (spins[..., i, :] * spins[..., j, :]).sum(-1)

    one, two, three, four = squares.T
    ring = (
        dot(one, two) * dot(three, four) + dot(one, four) * dot(two, three) - dot(one, three) * dot(two, four)
    )
    easy = (spins[..., sides[:, 0], 2] * spins[..., sides[:, 1], 2]).sum(-1)
    return np.stack([dot(*sides.T).sum(-1), dot(*diagonals.T).sum(-1), ring.sum(-1), easy], axis=-1)


def boson_matrices(shape, spin):
    """Return the quadratic Hamiltonian of each coupling, by differences of an energy that is linear in every spin.

    Up: S = (√S q, √S p, S - (q² + p²)/2), down: S = (√S q, -√S p, -S + (q² + p²)/2), with [q, p] = i. What is returned has
    shape (4 couplings, 2 for q and p, sites, sites).
    """
    lattice, sites = square_lattice(shape), int(np.prod(shape))
    signs = (-1.0) ** np.indices(shape).sum(0).ravel()
    rest = np.zeros((sites, 3))
    rest[:, 2] = spin * signs

    def energy(*changes):
        spins = rest.copy()
        for site, axis, value in changes:
            spins[site] = 0 if axis < 2 else spins[site]
            spins[site, axis] = value
        return energies(spins, lattice)

    found = np.zeros((4, 2, sites, sites))
    for i in range(sites):
        field = (energy((i, 2, 1.0)) - energy((i, 2, -1.0))) / 2
        found[:, :, i, i] = -signs[i] * field[:, None]
        for j in range(i):
            for axis in (0, 1):
                turns = [(a, b, energy((i, axis, a), (j, axis, b))) for a in (1.0, -1.0) for b in (1.0, -1.0)]
                curvature = sum(a * b * e for a, b, e in turns) / 4
                found[:, axis, i, j] = found[:, axis, j, i] = spin * curvature * (signs[i] * signs[j]) ** axis
    return found


def random_magnets(size, spin, seed=3):
    rng = np.random.default_rng(seed)
    ratios = rng.uniform((-0.2, 0.0, 1e-3), (0.4, 0.8, 0.1), (size, 3)).T
    j1, (j2, ring, anisotropy) = rng.uniform(1, 150, size), ratios
    ring *= 0.25 / spin**2
    j2 = np.minimum(j2, spin**2 * ring + 0.45 * (1 - 2 * spin**2 * ring))
    return {"j1": j1, "j2": j2 * j1, "ring": ring * j1, "anisotropy": anisotropy}


@pytest.mark.parametrize("spin", [0.5, 2.5])
def test_energies_and_intensities_are_those_of_bosons_diagonalised_in_numbers(spin):
    shape, size = (4, 4), 260
    magnets = random_magnets(size, spin)
    couplings = np.stack([*list(magnets.values())[:3], magnets["j1"] * magnets["anisotropy"]])
    of_q, of_p = np.einsum("cn,caij->anij", couplings, boson_matrices(shape, spin))
    h, k = (part.ravel() / 4 for part in np.indices(shape))
    energy, weight = spectroscopy.dispersion(h, k, spin=spin, renormalisation=1.0, **magnets)

    values, vectors = np.linalg.eigh(of_p)
    root = vectors * np.sqrt(values)[:, None, :] @ vectors.swapaxes(-1, -2)
    squares, modes = np.linalg.eigh(root @ of_q @ root)
    assert_allclose(np.sort(energy), np.sqrt(squares), rtol=1e-9)

    # in the ground state <q q> = √P (√P Q √P)^(-1/2) √P / 2, and <p p> is the inverse over 4
    inner = modes / np.sqrt(np.sqrt(squares))[:, None, :]
    of_qq = (root @ inner) @ (root @ inner).swapaxes(-1, -2) / 2
    of_pp = np.linalg.inv(of_qq) / 4
    places = np.indices(shape).reshape(2, -1)
    signs = (-1.0) ** places.sum(0)
    waves = np.exp(2j * np.pi * (np.outer(h, places[0]) + np.outer(k, places[1])))
    both = of_qq + np.outer(signs, signs) * of_pp
    found = spin * np.einsum("ki,nij,kj->nk", waves, both, waves.conj(), optimize=True).real / len(h)
    assert_allclose(weight, found, rtol=1e-8)


def test_neighbours_alone_have_the_textbook_dispersion_and_intensity():
    h, k = np.random.default_rng(0).uniform(0.01, 0.49, (2, 500))
    gamma = (np.cos(2 * np.pi * h) + np.cos(2 * np.pi * k)) / 2
    energy, weight = spectroscopy.dispersion(h, k, j1=2.0, spin=2.5, renormalisation=1.0)
    assert_allclose(energy, 4 * 2.0 * 2.5 * np.sqrt(1 - gamma**2), rtol=1e-9)
    assert_allclose(weight, 2.5 * np.sqrt((1 - gamma) / (1 + gamma)), rtol=1e-9)


def test_the_first_moment_is_linear_in_the_exchange():
    h, k = np.random.default_rng(1).uniform(0, 1, (2, 500))
    energy, weight = spectroscopy.dispersion(
        h, k, j1=130.0, j2=9.0, ring=20.0, anisotropy=0.02, renormalisation=1.0
    )
    near, far = np.cos(2 * np.pi * h) + np.cos(2 * np.pi * k), np.cos(2 * np.pi * h) * np.cos(2 * np.pi * k)
    side, diagonal = 130.0 - 10.0, 9.0 - 5.0
    assert_allclose(energy * weight, side * (1 - near / 2) + 2.6 - diagonal * (1 - far), rtol=1e-9)


def test_magnons_without_easy_axis_cost_nothing_at_two_points_and_shine_at_one_of_them():
    energy, weight = spectroscopy.dispersion([0.0, 0.5], [0.0, 0.5], j1=130.0, j2=5.0, ring=20.0)
    assert_array_equal(energy, 0)
    assert weight[0] == 0
    assert weight[1] > 1e6
    gap, _ = spectroscopy.dispersion([0.5], [0.5], j1=100.0, anisotropy=0.01)
    assert_allclose(gap, 4 * 0.5 * 1.18 * 100 * np.sqrt(1.01**2 - 1), rtol=1e-9)


def test_long_waves_are_as_fast_as_theory_says_in_all_directions():
    angle = np.linspace(0, 2 * np.pi, 40)
    energy, _ = spectroscopy.dispersion(
        0.5 + 1e-4 * np.cos(angle), 0.5 + 1e-4 * np.sin(angle), j1=130.0, j2=10.0
    )
    speed = 4 * 0.5 * 1.18 * 130 * np.sqrt(1 - 2 * 10 / 130) * 2 * np.pi / np.sqrt(2)
    assert_allclose(energy, 1e-4 * speed, rtol=1e-5)


def test_a_ring_cannot_be_told_from_a_ferromagnetic_diagonal():
    h, k = np.random.default_rng(2).uniform(0, 1, (2, 100))
    ring = spectroscopy.dispersion(h, k, j1=140.0, ring=60.0)
    diagonal = spectroscopy.dispersion(h, k, j1=110.0, j2=-15.0)
    assert_allclose(ring, diagonal, rtol=1e-9)


def test_diagonals_lower_the_corner_of_the_zone_boundary_and_rings_raise_it():
    corner, middle = spectroscopy.dispersion(
        [0.5, 0.25], [0.0, 0.25], j1=130.0, j2=[10.0, 0.0, 0.0], ring=[0, 0, 40.0]
    )[0].T
    assert_array_equal(np.sign((corner - middle).round(9)), [-1, 0, 1])


# Spin waves: what is seen


def test_a_hot_magnet_scatters_more_and_gives_less_than_it_takes():
    magnet = {"j1": 20.0, "temperature": [50.0, 200.0], "resolution": 2.0}
    h, k, energy = [0.5, 0.3], [0.0, 0.1], np.arange(-100, 101)
    seen = spectroscopy.spin_waves(energy, h, k, **magnet)
    own, weight = spectroscopy.dispersion(h, k, j1=20.0)
    factor = np.exp(-own / (BOLTZMANN * np.array([[50.0], [200.0]])))
    assert_allclose(seen.sum(-1), weight * (1 + factor) / (1 - factor), rtol=1e-9)
    assert_allclose(seen[..., :100].sum(-1) / seen[..., 101:].sum(-1), factor, rtol=1e-9)


def test_a_bin_holds_the_integral_of_the_resolution():
    own, weight = spectroscopy.dispersion([0.5], [0.0], j1=130.0)
    seen = spectroscopy.spin_waves(
        [295.0, 300.0, 305.0], [0.5], [0.0], j1=130.0, resolution=20.0, temperature=1.0
    )
    sigma = 20 / np.sqrt(8 * np.log(2))
    sharp = [integrate.quad(stats.norm(own[0], sigma).pdf, low, low + 5)[0] for low in (292.5, 297.5, 302.5)]
    assert_allclose(seen[0], weight * sharp, rtol=1e-9)


def test_the_form_factor_begins_at_one_and_halves_where_tables_have_it():
    q = np.array([0.0, 2.0, 4.0, 8.0])
    s2 = (q / (4 * np.pi)) ** 2
    table = (
        0.0232 * np.exp(-34.9686 * s2)
        + 0.4023 * np.exp(-11.564 * s2)
        + 0.5882 * np.exp(-3.8428 * s2)
        - 0.0137
    )
    assert_allclose(_spin_waves.form_factor(q), table, rtol=1e-12)
    assert _spin_waves.form_factor(0.0) == pytest.approx(1, abs=1e-12)


def test_a_spectrometer_closes_the_triangle_of_wave_vectors_and_sees_nothing_where_it_cannot_close():
    h, k, energy = np.array([0.5, 1.0]), np.array([0.5, 0.0]), np.array([30.0, 300.0, 499.9])
    seen = _spin_waves.sight(h, k, energy, 500.0)
    before, after = np.sqrt(500 / 2.0721248), np.sqrt((500 - 300) / 2.0721248)
    flat = 2 * np.pi / 3.8 * np.hypot(h, k)
    angle = np.arcsin(flat / after)
    q = np.sqrt(before**2 + after**2 - 2 * before * after * np.cos(angle))
    expected = after / before * _spin_waves.form_factor(q) ** 2 * (1 + flat**2 / q**2 / 2) / 2
    assert_allclose(seen[:, 1], expected, rtol=1e-12)
    assert_array_equal(seen[:, 2], 0)  # the neutron is slower than the wave vector of the layer asks for


def test_a_bin_of_the_path_is_the_mean_over_many_more_points():
    magnet = {"j1": 130.0, "j2": 8.0, "anisotropy": 5e-4, "temperature": 100.0, "resolution": 22.0}
    energy = np.linspace(25, 435, 32)
    points, share = _spin_waves.nodes(_inelastic.CORNERS, 32, 0.015)
    assert_allclose(share.sum(), 1, rtol=1e-12)
    middles, directions = _spin_waves.path(_inelastic.CORNERS, 32)
    length, x, across = 2.0613 / 32, np.linspace(-0.5, 0.5, 61)[:, None], np.linspace(-4, 4, 41)
    total = np.hypot(*np.diff(_inelastic.CORNERS, axis=0).T).sum()
    assert_allclose(np.hypot(*(middles[1] - middles[0])), total / 32, rtol=1e-9)
    for place in (3, 6, 12, 30):
        h, k = points[place].T
        coarse = np.einsum("s,se->e", share, spectroscopy.spin_waves(energy, h, k, **magnet))
        normal = np.array([-directions[place][1], directions[place][0]])
        fine = middles[place] + length * x[..., None] * directions[place] + 0.015 * across[:, None] * normal
        h, k = fine.reshape(-1, 2).T
        weights = np.broadcast_to(stats.norm.pdf(across), fine.shape[:2]).ravel()
        true = weights / weights.sum() @ spectroscopy.spin_waves(energy, h, k, **magnet)
        assert abs(coarse - true).max() < 0.03 * true.max()


@pytest.fixture(scope="module")
def maps():
    return spectroscopy.simulate_spin_waves(2_500, seed=0)


def test_a_linear_classifier_does_not_tell_the_models_apart_with_certainty(maps):
    seen, model = np.sqrt(maps.x).reshape(len(maps), -1), maps["model"]
    scores = []
    for strength in (1e-3, 1e-2):
        linear = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=200))
        scores.append(linear.fit(seen[:2_000], model[:2_000]).score(seen[2_000:], model[2_000:]))
    assert 0.6 < max(scores) < 0.9


def test_whoever_knows_the_physics_tells_the_models_apart():
    prior = {name: (np.mean(bounds),) * 2 for name, bounds in spectroscopy.SPIN_WAVES_PRIOR.items()}
    prior = {
        name: prior[name]
        for name in ("anisotropy", "temperature", "resolution", "dose", "background", "decay")
    }
    known = spectroscopy.simulate_spin_waves(
        500, seed=1, prior=prior
    )  # noise-free maps from all of the prior
    new = spectroscopy.simulate_spin_waves(120, seed=2, prior=prior)
    expected, counts = (maps.reshape(len(maps), -1) for maps in (known.truth["expected"], new.x))
    likelihood = counts @ np.log(expected).T - expected.sum(1)
    frustrated, ring = (special.logsumexp(likelihood[:, known["model"] == one], axis=1) for one in (0, 1))
    assert ((ring > frustrated) == new["model"]).mean() > 0.97


# Excitation maps


def test_a_landscape_obeys_detailed_balance():
    h, energy = np.random.default_rng(4).uniform((0, 0.1), (1, 12), (500, 2)).T
    temperature = np.array([5.0, 40.0])
    warm = {"temperature": temperature, "background": 0.0}
    loss = spectroscopy.excitation_map(np.stack([h, energy], axis=-1), **warm)
    gain = spectroscopy.excitation_map(np.stack([h, -energy], axis=-1), **warm)
    assert_allclose(gain, loss * np.exp(-energy / (BOLTZMANN * temperature[:, None])), rtol=1e-9, atol=1e-300)


def test_a_landscape_is_two_damped_oscillators_behind_the_resolution():
    rng = np.random.default_rng(5)
    points = rng.uniform((0, 0.5), (1, 12), (500, 2))
    h, energy = points.T
    own = np.sqrt(2.0**2 + (8.0**2 - 2.0**2) * np.sin(np.pi * h) ** 2)

    def oscillator(energy, own, hwhm=0.15):  # as Fåk and Dorner write it
        return (
            4 * energy * own * hwhm / np.pi / ((energy**2 - own**2 - hwhm**2) ** 2 + 4 * hwhm**2 * energy**2)
        )

    both = 60 * 2 / own * oscillator(energy, own) + 6 * oscillator(energy, 5.0)
    expected = both / (1 - np.exp(-energy / (BOLTZMANN * 10))) + 0.3
    assert_allclose(spectroscopy.excitation_map(points, resolution=1e-6), expected, rtol=1e-6)
    steps, weights = np.polynomial.hermite_e.hermegauss(60)
    moved = energy[:, None] + 0.5 / np.sqrt(8 * np.log(2)) * steps
    both = 60 * (2 / own)[:, None] * oscillator(moved, own[:, None], 0.3) + 6 * oscillator(moved, 5.0, 0.3)
    smeared = both @ weights / weights.sum() / (1 - np.exp(-energy / (BOLTZMANN * 10))) + 0.3
    assert_allclose(spectroscopy.excitation_map(points, damping=0.3), smeared, rtol=1e-4)


def test_a_map_is_the_landscape_at_the_points_of_its_grid():
    data = spectroscopy.simulate_excitation_maps(3, seed=2)
    points = np.stack(np.meshgrid(data.coords["h"], data.coords["energy"], indexing="ij"), axis=-1).reshape(
        -1, 2
    )
    given = {name: data[name] for name in data.names if name != "time"}
    rate = spectroscopy.excitation_map(points, **given).reshape(3, 32, 32)
    assert_allclose(rate, data.truth["rate"], rtol=1e-12)


# Counts


def test_counts_scatter_as_poisson_says_around_what_is_expected(maps):
    waiting = spectroscopy.simulate_excitation_maps(200, seed=3)
    expected = {
        "maps": maps.truth["expected"],
        "points": waiting.truth["rate"] * waiting["time"][:, None, None],
    }
    for counts, mean in ((maps.x, expected["maps"]), (waiting.x, expected["points"])):
        pull = ((counts - mean) ** 2 / mean)[mean > 0.5]
        assert abs(pull.mean() - 1) < 5 * np.sqrt((2 + (1 / mean[mean > 0.5]).mean()) / pull.size)
        assert abs((counts - mean).sum()) < 5 * np.sqrt(mean.sum())


def test_a_spectrum_counts_as_many_neutrons_as_its_dose_says():
    data = spectroscopy.simulate(300, seed=4, motions=["continuous"])
    given = {name: data[name] for name in data.names if name not in ("motion", "dose")}
    width = np.diff(data.coords["energy"])[0]
    energy, q = data.coords["energy"], data.coords["q"]
    curve = spectroscopy.qens(energy, q, motion="continuous", resolution=0.08, **given)
    mean = data["dose"][:, None, None] * width * curve
    pull = (data.x - mean)[mean > 1] / np.sqrt(mean[mean > 1])
    assert abs(pull.mean()) < 5 / np.sqrt(pull.size)
    assert abs(pull.var() - 1) < 5 * np.sqrt(3 / pull.size)


def test_no_neutron_falls_between_the_bins_at_the_finest_resolution_that_is_allowed():
    prior = {"immobile": (1, 1), "displacement": (0, 0), "background": (1e-9, 1e-9), "dose": (1e9, 1e9)}
    for bins in (31, 64):  # with and without a bin at 0
        energy = np.linspace(-1, 1, bins)
        resolution = 1.5001 * (energy[1] - energy[0])
        data = spectroscopy.simulate(3, seed=0, energy=energy, resolution=resolution, prior=prior)
        assert_allclose(data.x.sum(axis=-1), 1e9, rtol=2e-3)


def test_counting_longer_gives_more_neutrons_with_the_same_rate():
    points = np.tile([[0.0, 2.0]], (4_000, 1))
    rate = spectroscopy.excitation_map(points[:1])[0]
    for time in (1.0, np.full(4_000, 9.0)):
        counts = spectroscopy.measure(points, time, rng=np.random.default_rng(0))
        mean = rate * np.mean(time)
        assert abs(counts.mean() - mean) < 4 * np.sqrt(mean / 4_000)
        assert abs(counts.var() / mean - 1) < 5 * np.sqrt(2 / 4_000)


def test_maps_have_the_dose_and_the_background_that_were_drawn(maps):
    assert_allclose(maps.truth["expected"].sum((1, 2)), maps["dose"] * (1 + maps["background"]), rtol=1e-9)


def test_a_background_that_hardly_falls_off_is_flat():
    prior = {"dose": (1e-9, 1e-9), "background": (1e12, 1e12), "decay": (1e14, 1e14)}
    map_ = spectroscopy.simulate_spin_waves(1, seed=1, prior=prior).truth["expected"]
    assert_allclose(map_, map_.mean(), rtol=1e-9)


def test_all_models_have_the_same_distribution_of_the_energy_at_the_zone_boundary():
    data = spectroscopy.simulate_spin_waves(600, seed=5, models=["frustrated", "ring", "anisotropic"], bins=2)
    exchange = {name: data[name] for name in ("j1", "j2", "ring", "anisotropy")}
    boundary = spectroscopy.dispersion([0.5, 0.25], [0.0, 0.25], **exchange)[0]
    assert_allclose(boundary.mean(-1), data["band"], rtol=1e-9)
    below = boundary[:, 0] < boundary[:, 1]
    assert_array_equal(below, data["model"] == 0)
    for one in range(3):
        its = data["model"] == one
        assert stats.kstest(data["band"][its], stats.uniform(200, 200).cdf).pvalue > 1e-3
        assert_array_equal((data["j2"][its] > 0).all(), one == 0)
        assert_array_equal((data["ring"][its] > 0).all(), one == 1)


# Seeds and blocks


SIMULATORS = [
    spectroscopy.simulate,
    spectroscopy.simulate_spin_waves,
    spectroscopy.simulate_excitation_maps,
]
CHEAP = {spectroscopy.simulate_spin_waves: {"bins": 3, "energy": [100.0, 200.0, 300.0]}}


@pytest.mark.parametrize("simulate", SIMULATORS[1:])  # the first one is among those of test_blocks
def test_small_sets_begin_large_ones_and_blocks_are_parts_of_the_whole(simulate):
    small = {"n": 1_030, "seed": 5, **CHEAP.get(simulate, {})}
    whole, last = simulate(**small), simulate(**small, blocks=[1])
    few, other = simulate(**{**small, "n": 4}), simulate(**{**small, "n": 4, "seed": 6})
    assert [len(simulate(**small, blocks=[block])) for block in scattering.blocks(1_030)] == [1_024, 6]
    for part, chosen in ((few, slice(4)), (last, slice(1_024, None))):
        for name in ("x", "y", "errors"):
            assert_array_equal(getattr(part, name), getattr(whole, name)[chosen])
        for name, truth in part.truth.items():
            assert_array_equal(truth, whole.truth[name][chosen])
    assert not np.array_equal(few.x, other.x)


def test_columns_lie_in_the_ranges_of_the_prior():
    prior = {"temperature": (20.0, 30.0)}
    for simulate in SIMULATORS:
        data = simulate(200, seed=0, prior=prior, **CHEAP.get(simulate, {}))
        assert ((data["temperature"] >= 20) & (data["temperature"] <= 30)).all()
        for name in set(data.names) & set(data.meta["prior"]) - {"anisotropy"}:
            low, high = data.meta["prior"][name]
            assert ((data[name] >= low) & (data[name] <= high)).all()


def test_the_first_samples_are_those_that_were_stored():
    lines = spectroscopy.simulate(2, seed=3)
    assert_allclose(lines["diffusion"], [0.05446719626827618, 0.04135456600388739], rtol=1e-12)
    assert_array_equal(lines.x[0, 3, 28:36], [16, 37, 104, 176, 162, 95, 41, 19])
    waves = spectroscopy.simulate_spin_waves(2, seed=3)
    assert_allclose(waves["j1"], [105.83197901165613, 97.94237792537766], rtol=1e-12)
    assert_array_equal(waves.x[1, 8, 10:20], [162, 112, 53, 23, 14, 16, 18, 12, 14, 9])
    assert_allclose(waves.truth["expected"][:, 8, 20], [1.2707709030424308, 13.495776228008932], rtol=1e-12)
    points = spectroscopy.simulate_excitation_maps(2, seed=3)
    assert_allclose(points["gap"], [2.0827392985267887, 1.7573567052056387], rtol=1e-12)
    assert_array_equal(points.x[0, 1, 2:12], [43, 146, 556, 613, 149, 46, 21, 11, 3, 8])
    assert_allclose(points.truth["rate"][:, 1, 5], [64.46531831999577, 39.98194142137416], rtol=1e-12)


# Bad input


NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf])
NEGATIVE = st.floats(-1e6, -1e-6)
BAD_AXES = st.one_of(
    st.just([]),
    st.just(0.5),
    st.just([[0.1, 0.2]]),
    st.just([0.2, 0.1]),
    st.just([0.1, 0.1]),
    st.just("abc"),
    NOT_FINITE.map(lambda bad: [0.1, bad]),
)


@given(axis=st.sampled_from(["energy", "q"]), bad=BAD_AXES)
def test_axes_of_a_spectrum_that_make_no_sense_are_refused(axis, bad):
    axes = {"energy": [0.0, 0.1], "q": [1.0, 1.5]} | {axis: bad}
    for call in (spectroscopy.qens, lambda **axes: spectroscopy.simulate(1, seed=0, **axes)):
        with pytest.raises(ValueError, match=f"{axis} must"):
            call(**axes)


@given(name=st.sampled_from(["resolution", "displacement", "background", "scale"]), bad=NEGATIVE | NOT_FINITE)
def test_what_must_not_be_negative_in_a_spectrum_is_refused_by_name(name, bad):
    with pytest.raises(ValueError, match=f"{name} must"):
        spectroscopy.qens(ENERGY, Q, **{name: bad})


@given(name=st.sampled_from(["diffusion", "length", "temperature"]), bad=NEGATIVE | NOT_FINITE | st.just(0.0))
def test_what_must_be_positive_in_a_spectrum_is_refused_by_name(name, bad):
    with pytest.raises(ValueError, match=f"{name} must"):
        spectroscopy.qens(ENERGY, Q, **{name: [0.1, bad]})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"motion": "flying"}, "motion must be one of continuous, jump, two_site; got 'flying'"),
        ({"immobile": 1.2}, "immobile must lie between 0 and 1"),
        ({"temperature": 1e-3}, "temperature must be higher: kT must not be below 1/1200 of the energies"),
        ({"immobile": 0.5, "resolution": 0.0}, "resolution must be positive where"),
        ({"diffusion": [1.0, 2.0], "length": [1.0, 2.0, 3.0]}, "arrays of one shape; got diffusion"),
        ({"q": [0.0, 1.0]}, "q must be finite and positive"),
        ({"length": "long"}, "length must be a number"),
        ({"length": 1e200}, r"length must be finite, within 1e\+15"),
        ({"temperature": 1e-200}, "temperature must be positive, at least 1e-15"),
        ({"resolution": 1e-200}, "resolution must be 0 or at least 1e-15"),
        ({"q": [1.0, 1e200]}, "q must be finite and positive, within"),
    ],
)
def test_spectra_that_there_are_not_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        spectroscopy.qens(**{"energy": ENERGY, "q": Q, **wrong})


@given(
    name=st.sampled_from(["h", "k", "j1", "j2", "ring", "anisotropy", "spin", "renormalisation"]),
    bad=NOT_FINITE,
)
def test_magnets_with_numbers_that_are_none_are_refused_by_name(name, bad):
    magnet = {"h": [0.2], "k": [0.1], "j1": 100.0} | {name: [bad] if name in "hk" else bad}
    with pytest.raises(ValueError, match=f"{name} must be"):
        spectroscopy.dispersion(**magnet)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"j1": -1.0}, "must keep the order of an antiferromagnet"),
        ({"j2": 51.0}, "must keep the order of an antiferromagnet"),
        ({"ring": 201.0}, "must keep the order of an antiferromagnet"),
        ({"anisotropy": -0.1}, "anisotropy must not be negative"),
        ({"spin": 1e200}, "spin must be a number, finite and positive, within 1e15"),
        ({"j1": 1e200}, "j1 must be finite, within"),
        ({"spin": 0}, "spin must be a number, finite and positive"),
        ({"renormalisation": -1}, "renormalisation must be a number"),
        ({"h": [0.1, 0.2]}, "h and k must have the same shape"),
        ({"h": []}, "h must have shape"),
        ({"j1": [1.0, 2.0], "j2": [0.0, 0.0, 0.0]}, "arrays of one shape"),
        ({"temperature": 0.0}, "temperature must be positive"),
        ({"resolution": -1.0}, "resolution must be positive"),
        ({"energy": [1.0]}, "energy must have at least two points"),
        ({"energy": [2.0, 1.0]}, "energy must increase"),
        ({"h": [0.5], "k": [0.5]}, "h and k must not be a point where the energy of a magnon is zero"),
    ],
)
def test_spin_waves_that_there_are_not_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        spectroscopy.spin_waves(**{"energy": [100.0, 200.0], "h": [0.2], "k": [0.1], "j1": 100.0, **wrong})


@given(
    name=st.sampled_from(["gap", "top", "level", "temperature", "resolution"]),
    bad=NEGATIVE | NOT_FINITE | st.just(0.0),
)
def test_what_must_be_positive_in_a_landscape_is_refused_by_name(name, bad):
    with pytest.raises(ValueError, match=f"{name} must be"):
        spectroscopy.excitation_map([[0.5, 2.0]], **{name: bad})


@given(
    name=st.sampled_from(["strength", "level_strength", "damping", "background"]), bad=NEGATIVE | NOT_FINITE
)
def test_what_must_not_be_negative_in_a_landscape_is_refused_by_name(name, bad):
    with pytest.raises(ValueError, match=f"{name} must"):
        spectroscopy.excitation_map([[0.5, 2.0]], **{name: bad})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"points": [0.5, 2.0]}, "points must have shape"),
        ({"points": np.empty((0, 2))}, "points must have shape"),
        ({"points": [[0.5, np.nan]]}, "points must be finite"),
        ({"points": [[0.5, 0.0]]}, "must not be 0"),
        ({"height": 3}, "no parameter 'height'; its parameters are gap"),
        ({"gap": 9.0}, "gap must not be larger than top"),
        ({"time": 0.0}, "time must be finite and positive"),
        ({"time": np.nan}, "time must be finite and positive"),
        ({"time": 1e19}, r"time must give at most 1e\+18 neutrons"),
        ({"rng": 0}, "rng must be a numpy.random.Generator; got 0"),
        ({"points": [[0.5, 1e-300]]}, "must not be 0"),
        ({"time": [1.0, 2.0]}, "time must be a number or have shape"),
        ({"gap": [1.0, 2.0]}, "parameters must be numbers, those of one landscape"),
    ],
)
def test_measurements_that_there_are_not_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        spectroscopy.measure(
            **{"points": [[0.5, 2.0]], "time": 1.0, "rng": np.random.default_rng(0), **wrong}
        )


@pytest.mark.parametrize("simulate", SIMULATORS)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"n": 0}, "n must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"prior": {"colour": (0, 1)}}, "prior has no parameter 'colour'"),
        ({"prior": {"temperature": (0, 10)}}, r"prior\['temperature'\] must be positive"),
        ({"prior": {"background": (1, np.nan)}}, r"prior\['background'\] must be a finite pair"),
        ({"blocks": [1]}, "blocks of 1 samples"),
        ({"energy": [2.0, 1.0]}, "energy must increase"),
    ],
)
def test_sets_that_cannot_be_simulated_are_refused(simulate, wrong, words):
    with pytest.raises(ValueError, match=words):
        simulate(**{"n": 1, "seed": 0, **wrong})


@pytest.mark.parametrize(
    ("simulate", "wrong", "words"),
    [
        (SIMULATORS[0], {"motions": []}, "motions must be different names among continuous"),
        (SIMULATORS[0], {"motions": ["jump", "jump"]}, "motions must be different names"),
        (SIMULATORS[0], {"motions": 5}, "motions must be different names"),
        (SIMULATORS[0], {"motions": [["jump"]]}, "motions must be different names"),
        (
            SIMULATORS[0],
            {"prior": {"dose": (1e15, 1e15), "background": (1e6, 1e6)}},
            r"prior\['dose'\] must give at most 1e\+18",
        ),
        (SIMULATORS[1], {"prior": {"band": (1, 1e200)}}, r"prior\['band'\] must be a finite pair"),
        (SIMULATORS[2], {"prior": {"gap": (1e-200, 1)}}, r"prior\['gap'\] must be positive"),
        (SIMULATORS[0], {"resolution": 0.0}, "resolution must be larger than 0"),
        (SIMULATORS[0], {"resolution": 0.04}, "resolution must be at least 1.5 bins"),
        (SIMULATORS[0], {"resolution": "fine"}, "resolution must be a number"),
        (SIMULATORS[0], {"prior": {"immobile": (0, 1.1)}}, "must lie between 0 and 1"),
        (SIMULATORS[0], {"prior": {"displacement": (-1, 1)}}, "must lie between 0 and inf"),
        (SIMULATORS[1], {"models": ["ising"]}, "models must be different names among frustrated"),
        (SIMULATORS[1], {"bins": 1}, "bins must be a whole number, at least 2"),
        (
            SIMULATORS[1],
            {"energy": [100.0, 500.0]},
            "energy must stay below that of the beam, 500 meV; got 500",
        ),
        (SIMULATORS[1], {"energy": [498.0, 499.0]}, "energy must reach the spin waves of all maps"),
        (SIMULATORS[1], {"energy": [-10.0, 10.0]}, "energy must be finite and positive"),
        (SIMULATORS[1], {"prior": {"j2_ratio": (0.1, 0.6)}}, "must lie between 0 and 0.45"),
        (SIMULATORS[1], {"prior": {"ring_ratio": (0.1, 3)}}, "must lie between 0 and 1.5"),
        (SIMULATORS[2], {"prior": {"gap": (1, 7)}}, "must end below"),
        (SIMULATORS[2], {"resolution": -1}, "resolution must be 1e-15 or larger"),
        (SIMULATORS[2], {"h": [[0.1]]}, "h must have shape"),
    ],
)
def test_a_simulator_refuses_what_only_it_can_be_asked(simulate, wrong, words):
    with pytest.raises(ValueError, match=words):
        simulate(**{"n": 1, "seed": 0, **wrong})
