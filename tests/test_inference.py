"""Exact answers: a Gaussian process against scikit-learn, NUTS against posteriors that are known in closed form."""

import builtins

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor, kernels

from lens_labs import inference
from lens_labs.inference import gp_posterior, nuts
from lens_labs.scattering import reflectivity

RNG = np.random.default_rng(0)
X = np.sort(RNG.uniform(0, 10, 30))
Y = np.sin(X) + 0.1 * RNG.normal(size=30)
NEW = np.linspace(-2, 12, 15)
KERNELS = {
    "squared_exponential": kernels.RBF,
    "matern32": lambda width: kernels.Matern(width, nu=1.5),
    "matern52": lambda width: kernels.Matern(width, nu=2.5),
}


def of_scikit_learn(x, y, new, kernel, known):
    model = GaussianProcessRegressor(
        kernels.ConstantKernel(known.amplitude**2) * KERNELS[kernel](known.length_scale),
        alpha=known.noise**2, optimizer=None,
    ).fit(x, y)  # fmt: skip
    mean, sd = model.predict(new, return_std=True)
    return mean, sd, model.log_marginal_likelihood_value_


@pytest.mark.parametrize("kernel", KERNELS)
def test_mean_error_and_evidence_are_those_of_scikit_learn(kernel):
    found = gp_posterior(X, Y, NEW, kernel=kernel, amplitude=1.3, length_scale=1.7, noise=0.2)
    mean, sd, evidence = of_scikit_learn(X[:, None], Y, NEW[:, None], kernel, found)
    np.testing.assert_allclose(found.mean, mean, atol=1e-10)
    np.testing.assert_allclose(found.sd, sd, atol=1e-9)
    assert found.log_evidence == pytest.approx(evidence, abs=1e-8)
    assert (found.amplitude, found.length_scale, found.noise) == (1.3, 1.7, 0.2)


def test_points_may_have_two_coordinates():
    x, new = RNG.uniform(size=(12, 2)), RNG.uniform(size=(5, 2))
    y = np.sin(3 * x).sum(axis=1)
    found = gp_posterior(x, y, new, amplitude=1.0, length_scale=0.4, noise=0.05)
    mean, sd, _ = of_scikit_learn(x, y, new, "squared_exponential", found)
    np.testing.assert_allclose(found.mean, mean, atol=1e-10)
    np.testing.assert_allclose(found.sd, sd, atol=1e-9)


def test_scales_that_are_not_given_have_the_largest_evidence_and_given_ones_stay():
    found = gp_posterior(X, Y, NEW, noise=0.1)
    assert found.noise == 0.1
    for name in ("amplitude", "length_scale"):
        for step in (0.95, 1.05):
            scales = {"amplitude": found.amplitude, "length_scale": found.length_scale, "noise": 0.1}
            scales[name] *= step
            assert gp_posterior(X, Y, NEW, **scales).log_evidence < found.log_evidence


def test_far_from_all_points_it_knows_what_it_knew_before_and_at_one_what_was_measured():
    found = gp_posterior(X, Y, [X[3], 1e4], kernel="matern32", amplitude=1.3, length_scale=1.7, noise=1e-4)
    assert found.mean == pytest.approx([Y[3], 0], abs=1e-3)
    assert found.sd == pytest.approx([1e-4, 1.3], rel=0.1)


def test_the_unit_of_what_was_measured_does_not_matter():
    small, large = (gp_posterior(X, unit * Y, NEW) for unit in (1, 1000))
    np.testing.assert_allclose(large.mean, 1000 * small.mean, rtol=1e-3, atol=1)
    assert large.length_scale == pytest.approx(small.length_scale, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [[[0.0]]]}, r"x must have 1 or 2 axes and at least one point; got shape \(1, 1, 1\)"),
        ({"x": []}, "x must have 1 or 2 axes and at least one point"),
        ({"y": [1.0, np.nan]}, "y must hold finite numbers; got nan"),
        ({"y": [1.0]}, "y must have one value for each of the 2 points of x; got 1"),
        ({"x_new": [[1.0, 2.0]]}, "x_new must have 1 columns, as x has; got 2"),
        ({"noise": 0.0}, "noise must be positive, or None to be found; got 0.0"),
        ({"length_scale": -1}, "length_scale must be positive"),
        ({"kernel": "rbf"}, "kernel must be one of 'squared_exponential', 'matern32', 'matern52'; got 'rbf'"),
    ],
)
def test_a_process_refuses_what_makes_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        gp_posterior(**({"x": [0.0, 1.0], "y": [0.0, 1.0], "x_new": [0.5]} | changes))


def test_nuts_finds_the_exact_posterior_of_a_straight_line():
    import jax.numpy as jnp

    rng = np.random.default_rng(3)
    x = np.c_[np.ones(25), np.linspace(0, 4, 25)]
    y = x @ [1.0, -0.7] + 0.5 * rng.normal(size=25)
    covariance = np.linalg.inv(x.T @ x / 0.25 + np.eye(2) / 100)
    mean = covariance @ (x.T @ y / 0.25)

    def log_density(p):
        return -0.5 * jnp.sum((y - x @ p) ** 2) / 0.25 - 0.5 * jnp.sum(p**2) / 100

    drawn = nuts(log_density, [0.0, 0.0], scale=[0.2, 0.1], n=1000, warmup=400, seed=4)
    flat = drawn.samples.reshape(-1, 2)
    assert drawn.samples.shape == (4, 1000, 2)
    assert (drawn.r_hat < 1.02).all()
    assert (drawn.ess > 400).all()
    assert drawn.divergences == 0
    error = np.sqrt(np.diag(covariance) / drawn.ess)
    np.testing.assert_array_less(np.abs(flat.mean(axis=0) - mean), 4 * error)
    np.testing.assert_allclose(np.cov(flat.T), covariance, rtol=0.15)


def test_chains_in_two_separate_valleys_do_not_agree_and_a_seed_gives_them_again():
    import jax.numpy as jnp

    def log_density(p):
        return jnp.logaddexp(-0.5 * (p[0] - 30) ** 2, -0.5 * (p[0] + 30) ** 2)

    drawn = nuts(log_density, [[-30.0], [-29.0], [29.0], [30.0]], n=100, warmup=50, seed=1)
    again = nuts(log_density, [[-30.0], [-29.0], [29.0], [30.0]], n=100, warmup=50, seed=1)
    np.testing.assert_array_equal(again.samples, drawn.samples)
    assert drawn.r_hat[0] > 2
    assert drawn.ess[0] < 40


def test_the_simulator_can_be_differentiated_for_the_sampler():
    import jax.numpy as jnp

    q = np.geomspace(0.02, 0.15, 30)
    truth = reflectivity.reflectivity(q, [[0, 2.07, 0, 0], [120, 1.0, 0, 5], [0, 6.36, 0, 5]])

    def log_density(p):
        slabs = jnp.stack(
            [
                jnp.array([0, 2.07, 0, 0]),
                jnp.array([1.0, 0, 0, 0]) * p[0] + jnp.array([0, 1.0, 0, 5]),
                jnp.array([0, 6.36, 0, 5]),
            ]
        )
        return -0.5 * jnp.sum((jnp.log(reflectivity.reflectivity(q, slabs)) - np.log(truth)) ** 2) / 0.05**2

    drawn = nuts(log_density, [119.5], scale=0.3, n=100, warmup=100, chains=2, seed=2)
    assert drawn.samples.mean() == pytest.approx(120, abs=0.3)
    assert 0.01 < drawn.samples.std() < 1


def flat(p):
    return 0.0 * p.sum()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chains": 1}, "chains must be at least 2; got 1"),
        ({"n": 0}, "n must be at least 4; got 0"),
        ({"warmup": 0}, "warmup must be at least 1; got 0"),
        ({"start": [[0.0], [1.0]]}, r"start must have shape \(d,\) or \(4, d\); got \(2, 1\)"),
        ({"start": 0.0}, r"start must have shape \(d,\)"),
        ({"scale": [1.0, 2.0]}, r"scale must be one number or have shape \(1,\); got \(2,\)"),
        ({"scale": 0.0}, "scale must be positive; got 0.0"),
        ({"log_density": lambda p: p.sum() / 0.0}, "log_density must be finite with a finite gradient where a chain begins"),
    ],
)  # fmt: skip
def test_the_sampler_refuses_what_makes_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        nuts(**({"log_density": flat, "start": [0.0], "seed": 0} | changes))


def test_without_its_extra_the_room_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("tensorflow_probability"):
            raise ModuleNotFoundError(
                "No module named 'tensorflow_probability'", name="tensorflow_probability"
            )
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ImportError, match=r'tensorflow_probability is not installed; `pip install "lens-labs\[inference\]"`'
    ):
        inference.gp_posterior([0.0], [0.0], [1.0])
