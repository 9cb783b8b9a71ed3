"""Exact answers to learn from: the posterior of a Gaussian process, and samples of any posterior by NUTS.

Both are short roads into tensorflow-probability on JAX, which ``pip install "lens-labs[inference]"`` brings. Everything
is computed in double precision, whatever JAX is set to outside.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

if TYPE_CHECKING:
    import jax

__all__ = ["KERNELS", "Chains", "GaussianProcess", "gp_posterior", "nuts"]

Array = npt.NDArray[np.float64]

KERNELS = {
    "squared_exponential": "ExponentiatedQuadratic",
    "matern32": "MaternThreeHalves",
    "matern52": "MaternFiveHalves",
}
_REACH = 1e3
"""How far a fitted scale may lie from its start, as a factor."""


class GaussianProcess(NamedTuple):
    """What a Gaussian process knows at new points.

    Attributes
    ----------
    mean : ndarray of shape (m,)
        Expectation of the function, without noise, in the unit of `y`.
    sd : ndarray of shape (m,)
        Its standard deviation.
    amplitude, length_scale, noise : float
        The numbers of the kernel that were given or found.
    log_evidence : float
        Logarithm of the marginal likelihood of the data.
    """

    mean: Array
    sd: Array
    amplitude: float
    length_scale: float
    noise: float
    log_evidence: float


class Chains(NamedTuple):
    """Samples of a posterior, and what they say of themselves.

    Attributes
    ----------
    samples : ndarray of shape (chains, n, parameters)
        After the warm-up.
    r_hat : ndarray of shape (parameters,)
        How much wider all chains together are than each alone; above 1.01 they do not agree yet [1]_.
    ess : ndarray of shape (parameters,)
        To how many independent samples they are worth.
    divergences : int
        Steps at which the integration failed; more than none is a warning that a region was not explored.

    References
    ----------
    .. [1] A. Gelman and D. B. Rubin, Statist. Sci. 7 (1992) 457-472, doi:10.1214/ss/1177011136. Chains are split in two.
    """

    samples: Array
    r_hat: Array
    ess: Array
    divergences: int


def gp_posterior(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    x_new: npt.ArrayLike,
    *,
    kernel: str = "squared_exponential",
    amplitude: float | None = None,
    length_scale: float | None = None,
    noise: float | None = None,
) -> GaussianProcess:
    r"""Return what measured points say about a function elsewhere, if it is a draw of a Gaussian process.

    With the kernel matrix :math:`K` of the measured points, :math:`k` between them and a new one, and the noise
    :math:`s`, mean and variance there are [1]_

    .. math:: k^\top (K + s^2)^{-1} y, \qquad k(x, x) - k^\top (K + s^2)^{-1} k.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        Where was measured.
    y : array_like of shape (n,)
        What was measured. The process has mean zero, so take a mean away first.
    x_new : array_like of shape (m,) or (m, d)
        Where the function is asked for.
    kernel : {"squared_exponential", "matern32", "matern52"}
        How the covariance falls with distance.
    amplitude : float, optional
        Standard deviation of the function, in the unit of `y`.
    length_scale : float, optional
        Distance over which it changes, in the unit of `x`.
    noise : float, optional
        Standard deviation of the measured points, in the unit of `y`.

    Returns
    -------
    GaussianProcess
        Numbers of the kernel that were not given are those with the largest marginal likelihood.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, a scale is not positive, or there is no such kernel.
    ImportError
        If tensorflow-probability is missing.

    References
    ----------
    .. [1] C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press 2006, chapter 2,
       http://gaussianprocess.org/gpml.

    Examples
    --------
    >>> known = gp_posterior([0.0, 1.0], [1.0, -1.0], [0.0, 9.0], amplitude=2.0, length_scale=1.0, noise=1e-3)
    >>> (known.mean.round(3) + 0).tolist(), known.sd.round(3).tolist()
    ([1.0, 0.0], [0.001, 2.0])
    """
    points, values, wanted = _points(x, y, x_new)
    given = {"amplitude": amplitude, "length_scale": length_scale, "noise": noise}
    for name, value in given.items():
        if value is not None and not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be positive, or None to be found; got {value!r}")
    if kernel not in KERNELS:
        raise ValueError(f"kernel must be one of {', '.join(map(repr, KERNELS))}; got {kernel!r}")
    jax, tfp = _engines()
    covariance = getattr(tfp.math.psd_kernels, KERNELS[kernel])
    known = {name: np.float64(value) for name, value in given.items() if value is not None}

    with jax.experimental.enable_x64():

        def evidence(scales: Mapping[str, Any]) -> Any:
            process = tfp.distributions.GaussianProcess(
                covariance(scales["amplitude"], scales["length_scale"]), points,
                observation_noise_variance=scales["noise"] ** 2, jitter=0.0,
            )  # fmt: skip
            return process.log_prob(values)

        scales = known | _most_likely(jax, evidence, known, _guess(points, values))
        process = tfp.distributions.GaussianProcessRegressionModel(
            covariance(scales["amplitude"], scales["length_scale"]), wanted, points, values,
            observation_noise_variance=scales["noise"] ** 2, predictive_noise_variance=0.0, jitter=0.0,
        )  # fmt: skip
        variance = np.maximum(np.asarray(process.variance()), 0.0)
        found = {name: float(scales[name]) for name in given}
        return GaussianProcess(
            np.asarray(process.mean()), np.sqrt(variance), **found, log_evidence=float(evidence(scales))
        )


def _points(x: npt.ArrayLike, y: npt.ArrayLike, x_new: npt.ArrayLike) -> tuple[Array, Array, Array]:
    """Return points as rows."""
    found = {}
    for name, given, axes in (("x", x, (1, 2)), ("y", y, (1,)), ("x_new", x_new, (1, 2))):
        array = np.asarray(given, dtype=float)
        if array.ndim not in axes or array.size == 0:
            raise ValueError(
                f"{name} must have {' or '.join(map(str, axes))} axes and at least one point; got shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must hold finite numbers; got {array[~np.isfinite(array)][0]}")
        found[name] = array if name == "y" else array.reshape(len(array), -1)
    if len(found["y"]) != len(found["x"]):
        raise ValueError(
            f"y must have one value for each of the {len(found['x'])} points of x; got {len(found['y'])}"
        )
    if found["x_new"].shape[1] != found["x"].shape[1]:
        raise ValueError(
            f"x_new must have {found['x'].shape[1]} columns, as x has; got {found['x_new'].shape[1]}"
        )
    return found["x"], found["y"], found["x_new"]


def _guess(points: Array, values: Array) -> dict[str, float]:
    """Return scales from which a fit can start."""
    height = float(np.sqrt(np.mean(values**2))) or 1.0
    width = float(np.ptp(points, axis=0).max()) or 1.0
    return {"amplitude": height, "length_scale": width / 4, "noise": 0.1 * height}


def _most_likely(
    jax: Any, evidence: Callable[..., Any], known: Mapping[str, float], start: Mapping[str, float]
) -> dict[str, float]:
    """Return the scales that are not known, at the largest marginal likelihood; the best of three starts."""
    free = [name for name in start if name not in known]
    if not free:
        return {}

    def loss(logs: Any) -> Any:
        return -evidence(
            {**known, **{name: start[name] * jax.numpy.exp(logs[i]) for i, name in enumerate(free)}}
        )

    both = jax.jit(jax.value_and_grad(loss))
    bound = [(-np.log(_REACH), np.log(_REACH))] * len(free)
    runs = [
        optimize.minimize(
            lambda logs: tuple(map(np.asarray, both(logs))), np.full(len(free), first), jac=True, bounds=bound
        )
        for first in (-1.0, 0.0, 1.0)
    ]
    best = min((run for run in runs if np.isfinite(run.fun)), key=lambda run: float(run.fun))
    return {name: np.float64(start[name] * np.exp(log)) for name, log in zip(free, best.x, strict=True)}


def nuts(
    log_density: Callable[[jax.Array], jax.Array],
    start: npt.ArrayLike,
    *,
    seed: int,
    scale: npt.ArrayLike = 1.0,
    n: int = 1000,
    warmup: int = 500,
    chains: int = 4,
) -> Chains:
    """Draw samples of a posterior with the No-U-Turn sampler [1]_.

    Parameters
    ----------
    log_density : callable
        Takes the parameters, an array of JAX of shape (d,), and returns the logarithm of their density, up to a
        constant. It must be written with functions of JAX, because it is differentiated; the simulators of
        ``lens_labs.scattering`` are.
    start : array_like of shape (d,) or (chains, d)
        Where the chains begin. From a single point they begin around it, half a `scale` away.
    seed : int
        The same seed gives the same samples.
    scale : array_like of shape (d,), default 1
        How wide the posterior is in each direction, roughly, as from a least-squares fit. The sampler moves in units of it.
    n : int, default 1000
        Samples of each chain after the warm-up.
    warmup : int, default 500
        Steps in which the size of a step is tuned, and which are thrown away.
    chains : int, default 4
        At least two, or nobody could see that they disagree.

    Returns
    -------
    Chains
        Look at `r_hat`, `ess` and `divergences` before you look at the samples.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is too small, or the density or its gradient is not finite where a chain begins.
    ImportError
        If tensorflow-probability is missing.

    References
    ----------
    .. [1] M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593-1623, https://jmlr.org/papers/v15/hoffman14a.html.

    Examples
    --------
    >>> drawn = nuts(lambda p: -0.5 * ((p[0] - 210.0) / 2.0) ** 2, [200.0], scale=2.0, seed=1)  # doctest: +SKIP
    >>> drawn.samples.mean().round(), drawn.samples.std().round()  # doctest: +SKIP
    (210.0, 2.0)
    """
    for name, number, least in (("n", n, 4), ("warmup", warmup, 1), ("chains", chains, 2)):
        if number < least:
            raise ValueError(f"{name} must be at least {least}; got {number!r}")
    first, width = _starts(start, scale, chains, seed)
    jax, tfp = _engines()

    with jax.experimental.enable_x64():
        density = jax.vmap(lambda moved: log_density(moved * width))
        values, slopes = jax.vmap(jax.value_and_grad(lambda moved: log_density(moved * width)))(first / width)
        bad = ~np.isfinite(values) | ~np.isfinite(slopes).all(axis=1)
        if bad.any():
            raise ValueError(
                f"log_density must be finite with a finite gradient where a chain begins; it is not at {first[bad.argmax()]}"
            )
        kernel = tfp.mcmc.DualAveragingStepSizeAdaptation(
            tfp.mcmc.NoUTurnSampler(density, step_size=np.full((chains, 1), 0.5)),
            num_adaptation_steps=int(0.8 * warmup),
            target_accept_prob=0.8,
        )

        def run(key: Any) -> Any:
            return tfp.mcmc.sample_chain(
                n, first / width, kernel=kernel, num_burnin_steps=warmup, seed=key,
                trace_fn=lambda _, results: results.inner_results.has_divergence,
            )  # fmt: skip

        with _without_deprecations():
            moved, diverged = jax.jit(run)(jax.random.PRNGKey(seed))
        r_hat = tfp.mcmc.potential_scale_reduction(moved, split_chains=True)
        ess = tfp.mcmc.effective_sample_size(moved, cross_chain_dims=1)
        samples = np.moveaxis(np.asarray(moved), 0, 1) * width
        return Chains(samples, np.asarray(r_hat), np.asarray(ess), int(np.sum(diverged)))


def _starts(start: npt.ArrayLike, scale: npt.ArrayLike, chains: int, seed: int) -> tuple[Array, Array]:
    """Return where each chain begins, shape (chains, d), and the width of each parameter."""
    first = np.asarray(start, dtype=float)
    if first.ndim not in (1, 2) or first.size == 0 or (first.ndim == 2 and len(first) != chains):
        raise ValueError(f"start must have shape (d,) or ({chains}, d); got {first.shape}")
    width = np.asarray(scale, dtype=float)
    if width.shape not in ((), first.shape[-1:]):
        raise ValueError(f"scale must be one number or have shape {first.shape[-1:]}; got {width.shape}")
    if not (np.isfinite(width).all() and (width > 0).all()):
        raise ValueError(f"scale must be positive; got {scale!r:.80}")
    width = np.broadcast_to(width, first.shape[-1:])
    if first.ndim == 1:
        first = first + 0.5 * width * np.random.default_rng(seed).normal(size=(chains, first.size))
    return first, width


@contextlib.contextmanager
def _without_deprecations() -> Iterator[None]:
    """Silence tensorflow-probability 0.25, which asks JAX for names that are going away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _engines() -> tuple[Any, Any]:
    """Import JAX and tensorflow-probability, or say how to install them."""
    try:
        import jax  # noqa: PLC0415 - seconds to load, and only those who call pay them
        import jax.experimental  # noqa: PLC0415

        with _without_deprecations():
            from tensorflow_probability.substrates import jax as tfp  # noqa: PLC0415

            tfp.distributions  # noqa: B018 - it is loaded when something is asked of it
    except ModuleNotFoundError as problem:
        raise ImportError(
            f'{problem.name} is not installed; `pip install "lens-labs[inference]"` brings what lens_labs.inference needs'
        ) from problem
    except (AttributeError, ImportError) as problem:
        raise ImportError(
            "tensorflow-probability does not work with this version of JAX "
            f'({problem}); `pip install "lens-labs[inference]"` brings versions that do'
        ) from problem
    return jax, tfp
