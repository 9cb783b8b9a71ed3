"""Diffraction against closed forms, published peak positions, the cross-sections of NCrystal, and bad input."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, stats

from lens_labs import scattering
from lens_labs.data import load
from lens_labs.scattering import diffraction as d
from lens_labs.scattering.diffraction import _alloys, _edges, _steel

CU_K_ALPHA_1 = 1.540598
IRON = d.CRYSTALS["alpha iron"]
ANGLES = np.linspace(25, 110, 500)
FEW = settings(max_examples=25)


def cubic(h, a):
    return a / np.sqrt((h**2).sum(axis=-1))


# Lattices


@pytest.mark.parametrize("system", ["cubic", "tetragonal", "orthorhombic", "hexagonal"])
def test_spacings_follow_the_closed_form_of_each_crystal_system(system):
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b, c = rng.uniform(2, 12, 3)
        h, k, l = hkl = rng.integers(-6, 7, (20, 3)).T + np.array([[0], [0], [13]])
        squared, edges = {
            "cubic": ((h**2 + k**2 + l**2) / a**2, {"a": a}),
            "tetragonal": ((h**2 + k**2) / a**2 + l**2 / c**2, {"a": a, "c": c}),
            "orthorhombic": (h**2 / a**2 + k**2 / b**2 + l**2 / c**2, {"a": a, "b": b, "c": c}),
            "hexagonal": (4 / 3 * (h**2 + h * k + k**2) / a**2 + l**2 / c**2, {"a": a, "c": c}),
        }[system]
        assert_allclose(d.d_spacing(hkl.T, d.unit_cell(system, **edges)), squared**-0.5, rtol=1e-12)


def test_spacings_of_triclinic_cells_follow_from_cross_products_of_the_edges():
    rng = np.random.default_rng(2)
    for _ in range(500):
        edges, angles = rng.uniform(3, 9, 3), rng.uniform(75, 105, 3)
        cos = np.cos(np.radians(angles))
        gram = np.outer(edges, edges) * np.array(
            [[1, cos[2], cos[1]], [cos[2], 1, cos[0]], [cos[1], cos[0], 1]]
        )
        a, b, c = np.linalg.cholesky(gram)
        hkl = rng.integers(1, 6, 3)
        normal = hkl @ np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
        assert_allclose(
            d.d_spacing(hkl, (*edges, *angles)), abs(a @ np.cross(b, c)) / np.linalg.norm(normal), rtol=1e-10
        )


@pytest.mark.parametrize(
    ("material", "published"),
    [  # Powder Diffraction File, copper Kα1: 27-1402, 6-696, 4-836, 44-1294
        ("silicon", [28.443, 47.303, 56.123, 69.131, 76.377, 88.032]),
        ("alpha iron", [44.673, 65.021, 82.333, 98.945]),
        ("copper", [43.297, 50.433, 74.130, 89.931]),
        ("titanium", [35.093, 38.421, 40.170, 53.004, 62.949]),
    ],
)
def test_peaks_of_known_materials_are_where_tables_say(material, published):
    found = d.CRYSTALS[material].peaks(d_min=0.8).d[: len(published)]
    assert_allclose(2 * np.degrees(np.arcsin(CU_K_ALPHA_1 / 2 / found)), published, atol=0.021)


def test_peaks_of_a_tetragonal_lattice_are_where_tables_say():
    rutile = d.unit_cell("tetragonal", 4.5933, c=2.9592)  # Powder Diffraction File 21-1276
    spacing = d.d_spacing([[1, 1, 0], [1, 0, 1], [2, 0, 0], [1, 1, 1], [2, 1, 0], [2, 1, 1]], rutile)
    angles = 2 * np.degrees(np.arcsin(CU_K_ALPHA_1 / 2 / spacing))
    assert_allclose(angles, [27.446, 36.085, 39.187, 41.225, 44.050, 54.322], atol=0.015)


# Structure factors


@pytest.mark.parametrize(
    ("material", "allowed", "squared"),
    [
        ("alpha iron", lambda h: h.sum(1) % 2 == 0, lambda h: 4 * 9.45**2),
        ("copper", lambda h: (h % 2 == h[:, :1] % 2).all(1), lambda h: 16 * 7.718**2),
        (
            "silicon",
            lambda h: (h % 2 == h[:, :1] % 2).all(1) & (h.sum(1) % 4 != 2),
            lambda h: np.where(h.sum(1) % 2, 32, 64) * 4.1491**2,
        ),
        ("caesium chloride", lambda h: h[:, 0] < 99, lambda h: (5.42 + (-1.0) ** h.sum(1) * 9.577) ** 2),
        (
            "titanium",
            lambda h: ((h[:, 0] + 2 * h[:, 1]) % 3 != 0) | (h[:, 2] % 2 == 0),
            lambda h: 4 * (3.438 * np.cos(np.pi * ((h[:, 0] + 2 * h[:, 1]) / 3 + h[:, 2] / 2))) ** 2,
        ),
    ],
)
def test_structures_reflect_and_extinguish_as_their_closed_forms_say(material, allowed, squared):
    crystal = dataclasses.replace(d.CRYSTALS[material], b_iso=0.0)
    peaks = crystal.peaks(d_min=0.7)
    assert_allclose(peaks.f_squared, squared(peaks.hkl) * np.ones(len(peaks)), rtol=1e-9)
    every = np.array([h for h in itertools.product(range(-9, 10), repeat=3) if any(h)])
    every = every[d.d_spacing(every, crystal.cell) >= 0.7]
    assert peaks.multiplicity.sum() == allowed(every).sum()


def test_families_of_a_cubic_lattice_are_as_large_as_there_are_permutations_and_signs():
    peaks = dataclasses.replace(IRON, positions=((0, 0, 0),)).peaks(d_min=0.9)
    found = {tuple(h): m for h, m in zip(peaks.hkl.tolist(), peaks.multiplicity, strict=True)}
    assert found[(1, 0, 0)] == 6
    assert found[(1, 1, 0)] == 12
    assert found[(1, 1, 1)] == 8
    assert found[(2, 1, 0)] == 24
    assert found[(3, 0, 0)] == 30  # with (221), which has the same spacing


def test_heat_weakens_peaks_as_debye_and_waller_say():
    cold = dataclasses.replace(IRON, b_iso=0.0).peaks(0.8)
    warm = dataclasses.replace(IRON, b_iso=1.3).peaks(0.8)
    q = 2 * np.pi / cold.d
    assert_allclose(warm.f_squared / cold.f_squared, np.exp(-(q**2) * 1.3 / (8 * np.pi**2)), rtol=1e-12)


def test_each_nucleus_may_move_as_it_likes():
    salt = dataclasses.replace(d.CRYSTALS["caesium chloride"], b_iso=(1.0, 3.0))
    peaks = salt.peaks(0.9)
    caesium, chlorine = 5.42 * np.exp(-1 / 4 / peaks.d**2), 9.577 * np.exp(-3 / 4 / peaks.d**2)
    assert_allclose(peaks.f_squared, (caesium + chlorine * (-1.0) ** peaks.hkl.sum(axis=1)) ** 2, rtol=1e-9)


def test_a_measured_pattern_is_computed_within_its_errors():
    """The cell is also that of another program: 3.8909 Å, from the tests of EasyDiffraction."""
    measured, crystal = load("LBCO"), d.CRYSTALS["La0.5Ba0.5CoO3"]
    assert_allclose(crystal.cell[0], 3.8909, atol=2e-4)
    options = {
        "wavelength": 1.494,
        "resolution": (0.1085, -0.1177, 0.1452),
        "mixing": 0.355,
        "offset": 0.6206,
    }
    pattern = d.powder(measured["two_theta"], crystal, **options)
    columns = np.column_stack([pattern, np.ones_like(pattern)]) / measured["di"][:, None]
    (_, background), chi2, *_ = np.linalg.lstsq(columns, measured["i"] / measured["di"])
    assert chi2[0] / pattern.size < 1.45
    assert 160 < background < 180


def test_where_the_origin_is_does_not_matter():
    silicon = d.CRYSTALS["silicon"]
    moved = dataclasses.replace(
        silicon, positions=tuple(map(tuple, np.add(silicon.positions, [0.1, 0.27, 0.6])))
    )
    assert_allclose(moved.peaks(0.9).f_squared, silicon.peaks(0.9).f_squared, rtol=1e-9)


# Powder patterns


def plain_powder(angles, crystal, p):
    """Return a pattern as a sum over all planes, without families, by SciPy's profiles; cubic crystals only."""
    a, lam = crystal.cell[0] * (1 + p["strain"]), p["wavelength"]
    every = np.array([h for h in itertools.product(range(-5, 6), repeat=3) if any(h)])
    d_hkl = a / np.sqrt((every**2).sum(axis=1))
    seen = lam / 2 / d_hkl <= np.sin(np.radians(min(angles.max() + 10, 178) / 2))
    h, d_hkl = every[seen], d_hkl[seen]
    theta = np.arcsin(lam / 2 / d_hkl)
    waves = np.exp(2j * np.pi * h @ np.array(crystal.positions).T) * crystal.b
    strength = (
        abs(waves.sum(axis=1)) ** 2 / 100 * np.exp(-crystal.b_iso / 2 * ((1 + p["strain"]) / d_hkl) ** 2)
    )
    cos2 = (h @ p["axis"]) ** 2 / (h**2).sum(axis=1) / np.dot(p["axis"], p["axis"])
    texture = (p["texture"] ** 2 * cos2 + (1 - cos2) / p["texture"]) ** -1.5
    fwhm = np.sqrt(np.polyval(p["resolution"], np.tan(theta)))
    x = angles[:, None] - np.degrees(2 * theta) - p["offset"]
    shape = p["mixing"] * stats.cauchy.pdf(x, scale=fwhm / 2)
    shape += (1 - p["mixing"]) * stats.norm.pdf(x, scale=fwhm / np.sqrt(8 * np.log(2)))
    return shape @ (lam**3 / a**6 * strength * texture / np.sin(theta) / np.sin(2 * theta))


def test_patterns_equal_a_sum_over_single_planes():
    rng = np.random.default_rng(3)
    for name in rng.choice(["alpha iron", "copper", "caesium chloride"], 20):
        crystal = dataclasses.replace(d.CRYSTALS[name], b_iso=rng.uniform(0, 2))
        one = {
            "wavelength": rng.uniform(1.9, 2.6),
            "mixing": rng.uniform(),
            "axis": rng.permutation([0, 1, 2]),
        }
        many = {"strain": rng.uniform(-0.02, 0.02, 25), "texture": rng.uniform(0.5, 2, 25)}
        many |= {"offset": rng.uniform(-0.1, 0.1, 25)}
        many |= {"resolution": np.array([0.3, -0.1, 0.2]) * rng.uniform(0.5, 2, (25, 1))}
        angles = np.sort(rng.uniform(20, 120, 12))
        ours = d.powder(angles, crystal, **one, **many)
        for k in range(25):  # 500 sets in all
            theirs = plain_powder(angles, crystal, one | {key: value[k] for key, value in many.items()})
            assert_allclose(ours[k], theirs, rtol=1e-9)


def test_the_area_of_a_peak_and_its_width_are_what_the_formulas_say():
    peaks = IRON.peaks(1.9)
    theta = np.arcsin(1.54 / 2 / peaks.d[0])
    x = np.arange(35, 56, 0.002)
    curve = d.powder(x, IRON, wavelength=1.54, mixing=0.0)
    area = 1.54**3 / IRON.volume**2 * 12 * peaks.f_squared[0] / 100 / np.sin(theta) / np.sin(2 * theta)
    assert_allclose(curve.sum() * 0.002, area, rtol=1e-6)
    half = x[curve > curve.max() / 2]
    u, v, w = 0.35, -0.20, 0.20
    assert_allclose(np.ptp(half), np.sqrt(u * np.tan(theta) ** 2 + v * np.tan(theta) + w), atol=0.004)
    assert_allclose(x[curve.argmax()], np.degrees(2 * theta), atol=0.002)


def test_strain_moves_a_peak_by_twice_its_size_times_the_tangent():
    x = np.arange(40, 50, 0.0005)
    still, moved = d.powder(x, IRON, strain=[0, 1e-4], mixing=0.0)
    shift = x @ moved / moved.sum() - x @ still / still.sum()
    theta = np.arcsin(1.54 / 2 / IRON.peaks(1.9).d[0])
    assert_allclose(shift, -2 * np.degrees(1e-4 * np.tan(theta)), rtol=1e-2)


def test_a_batch_is_the_patterns_one_by_one_whatever_its_shape():
    strain = np.array([[0.0, 0.01, -0.01], [0.002, 0.003, 0.004]])
    batch = d.powder(ANGLES, IRON, strain=strain, texture=1 + strain, offset=strain)
    assert batch.shape == (2, 3, 500)
    alone = d.powder(ANGLES, IRON, strain=0.003, texture=1.003, offset=0.003)
    assert_allclose(batch[1, 1], alone, rtol=1e-9)
    assert d.powder(ANGLES, IRON, strain=np.empty(0)).shape == (0, 500)


@pytest.mark.parametrize("ratio", np.geomspace(0.2, 5, 7))
def test_a_texture_takes_from_some_directions_what_it_gives_to_others(ratio):
    total, _ = integrate.quad(lambda cosine: float(d.march_dollase(cosine, ratio)), 0, 1)
    assert_allclose(total, 1, rtol=1e-8)
    assert_allclose(d.march_dollase([1, 0], ratio), [ratio**-3, ratio**1.5])
    assert_allclose(d.march_dollase(np.linspace(-1, 1, 9), 1.0), 1)


def test_plates_in_reflection_show_more_of_the_planes_that_they_lie_on():
    titanium = d.CRYSTALS["titanium"]
    x = np.arange(30, 50, 0.01)
    perfect, plates = d.powder(x, titanium, texture=[1.0, 0.7], axis=(0, 0, 1), mixing=0.0)
    basal = 2 * np.degrees(np.arcsin(1.54 / 2 / d.d_spacing([0, 0, 2], titanium.cell)))
    near = np.abs(x - basal) < 0.05
    assert_allclose((plates / perfect)[near], 0.7**-3, rtol=1e-3)


# The alloy


def test_metals_are_conserved_and_fractions_have_the_sum_one():
    composition = np.random.default_rng(4).dirichlet([1, 1, 1], 5_000)
    fractions, compositions = d.equilibrium(composition)
    assert (fractions >= 0).all()
    assert_allclose(fractions.sum(axis=1), 1, atol=1e-12)
    assert_allclose(np.einsum("nk,nkj->nj", fractions, np.nan_to_num(compositions)), composition, atol=1e-12)
    assert_array_equal(np.isnan(compositions).all(axis=2), fractions == 0)
    present = compositions[fractions > 0]
    assert ((present > -1e-12) & (present < 1 + 1e-12)).all()


def test_three_phases_keep_their_compositions_and_two_lie_on_the_borders_of_theirs():
    composition = np.random.default_rng(5).dirichlet([1, 1, 1], 2_000)
    fractions, compositions = d.equilibrium(composition)
    number = (fractions > 0).sum(axis=1)
    assert_allclose(compositions[number == 3] - _alloys.TIE, 0, atol=1e-12)
    assert np.bincount(number, minlength=4)[1:].min() > 200
    for k in range(
        3
    ):  # both ends of a tie line are on the line from the side of the diagram to the tie triangle
        for other in {0, 1, 2} - {k}:
            ends = compositions[(number == 2) & (fractions[:, k] > 0) & (fractions[:, other] > 0), k]
            start = (
                np.eye(3)[k] * (1 - _alloys.SOLUBILITY[k, other])
                + np.eye(3)[other] * _alloys.SOLUBILITY[k, other]
            )
            assert np.abs(np.cross(ends - start, _alloys.TIE[k] - start)).max() < 1e-12


def test_fractions_change_steadily_from_region_to_region():
    corners = np.random.default_rng(6).dirichlet([1, 1, 1], (60, 2))
    way = np.linspace(0, 1, 2_001)[None, :, None]
    fractions, _ = d.equilibrium(corners[:, :1] * (1 - way) + corners[:, 1:] * way)
    assert np.abs(np.diff(fractions, axis=1)).max() < 0.005


def test_borders_meet_at_the_tie_triangle_as_schreinemakers_demands():
    for k in range(3):
        inside = []
        for other in {0, 1, 2} - {k}:
            start = (
                np.eye(3)[k] * (1 - _alloys.SOLUBILITY[k, other])
                + np.eye(3)[other] * _alloys.SOLUBILITY[k, other]
            )
            beyond = _alloys.TIE[k] + 1e-3 * (_alloys.TIE[k] - start)
            inside.append(((beyond @ np.linalg.inv(_alloys.TIE)) > 0).all())
        assert inside in ([True, True], [False, False])


def test_vegards_law_is_a_mean_over_the_atoms():
    strain = _alloys.vegard([[0.8, 0.0, 0.2], [np.nan] * 3, [0.0, 0.0, 1.0]], 0.02)
    assert_allclose(strain, [0.2 * 0.02, 0, 0], atol=1e-15)


# Simulated patterns


def test_a_small_set_is_the_beginning_of_a_large_one_byte_for_byte():
    for simulate, few, many in (
        (d.simulate, 5, 1030),
        (d.simulate_spots, 3, 8),
        (d.simulate_bragg_edges, 2, 4),
    ):
        small, large = simulate(few, seed=3), simulate(many, seed=3)
        for name in ("x", "y"):
            assert getattr(small, name).tobytes() == getattr(large, name)[:few].tobytes()
        for name, value in small.truth.items():
            assert value.tobytes() == large.truth[name][:few].tobytes()
        assert not np.array_equal(simulate(few, seed=4).x, small.x)


def test_blocks_alone_are_those_of_the_whole_set():
    n, huge = 1_030, 1024 * 10**6 + 3
    for simulate, size in ((d.simulate_spots, 32), (d.simulate_bragg_edges, 2)):
        assert len(simulate(huge, seed=5, size=size, blocks=[scattering.blocks(huge)[-1]])) == 3
        last = simulate(n, seed=5, size=size, blocks=[1])
        few = simulate(1_026, seed=5, size=size, blocks=[1])
        assert len(last) == 6
        assert_array_equal(last.x[:2], few.x)
        assert_array_equal(last.y[:2], few.y)


def test_simulated_numbers_are_those_that_were_stored():
    """Parameters and counts are the same everywhere; the stored values come from the first release."""
    powder = d.simulate(3, seed=20)
    assert_allclose(
        powder["composition_A"], [0.15001728214230353, 0.026990114978075307, 0.1375668179024356], rtol=1e-12
    )
    assert_array_equal(powder.x[:, [0, 111, 300]], STORED_POWDER)
    spots = d.simulate_spots(3, seed=20)
    assert_allclose(spots["beam_x"], [86.65756451259858, -34.561107977147245, 68.32692366922663], rtol=1e-12)
    assert_allclose(
        spots.truth["positions"][:, 0, 0],
        [21.627696678373997, 22.558387941800525, 59.18407071675606],
        rtol=1e-12,
    )
    assert_array_equal(spots.x[:, 10, [0, 20, 40]], [[0, 2, 8], [3, 5, 2], [2, 2, 3]])
    steel = d.simulate_bragg_edges(3, seed=20, size=4)
    assert_allclose(
        steel["thickness"], [0.6779534428184948, 0.827089656350418, 1.9505633061568235], rtol=1e-12
    )
    assert_allclose(steel.x[:, 1, 2, 100], [0.3791226, 0.308633070, 0.0668288727], rtol=1e-6)


STORED_POWDER = [[159, 136, 108], [117, 1275, 56], [102, 1045, 61]]


def test_a_library_has_seven_regions_of_similar_size_and_says_their_names():
    data = d.simulate(1_024, seed=1)
    share = np.bincount(data["region"].astype(int), minlength=7) / len(data)
    assert share.min() > 0.09
    fractions = data.columns("fraction_fcc", "fraction_bcc", "fraction_hcp")
    for row, number in zip(fractions, data["region"], strict=True):
        names = [name for name, f in zip(("fcc", "bcc", "hcp"), row, strict=True) if f > 0]
        assert " + ".join(names) == data.meta["classes"]["region"][int(number)]


def test_counts_scatter_as_poisson_around_what_is_expected():
    for data in (d.simulate(300, seed=5), d.simulate_spots(60, seed=5)):
        expected = data.truth["expected"]
        pull = (data.x - expected) / np.sqrt(expected)
        assert abs(pull.mean()) < 5 / np.sqrt(pull.size)
        assert abs(pull.var() - 1) < 5 * np.sqrt((2 + (1 / expected).mean()) / pull.size)
        assert (data.x == np.rint(data.x)).all()


def test_a_pattern_is_the_phases_with_their_shares_of_the_volume_and_a_smooth_background():
    data = d.simulate(40, seed=2, prior={"background": (0, 0)})
    for i in range(0, 40, 4):
        room = np.array([c.volume / c.atoms for c in _alloys.PHASES.values()])
        strain = _alloys.vegard(data.truth["phase_composition"][i], 0.015)
        share = data.columns("fraction_fcc", "fraction_bcc", "fraction_hcp")[i] * room * (1 + strain) ** 3
        pattern = sum(
            share[k] / share.sum() * d.powder(
                ANGLES, crystal, strain=strain[k], texture=data[f"texture_{name}"][i], axis=_alloys.AXES[k],
                resolution=np.array([0.35, -0.2, 0.2]) * data["width"][i] ** 2, offset=data["offset"][i],
            )
            for k, (name, crystal) in enumerate(_alloys.PHASES.items())
        )  # fmt: skip
        assert_allclose(data.truth["expected"][i], data["exposure"][i] * pattern / 0.1, rtol=1e-9)


def test_an_exposure_counts_as_much_as_the_prior_says():
    data = d.simulate(1_024, seed=3, prior={"background": (0, 0)})
    over_exposure = data.truth["expected"] / data["exposure"][:, None]
    assert_allclose(over_exposure.mean(), 1 / 6, rtol=0.1)
    highest = over_exposure.max(axis=1)
    assert 2 < highest.min() < highest.max() < 16


def test_peaks_move_with_the_composition_only_if_atoms_differ_in_size():
    quiet = {
        "width": (1, 1),
        "offset": (0, 0),
        "texture": (1, 1),
        "background": (0, 0),
        "exposure": (100, 100),
    }
    for mismatch, moves in ((0.0, False), (0.015, True)):
        data = d.simulate(300, seed=3, mismatch=mismatch, prior=quiet)
        for number in range(3):
            assert (dimensions(data.truth["expected"][data["region"] == number]) > 1) == moves
        assert (
            dimensions(data.truth["expected"][data["region"] == 6]) == 3
        )  # nothing moves in the tie triangle


def dimensions(patterns):
    """Return how many patterns are needed to mix all of these."""
    strength = np.linalg.svd(patterns, compute_uv=False)
    return (strength > 1e-9 * strength[0]).sum()


# Bragg edges: NCrystal 4.4.6 (https://doi.org/10.1016/j.cpc.2019.07.015), its files for these materials

WAVELENGTHS = [0.7, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]


@pytest.mark.parametrize(
    ("material", "edges", "b_iso", "expected"),
    [
        ("alpha iron", (2.8676,), 0.3402184971, [11.901446, 19.903974, 20.115125, 14.800889, 15.914647, 21.661603, 28.292705, 0]),
        ("gamma iron", (3.658,), 0.5601199907, [17.284561, 31.874545, 38.932481, 35.656116, 34.101219, 46.415548, 37.054977, 0]),
        ("aluminium", (4.04958,), 0.7743050839, [1.761712, 4.151105, 4.385758, 3.824622, 3.67298, 4.999334, 6.529742, 5.056524]),
        ("copper", (3.61496,), 0.541216097, [11.708378, 21.824518, 26.635804, 24.380148, 23.30896, 31.726084, 25.325735, 0]),
        ("silicon", (5.4307,), 0.5346451686, [6.885425, 12.910829, 14.520842, 12.567979, 15.916686, 14.171204, 6.716702, 8.500826]),
        ("titanium", (2.95, None, 4.686), 0.5273284467, [1.19789, 2.217544, 2.16928, 2.16937, 1.930525, 2.238834, 2.924192, 1.10426]),
    ],
)  # fmt: skip
def test_cross_sections_are_those_of_ncrystal(material, edges, b_iso, expected):
    cell = d.unit_cell("hexagonal" if len(edges) > 1 else "cubic", *edges)
    crystal = dataclasses.replace(d.CRYSTALS[material], cell=cell, b_iso=b_iso)
    assert_allclose(d.cross_section(WAVELENGTHS, crystal), expected, rtol=2e-6)


def test_cross_sections_of_random_crystals_equal_a_sum_over_single_planes():
    rng = np.random.default_rng(7)
    every = np.array([h for h in itertools.product(range(-6, 7), repeat=3) if any(h)])
    for _ in range(500):
        edges, atoms = rng.uniform(2.5, 4.5, 3), rng.integers(1, 4)
        places, b = rng.uniform(size=(atoms, 3)), rng.uniform(-4, 10, atoms)
        crystal = d.Crystal((*edges, 90, 90, 90), tuple(map(tuple, places)), tuple(b), rng.uniform(0, 2))
        lam, strain = rng.uniform(1.8, 5, 4), rng.uniform(-0.01, 0.01)
        spacing = 1 / np.sqrt(((every / edges) ** 2).sum(1))
        squared = np.abs(np.exp(2j * np.pi * every @ places.T) @ b) ** 2 / 100
        terms = squared * np.exp(-crystal.b_iso / 2 / spacing**2) * spacing
        x = lam / (1 + strain)
        theirs = [x_ * x_ / 2 / edges.prod() * terms[2 * spacing > x_].sum() for x_ in x]
        assert_allclose(d.cross_section(lam, crystal, strain=strain), theirs, rtol=1e-9, atol=1e-9)


def test_without_motion_short_waves_see_all_nuclei_one_by_one():
    crystal = dataclasses.replace(d.CRYSTALS["caesium chloride"], b_iso=0.0)
    short = np.linspace(0.25, 0.3, 5)
    sum_of_nuclei = 4 * np.pi * (5.42**2 + 9.577**2) / 100
    assert_allclose(d.cross_section(short, crystal).mean(), sum_of_nuclei, rtol=0.02)


def test_beyond_the_last_edge_only_absorption_and_incoherent_scattering_are_left():
    last = 2 * IRON.peaks(1.0).d[0]
    assert_allclose(last, 2 * 2.8664 / np.sqrt(2))
    lam = np.array([last * 1.0001, 5.0, 8.0])
    assert_array_equal(d.cross_section(lam, IRON), 0)
    depth = -np.log(d.bragg_edges(lam, IRON, thickness=2.0))
    assert_allclose(depth, 2 / IRON.volume * 2 * (0.40 + 2.56 * lam / 1.798), rtol=1e-12)


def test_edges_are_at_twice_the_spacings_and_strain_moves_them():
    for strain in (0.0, 1e-3, -0.004):
        for edge in 2 * IRON.peaks(1.0).d * (1 + strain):
            below, above = d.cross_section([edge * (1 - 1e-9), edge * (1 + 1e-9)], IRON, strain=strain)
            assert below > above + 1
            near = d.cross_section(np.array([1 - 2e-4, 1 - 1e-4]) * edge, IRON, strain=strain)
            assert_allclose(near[0], near[1], rtol=1e-3)


def test_two_plates_let_through_the_product_and_no_plate_everything():
    lam = np.linspace(1, 5, 50)
    one, two, none = d.bragg_edges(lam, IRON, thickness=[0.7, 1.4, 0.0])
    assert_allclose(one**2, two, rtol=1e-12)
    assert_array_equal(none, 1)


PULSES = [(0.01, 0.0), (0.0, 0.02), (0.01, 0.02), (0.02, 0.001)]


@pytest.mark.parametrize(("width", "tail"), PULSES)
def test_a_pulse_broadens_an_edge_to_its_gaussian_and_its_tail(width, tail):
    lam, edge = np.arange(3.9, 4.5, 1e-4), 2 * IRON.peaks(2).d[0]
    share = _edges._below(lam, np.array([edge]), width, tail)
    assert_allclose(share[[0, -1]], [1, 0], atol=1e-6)
    assert (np.diff(share) < 1e-12).all()
    density, middle = -np.diff(share) / 1e-4, lam[:-1] + 0.5e-4
    mean = (density * middle).sum() * 1e-4
    assert_allclose(mean, edge + tail, atol=1e-4)
    assert_allclose((density * (middle - mean) ** 2).sum() * 1e-4, width**2 + tail**2, rtol=5e-3)
    if width and tail:
        assert_allclose(share, stats.exponnorm.sf(lam, tail / width, loc=edge, scale=width), atol=1e-9)


def blurred(lam, sharp, width, tail):
    """Return what a pulse makes of a function of the wavelength, by a sum over the delays."""
    delay = np.arange(-5 * width, 5 * width + 20 * tail, 1e-3) + 5e-4
    chance = stats.exponnorm.pdf(delay, tail / width, scale=width)
    seen = sharp((lam[:, None] - delay).ravel()).reshape(*lam.shape, -1)
    return seen @ chance / chance.sum()


@pytest.mark.parametrize("thickness", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("material", ["alpha iron", "copper", "titanium"])
def test_a_pulse_blurs_the_transmission_and_not_the_cross_section(material, thickness):
    crystal, lam = d.CRYSTALS[material], np.linspace(2.6, 4.6, 250)
    pulse = {"width": 0.006, "tail": 0.012}
    theirs = blurred(lam, lambda x: d.bragg_edges(x, crystal, thickness=thickness), **pulse)
    ours = d.bragg_edges(lam, crystal, thickness=thickness, **pulse)
    assert_allclose(ours, theirs, atol=0.005)


def test_500_edges_lie_where_half_of_the_neutrons_of_their_wavelength_come_through():
    """A blurred cross-section would put the edges of thick plates at longer wavelengths, as if they were strained."""
    rng = np.random.default_rng(8)
    thickness, strain = rng.uniform(0.1, 3, 500), rng.uniform(-2e-3, 2e-3, 500)
    edge = 2 * IRON.peaks(2).d[0] * (1 + strain)
    lam = np.array([4.054 * (1 - 0.0025), 4.054 * (1 + 0.0025)])
    sharp = d.bragg_edges([3.9, 4.2], IRON, thickness=thickness, strain=strain)
    for width in (0.004, 0.02):
        seen = d.bragg_edges(np.sort([*lam, *edge]), IRON, thickness=thickness, strain=strain, width=width)
        at_edge = seen[np.arange(500), np.searchsorted(np.sort([*lam, *edge]), edge)]
        assert np.abs(at_edge - sharp.mean(axis=1)).max() < 0.02


@pytest.mark.parametrize("ratio", [0.4, 0.8, 1.5, 3.0])
def test_a_texture_moves_neutrons_between_wavelengths_but_takes_none(ratio):
    sines = np.linspace(0, 1, 4_001)
    for cosine in (0.0, 0.3, 1 / np.sqrt(2), 1.0):
        density = _edges._textured(sines, np.array([cosine]), ratio)
        assert_allclose(integrate.simpson(density, x=sines), 1, atol=2e-3)
        phi = np.linspace(0, 2 * np.pi, 4_000, endpoint=False)
        for s in (0.2, 0.77, 1.0):
            cone = s * cosine + np.sqrt((1 - s * s) * (1 - cosine**2)) * np.cos(phi)
            exact = d.march_dollase(np.clip(cone, -1, 1), ratio).mean()
            assert_allclose(_edges._textured(np.array([s]), np.array([cosine]), ratio), exact, rtol=2e-3)
    plain = d.cross_section([2.0, 3.0, 4.0], IRON)
    assert_allclose(d.cross_section([2.0, 3.0, 4.0], IRON, texture=1 + 1e-9), plain, rtol=1e-6)


def test_plates_of_steel_scatter_around_what_their_maps_say(monkeypatch):
    monkeypatch.setattr(_steel, "PULSE", {"width": 0.0, "tail": 0.0})
    data = d.simulate_bragg_edges(4, seed=6, size=6)
    for i in range(4):
        pull = (data.x[i] - plate(data, i)) / data.errors[i]
        assert abs(pull.mean()) < 0.05
        assert abs(pull.std() - 1) < 0.05
        strain = data.truth["strain"][i]
        assert_allclose(np.abs(strain).max(), data["strain"][i])
        assert_allclose(strain.mean(), 0, atol=1e-15)
        assert_allclose(data.truth["austenite"][i].mean(), data["mean_austenite"][i])


def plate(data, i):
    """Return the transmission of a plate with sharp edges: the product of its phases."""
    lam, strain, share = data.coords["wavelength"], data.truth["strain"][i], data.truth["austenite"][i]
    options = {"strain": strain, "texture": data["texture"][i], "axis": (1, 1, 0)}
    product = np.ones((*strain.shape, lam.size))
    for crystal, part in ((d.CRYSTALS["alpha iron"], 1 - share), (d.CRYSTALS["gamma iron"], share)):
        product *= d.bragg_edges(lam, crystal, thickness=part * data["thickness"][i], **options)
    return product


def test_the_pulse_blurs_what_comes_through_both_phases_of_a_plate():
    fine = np.arange(2.6, 4.6, 1e-3)
    prior = {"exposure": (1e9, 1e9), "strain": (1e-5, 1e-5)}
    data = d.simulate_bragg_edges(3, seed=6, size=2, wavelength=fine, prior=prior)
    for i in range(3):
        sharp = plate(data, i)[0, 0]
        theirs = blurred(fine[400:], lambda x, sharp=sharp: np.interp(x, fine, sharp), **data.meta["pulse"])
        assert_allclose(data.x[i, 0, 0, 400:], theirs, atol=0.006)


# Spots


def test_spots_are_where_the_truth_says_with_the_intensity_that_it_says():
    quiet = {"background": (1e-9, 1e-9), "intensity": (1e4, 1e5), "tangential": (0.8, 1.2)}
    data = d.simulate_spots(60, seed=7, prior=quiet)
    row, column = np.mgrid[:64, :64]
    checked = 0
    for expected, mask, places, strength in zip(
        data.truth["expected"],
        data.truth["artefacts"],
        data.truth["positions"],
        data.truth["intensities"],
        strict=True,
    ):
        for i, (x, y) in enumerate(places[np.isfinite(places[:, 0])]):
            others = np.delete(places[np.isfinite(places[:, 0])], i, axis=0)
            if np.hypot(*(others - (x, y)).T).min() < 16 or min(x, y, 63 - x, 63 - y) < 7:
                continue
            near = np.hypot(row - y, column - x) < 7
            if mask[near].any():
                continue
            light = expected * near
            assert_allclose(light.sum(), strength[i], rtol=1e-3)
            assert_allclose(
                [(light * column).sum(), (light * row).sum()], light.sum() * np.array([x, y]), rtol=1e-4
            )
            checked += 1
    assert checked > 10


def test_as_many_spots_are_listed_as_counted_strongest_first_and_none_too_near_to_another():
    data = d.simulate_spots(100, seed=8)
    finite = np.isfinite(data.truth["intensities"])
    assert_array_equal(finite.sum(axis=1), data["spots"])
    assert_array_equal(finite, np.isfinite(data.truth["positions"]).all(axis=2))
    assert_array_equal(finite, np.isfinite(data.truth["i_over_sigma"]))
    assert set(data["spots"]) == set(range(5, 26))
    for places, strength in zip(data.truth["positions"], data.truth["intensities"], strict=True):
        there = places[np.isfinite(places[:, 0])]
        apart = np.hypot(*(there[:, None] - there).T) + 99 * np.eye(len(there))
        assert apart.min() >= 4
        assert (np.diff(strength[: len(there)]) <= 0).all()
    intensity = data.truth["intensities"][finite]
    assert stats.kstest(np.log(intensity / 15) / np.log(5000 / 15), "uniform").pvalue > 1e-3


def test_the_best_fit_scatters_as_i_over_sigma_says():
    frame = d.simulate_spots(1, seed=9)
    expected, quality = frame.truth["expected"][0], frame.truth["i_over_sigma"][0]
    places, strength = frame.truth["positions"][0], frame.truth["intensities"][0]
    row, column = np.mgrid[:64, :64]
    rng = np.random.default_rng(0)
    for i in (0, 3):
        along = places[i] - (frame["beam_x"][0], frame["beam_y"][0])
        along /= np.hypot(*along)
        step = np.stack([column - places[i, 0], row - places[i, 1]])
        radial, across = np.tensordot(along, step, 1), np.tensordot(along[::-1] * (-1, 1), step, 1)
        share = np.exp(-((radial / frame["radial"][0]) ** 2 + (across / frame["tangential"][0]) ** 2) / 2)
        share /= 2 * np.pi * frame["radial"][0] * frame["tangential"][0]
        assert_allclose(strength[i] * np.sqrt((share**2 / expected).sum()), quality[i], rtol=1e-5)
        near = share > 1e-6
        counts = rng.poisson(expected[near], (2_000, near.sum()))
        weights = share[near] / expected[near] / (share**2 / expected).sum()
        fitted = strength[i] + (counts - expected[near]) @ weights
        assert_allclose(fitted.std(), strength[i] / quality[i], rtol=0.06)


def test_a_spot_without_background_has_the_error_of_its_own_counts():
    data = d.simulate_spots(
        5, seed=10, prior={"background": (1e-6, 1e-6), "gradient": (0, 0), "ring": (0, 0)}
    )
    best = data.truth["i_over_sigma"] / np.sqrt(data.truth["intensities"])
    assert np.nanmax(best) < 1 + 1e-6
    assert np.nanmedian(best) > 0.97


def test_artefacts_are_where_the_mask_says_and_nowhere_else():
    data = d.simulate_spots(
        50, seed=11, prior={"intensity": (1e-9, 1e-9), "ring": (0, 0), "gradient": (0, 0)}
    )
    extra = data.truth["expected"] - data["background"][:, None, None]
    mask = data.truth["artefacts"]
    assert set(np.unique(mask)) == {0, 1, 2}
    assert np.abs(extra[mask == 0]).max() < 1e-6
    assert extra[mask == 1].min() > 10
    assert extra[mask == 2].min() > 1


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: d.unit_cell("monoclinic", 3),
            "system must be one of cubic, tetragonal, orthorhombic, hexagonal",
        ),
        (lambda: d.unit_cell("hexagonal", 3), "a hexagonal cell has the free edges a, c; got a"),
        (lambda: d.unit_cell("cubic", 3, c=4), "free edges a; got a, c"),
        (lambda: d.unit_cell(["cubic"], 3), "system must be one of"),
        (lambda: d.unit_cell("cubic", [3, 3]), "a must be one number"),
        (lambda: d.unit_cell("cubic", 1e-300), "cell must be three edges"),
        (lambda: d.powder([90], IRON, offset=1e300), "offset must be between -180 and 180 degrees"),
        (lambda: d.powder([90], IRON, wavelength=1e300), "wavelength must be at most 1,000,000 Å"),
        (lambda: d.unit_cell("cubic", -3), "cell must be three edges"),
        (lambda: d.unit_cell("cubic", np.nan), "a must be finite"),
        (lambda: d.d_spacing([0, 0, 0], IRON.cell), "hkl must be finite"),
        (lambda: d.d_spacing([1, 0], IRON.cell), "hkl must be finite and have shape"),
        (lambda: d.d_spacing([1, 0, 0], [3, 3, 3, 90, 90]), "cell must be three edges"),
        (lambda: d.d_spacing([1, 0, 0], [3, 3, 3, 30, 30, 90]), "angles between which a volume fits"),
        (lambda: IRON.peaks(0), "d_min must be larger than 0; the smallest value is 0"),
        (lambda: IRON.peaks(0.001), "d_min must not be so small that more than 400,000 sets"),
        (lambda: dataclasses.replace(IRON, positions=()), "positions must be finite and have shape"),
        (lambda: dataclasses.replace(IRON, positions=((0, 0, np.nan),)), "positions must be finite"),
        (
            lambda: dataclasses.replace(IRON, b=(1.0, 2.0, 3.0)),
            r"b must be a finite number or have shape \(2,\)",
        ),
        (lambda: dataclasses.replace(IRON, b_iso=-1), "b_iso must be 0 or larger; the smallest value is -1"),
        (
            lambda: dataclasses.replace(IRON, b_iso=(1.0, 2.0, 3.0)),
            r"b_iso must be a number or have shape \(2,\)",
        ),
        (lambda: dataclasses.replace(IRON, absorption=np.inf), "absorption must be finite"),
        (lambda: d.powder([], IRON), "two_theta must have shape"),
        (lambda: d.powder([0.0, 90], IRON), "two_theta must lie between 0 and 180"),
        (lambda: d.powder([90, np.nan], IRON), "two_theta must lie between"),
        (lambda: d.powder([90], IRON, wavelength=0), "wavelength must be larger than 0"),
        (lambda: d.powder([90], IRON, wavelength=[1, 2]), "wavelength must be one number"),
        (lambda: d.powder([90], IRON, strain=-1), "strain must lie between -0.5 and 0.5; got -1"),
        (lambda: d.powder([90], IRON, wavelength=1e-3), "wavelength must not be so small that"),
        (lambda: d.powder([90], IRON, texture=0), "texture must be between 0.01 and 100; got 0.0"),
        (lambda: d.powder([90], IRON, mixing=1.2), "mixing must lie between 0 and 1; got 1.2"),
        (lambda: d.powder([90], IRON, axis=(0, 0, 0)), "axis must be three Miller indices"),
        (
            lambda: d.powder([90], IRON, resolution=(0, 0, 0)),
            "resolution must give each peak a positive width",
        ),
        (lambda: d.powder([90], IRON, resolution=0.1), "resolution must be finite and have shape"),
        (
            lambda: d.powder([90], IRON, strain=[0, 0], texture=[1, 1, 1]),
            r"arrays of one shape; got \(2,\), \(3,\)",
        ),
        (lambda: d.powder([90], IRON, offset="a"), "offset must be a number"),
        (lambda: d.march_dollase(1.5, 1), "cosine must lie between -1 and 1"),
        (lambda: d.march_dollase(1, 0), "ratio must be between 0.01 and 100; got 0.0"),
        (lambda: d.equilibrium([0.5, 0.5]), "composition must have shape"),
        (lambda: d.equilibrium([0.5, 0.7, -0.2]), "composition must have shape .* not negative"),
        (lambda: d.equilibrium([0.5, 0.7, 0.2]), "composition must have the sum 1"),
        (lambda: d.cross_section([], IRON), "wavelength must have shape"),
        (lambda: d.cross_section([0.0], IRON), "wavelength must be finite and positive"),
        (lambda: d.bragg_edges([1.0], IRON, width=-1), "width must be 0 or larger"),
        (lambda: d.bragg_edges([1.0], IRON, tail=0.1), "width and tail must be so small"),
        (lambda: d.bragg_edges([1.0], IRON, tail=np.nan), "tail must be finite"),
        (lambda: d.cross_section([1.0], IRON, texture=0.1), "texture must lie between 0.25 and 4; got 0.1"),
        (lambda: d.cross_section([1.0], IRON, texture=[1, 1]), "texture must be one number"),
        (lambda: d.bragg_edges([1.0], IRON, thickness=-1), "thickness must be 0 or larger"),
        (lambda: d.bragg_edges([1.0], IRON, thickness=[1, 2], strain=[0, 0, 0]), "thickness and strain"),
    ],
)
def test_bad_input_to_a_forward_model_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("simulate", "arguments", "message"),
    [
        *(
            (simulate, arguments, message)
            for simulate in (d.simulate, d.simulate_spots, d.simulate_bragg_edges)
            for arguments, message in (
                ({"n": 0}, "n must be a whole number, at least 1; got 0"),
                ({"seed": -1}, "seed must be a whole number, at least 0; got -1"),
                ({"prior": {"banana": (1, 2)}}, "prior has no parameter 'banana'"),
                ({"blocks": []}, "blocks must name at least one block"),
            )
        ),
        (d.simulate, {"two_theta": [30, 29]}, "two_theta must increase"),
        (d.simulate, {"two_theta": [[30, 31]]}, "two_theta must have shape"),
        (d.simulate, {"mismatch": 0.3}, "mismatch must be at least 0 and below 0.2; got 0.3"),
        (d.simulate, {"prior": {"exposure": (0, 1)}}, r"prior\['exposure'\] must be positive"),
        (d.simulate, {"prior": {"background": (-1, 1)}}, r"prior\['background'\] must not be negative"),
        (d.simulate, {"prior": {"width": (2, 1)}}, "must be a finite pair"),
        (d.simulate_spots, {"size": 16}, "size must be a whole number, at least 32; got 16"),
        (d.simulate_spots, {"prior": {"radial": (0.1, 1)}}, r"prior\['radial'\] must lie between 0.7 and 5"),
        (d.simulate_spots, {"prior": {"gradient": (0, 2)}}, "must not be larger than 1"),
        (d.simulate_spots, {"prior": {"ring": (-1, 2)}}, "must not be negative"),
        (d.simulate_spots, {"prior": {"background": (0, 2)}}, "must be positive"),
        (d.simulate_bragg_edges, {"size": 1}, "size must be a whole number, at least 2; got 1"),
        (d.simulate_bragg_edges, {"wavelength": [3, 2]}, "wavelength must increase"),
        (d.simulate_bragg_edges, {"wavelength": "all"}, "wavelength must be a number"),
        (d.simulate_bragg_edges, {"prior": {"austenite": (0, 2)}}, "must lie between 0 and 1"),
        (d.simulate_bragg_edges, {"prior": {"strain": (0.01, 1)}}, "must not be larger than 0.05"),
        (d.simulate_bragg_edges, {"prior": {"exposure": (0, 1)}}, "must be positive"),
    ],
)
def test_bad_input_to_a_simulator_is_named(simulate, arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate(**{"n": 2, "seed": 0} | arguments)


ANYTHING = (
    st.floats(allow_nan=True, width=32) | st.lists(st.floats(-2, 200), max_size=3) | st.text(max_size=2)
)


@FEW
@given(angles=ANYTHING, wavelength=ANYTHING, strain=ANYTHING, texture=ANYTHING)
def test_whatever_comes_in_gives_patterns_or_an_error_that_names_the_argument(
    angles, wavelength, strain, texture
):
    for name, value in (
        ("two_theta", angles),
        ("wavelength", wavelength),
        ("strain", strain),
        ("texture", texture),
    ):
        arguments = {"two_theta": [40.0, 60.0], "crystal": IRON} | {name: value}
        message = ""
        try:
            pattern = d.powder(**arguments)
        except ValueError as error:
            message = str(error)
        if message:
            assert message.startswith(name)
        else:
            batch = np.shape(value) if name in {"strain", "texture"} else ()
            assert pattern.shape == (*batch, len(arguments["two_theta"]))
            assert np.isfinite(pattern).all()


@FEW
@given(wavelength=ANYTHING, thickness=ANYTHING, width=ANYTHING | st.floats(0, 0.3))
def test_whatever_comes_in_gives_transmissions_or_an_error_that_names_the_argument(
    wavelength, thickness, width
):
    for name, value in (("wavelength", wavelength), ("thickness", thickness), ("width", width)):
        arguments = {"wavelength": [2.0, 4.0], "crystal": IRON} | {name: value}
        message = ""
        try:
            share = d.bragg_edges(**arguments)
        except ValueError as error:
            message = str(error)
        if message:
            assert message.startswith(name)
        else:
            assert ((share >= 0) & (share <= 1)).all()
