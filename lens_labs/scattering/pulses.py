r"""Pulses of light from a scintillation detector: which of them came from neutrons, and which from gammas.

A neutron that is captured by lithium-6 in a scintillator such as ⁶LiF:ZnS(Ag) leaves an alpha particle and a triton, which
excite much slow light; an electron that a gamma has set free excites less. Electronics that compare charges count the light
in two windows, a prompt and a delayed one, and report two numbers a pulse:

* the charge :math:`\mathcal{A}`, all photons that were detected, a whole number, at least the threshold;
* the tail fraction :math:`\mathcal{A}_t / \mathcal{A}`, the share of them that came in the delayed window.

Both families are chosen such that their probabilities are known exactly. So is the best possible answer, `log_odds`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.dataset import Dataset
from lens_labs.scattering._arguments import numbers, require, whole
from lens_labs.scattering._blocks import simulated

__all__ = ["Scintillator", "best_accuracy", "log_odds", "simulate", "simulate_waveforms"]

Floats = npt.NDArray[np.float64]

PROMPT, END = 100.0, 2300.0
"""End of the prompt window, and of the delayed one that follows it, ns."""
_BIN = 20.0
_MOST_LIGHT, _MOST_CHARGE = 100_000, 1e9
_MOST_SUMMED = 10_000
"""Charges over which `best_accuracy` sums; the time grows with the square."""
_DECAYS = (40.0, 700.0)  # of the light within each window, ns


def _number(value: Any, name: str) -> float:
    if np.shape(value) != ():
        raise ValueError(f"{name} must be one number; got {value!r}")
    return float(numbers(value, name))


@dataclasses.dataclass(frozen=True)
class Scintillator:
    """How much light each kind of particle gives, and how slow it is.

    Neutrons always release the same energy, and the light that is left of it spreads log-normally. The light of gammas falls
    exponentially from the threshold on. In each pulse a photon is delayed with a probability that is drawn from a beta
    distribution of its kind.

    Parameters
    ----------
    threshold : int
        The smallest charge that is recorded, photons, at most 100,000.
    neutron_light, neutron_light_width : float
        Median of the light of neutrons, photons, and the standard deviation of its logarithm.
    gamma_light : float
        Light above the threshold, photons, in which the number of gammas falls to 1/e.
    neutron_tail, neutron_tail_width : float
        Mean and standard deviation of the probability of delayed light, for neutrons.
    gamma_tail, gamma_tail_width : float
        The same for gammas.

    Raises
    ------
    ValueError
        If a light (1 to 100,000 photons) or its width (0.01 to 1) is out of range, if a tail does not lie between 0 and 1, or
        if its width is not possible.

    Examples
    --------
    >>> Scintillator(gamma_tail=0.6).gamma_tail
    0.6
    """

    threshold: int = 20
    neutron_light: float = 200.0
    neutron_light_width: float = 0.25
    gamma_light: float = 110.0
    neutron_tail: float = 0.70
    neutron_tail_width: float = 0.07
    gamma_tail: float = 0.42
    gamma_tail_width: float = 0.14

    def __post_init__(self) -> None:
        whole(self.threshold, "threshold", at_least=1)
        if self.threshold > _MOST_LIGHT:
            raise ValueError(f"threshold must be at most {_MOST_LIGHT:,}; got {self.threshold}")
        for name in ("neutron_light", "gamma_light", "neutron_light_width"):
            low, high = (0.01, 1) if name.endswith("width") else (1, _MOST_LIGHT)
            if not low <= (value := _number(getattr(self, name), name)) <= high:
                raise ValueError(f"{name} must lie between {low:g} and {high:,}; got {value}")
        for name in ("neutron_tail", "gamma_tail"):
            if not 0 < (mean := _number(getattr(self, name), name)) < 1:
                raise ValueError(f"{name} must lie between 0 and 1; got {mean}")
            widest = np.sqrt(mean * (1 - mean))
            width = _number(getattr(self, f"{name}_width"), f"{name}_width")
            if not 1e-4 * widest <= width <= 0.99 * widest:
                raise ValueError(
                    f"{name}_width must lie between {1e-4 * widest:.2g} and {0.99 * widest:.3f}; got {width}"
                )


_USUAL = Scintillator()


def log_odds(x: Any, *, neutron_share: float = 0.5, scintillator: Scintillator = _USUAL) -> Floats:
    r"""Compute the exact logarithm of the odds that pulses came from neutrons.

    .. math:: \ln\frac{\Pr(\text{neutron}\mid x)}{\Pr(\text{gamma}\mid x)}
              = \ln\frac{\Pr(\text{neutron})}{\Pr(\text{gamma})}
              + \ln\frac{p(\mathcal{A}\mid\text{neutron})}{p(\mathcal{A}\mid\text{gamma})}
              + \ln\frac{p(\mathcal{A}_t\mid\mathcal{A},\text{neutron})}{p(\mathcal{A}_t\mid\mathcal{A},\text{gamma})},

    with the charge :math:`\mathcal{A}` and :math:`\mathcal{A}_t` photons in the tail. The charge of neutrons is a rounded
    log-normal number, that of gammas a geometric one, both from the threshold on, and the photons of the tail follow a
    beta-binomial distribution. No classifier that sees the same two numbers can be right more often than the sign of this one.

    Parameters
    ----------
    x : array of shape (..., 2)
        Charge, photons, from the threshold to 10⁹, and tail fraction, from 0 to 1. Between whole numbers of photons the
        formula is continued smoothly.
    neutron_share : float
        Share of neutrons among all pulses, between 0 and 1.
    scintillator : Scintillator
        What the detector is made of.

    Returns
    -------
    array of shape (...)
        Positive where a neutron is more likely.

    Raises
    ------
    ValueError
        If a value is out of range.

    Examples
    --------
    Much light, most of it late: a neutron. Where gammas are a hundred times commoner, it is rather one of them:

    >>> pulse = [250, 0.72]
    >>> round(float(log_odds(pulse)), 2)
    3.98
    >>> round(float(log_odds(pulse, neutron_share=1 / 101)), 2)
    -0.62
    """
    share = _share(neutron_share)
    charge, fraction = _checked(x, scintillator.threshold)
    neutron, gamma = _log_probabilities(charge, charge * fraction, scintillator)
    return np.asarray(special.logit(share) + neutron - gamma)


def best_accuracy(*, neutron_share: float = 0.5, scintillator: Scintillator = _USUAL) -> float:
    """Compute how often the best possible classifier is right.

    The probability of the likelier kind is added up over all charges and tails; what is left out has a probability of less
    than 1e-7.

    Parameters
    ----------
    neutron_share : float
        Share of neutrons among all pulses, between 0 and 1.
    scintillator : Scintillator
        What the detector is made of.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1, or the scintillator so bright that charges beyond 10,000 photons matter.

    Examples
    --------
    >>> round(best_accuracy(), 3)
    0.944
    """
    share, s, rare = _share(neutron_share), scintillator, -np.log(1e-7)
    most = s.threshold + s.gamma_light * rare
    most = max(most, s.neutron_light * np.exp(s.neutron_light_width * np.sqrt(2 * rare)))
    if most > _MOST_SUMMED:
        raise ValueError(
            f"scintillator must give so little light that all but 1e-7 of its charges are below {_MOST_SUMMED:,} photons; "
            f"got {most:,.0f}"
        )
    right = 0.0
    for charges in np.array_split(np.arange(s.threshold, most + 1), -(-int(most) // 32)):
        charge, tail = np.meshgrid(charges, np.arange(charges[-1] + 1), indexing="ij")
        possible = tail <= charge
        neutron, gamma = _log_probabilities(charge[possible], tail[possible], s)
        right += np.maximum(share * np.exp(neutron), (1 - share) * np.exp(gamma)).sum()
    return float(right)


def simulate(
    n: int,
    *,
    seed: int,
    neutron_share: float = 0.5,
    scintillator: Scintillator = _USUAL,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Simulate the charge and the tail fraction of pulses, as electronics report them.

    Each pulse is from a neutron with the probability `neutron_share`. Photons are counted one by one, so a weak pulse has an
    uncertain tail fraction.

    Parameters
    ----------
    n : int
        Number of pulses.
    seed : int
        Seed; the first pulses of a large set are those of a small one.
    neutron_share : float
        Share of neutrons among all pulses, between 0 and 1.
    scintillator : Scintillator
        What the detector is made of; there is no other prior, so that the odds are exact.
    blocks : iterable of int, optional
        Return the pulses of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: charge (photons) and tail fraction, shape (n, 2); ``y``: ``neutron``, which is 1 for a neutron and 0 for a
        gamma.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> pulses = simulate(10_000, seed=1)
    >>> right = (log_odds(pulses.x) > 0) == pulses["neutron"]
    >>> round(float(right.mean()), 3), round(best_accuracy(), 3)
    (0.945, 0.944)
    """
    share = _share(neutron_share)

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        neutron, charge, tail = _pulses(rng, size, share, scintillator)
        return [np.stack([charge, tail / charge], axis=1), neutron[:, None].astype(float)]

    x, y = simulated(n, seed, draw, blocks)
    meta = _meta("pulses.simulate", seed, share, scintillator) | {"features": ("charge", "tail_fraction")}
    return Dataset(x, y, ("neutron",), {"x": "photons, 1", "neutron": "1"}, meta=meta)


def simulate_waveforms(
    n: int,
    *,
    seed: int,
    neutron_share: float = 0.5,
    scintillator: Scintillator = _USUAL,
    blocks: Iterable[int] | None = None,
) -> Dataset:
    """Simulate when the photons of pulses arrive.

    The photons before 100 ns are the prompt ones, those up to 2,300 ns the tail, the windows that Pritchard and others [1]_
    found best for a thin detector. Within each window the times fall exponentially, alike for both kinds. So a waveform
    says no more about the particle than its charge and its tail fraction do, and `log_odds` stays the best answer.

    Parameters
    ----------
    n : int
        Number of pulses.
    seed : int
        Seed; the first pulses of a large set are those of a small one.
    neutron_share : float
        Share of neutrons among all pulses, between 0 and 1.
    scintillator : Scintillator
        What the detector is made of.
    blocks : iterable of int, optional
        Return the pulses of these blocks alone, see `lens_labs.scattering.blocks`.

    Returns
    -------
    Dataset
        ``x``: photons in each of 115 bins of 20 ns, shape (n, 115); ``y``: ``neutron``, ``charge`` and ``tail_fraction``,
        which are sums over `x`; the coordinate ``time`` is the middle of each bin, ns.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    .. [1] K. Pritchard et al., IEEE Trans. Nucl. Sci. 67 (1) (2020), https://doi.org/10.1109/TNS.2019.2953875

    Examples
    --------
    >>> pulses = simulate_waveforms(100, seed=1)
    >>> tail = pulses.x[:, pulses.coords["time"] > 100].sum(axis=1)
    >>> bool((tail == (pulses["charge"] * pulses["tail_fraction"]).round()).all())
    True
    """
    share = _share(neutron_share)
    edges = np.arange(0, END + _BIN, _BIN)
    first = int(PROMPT / _BIN)
    prompt, delayed = _shares(edges[: first + 1], _DECAYS[0]), _shares(edges[first:], _DECAYS[1])

    def draw(rng: np.random.Generator, size: int) -> list[npt.NDArray[Any]]:
        neutron, charge, tail = _pulses(rng, size, share, scintillator)
        photons = [rng.multinomial(charge - tail, prompt), rng.multinomial(tail, delayed)]
        y = np.stack([neutron, charge, tail / charge], axis=1)
        return [np.concatenate(photons, axis=1), y]

    x, y = simulated(n, seed, draw, blocks)
    names = ("neutron", "charge", "tail_fraction")
    units = dict.fromkeys(names, "1") | {"x": "photons", "charge": "photons", "time": "ns"}
    meta = _meta("pulses.simulate_waveforms", seed, share, scintillator)
    return Dataset(x, y, names, units, {"time": (edges[1:] + edges[:-1]) / 2}, meta=meta)


def _pulses(
    rng: np.random.Generator, size: int, share: float, s: Scintillator
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw kinds, charges, and photons in the tail."""
    neutron = rng.uniform(size=size) < share
    chance = rng.uniform(size=size)
    # By logarithms from above, so that a threshold far beyond the light of neutrons leaves them their small tail.
    stronger = special.log_ndtr(-_standardised(s.threshold - 0.5, s)) + np.log1p(-chance)
    light = s.neutron_light * np.exp(-special.ndtri_exp(stronger) * s.neutron_light_width)
    falling = np.floor(-s.gamma_light * np.log1p(-chance))
    charge = np.where(neutron, np.maximum(np.rint(light), s.threshold), s.threshold + falling).astype(
        np.int64
    )
    of_neutron, of_gamma = (
        _beta(s.neutron_tail, s.neutron_tail_width),
        _beta(s.gamma_tail, s.gamma_tail_width),
    )
    late = rng.beta(*np.where(neutron, np.array(of_neutron)[:, None], np.array(of_gamma)[:, None]))
    return neutron, charge, rng.binomial(charge, late)


def _log_probabilities(charge: Floats, tail: Floats, s: Scintillator) -> tuple[Floats, Floats]:
    """Return ln p(charge, tail | neutron) and ln p(charge, tail | gamma)."""
    ways = -special.betaln(charge - tail + 1, tail + 1) - np.log(charge + 1)  # of choosing the tail
    upper, lower = _standardised(charge + 0.5, s), _standardised(charge - 0.5, s)
    flip = lower > 0  # the small tail of the normal distribution keeps its digits
    high = special.log_ndtr(np.where(flip, -lower, upper))
    low = special.log_ndtr(np.where(flip, -upper, lower))
    recorded = special.log_ndtr(-_standardised(s.threshold - 0.5, s))
    neutron = high + np.log(-np.expm1(low - high)) - recorded
    gamma = np.log(-np.expm1(-1 / s.gamma_light)) - (charge - s.threshold) / s.gamma_light
    each = []
    for light, mean, width in (
        (neutron, s.neutron_tail, s.neutron_tail_width),
        (gamma, s.gamma_tail, s.gamma_tail_width),
    ):
        a, b = _beta(mean, width)
        each.append(light + ways + special.betaln(tail + a, charge - tail + b) - special.betaln(a, b))
    return each[0], each[1]


def _standardised(charge: Any, s: Scintillator) -> Any:
    return np.log(charge / s.neutron_light) / s.neutron_light_width


def _beta(mean: float, width: float) -> tuple[float, float]:
    """Return the parameters of the beta distribution with this mean and standard deviation."""
    total = mean * (1 - mean) / width**2 - 1
    return mean * total, (1 - mean) * total


def _shares(edges: Floats, decay: float) -> Floats:
    """Return which shares of light that falls exponentially come between these edges."""
    light = -np.diff(np.exp(-edges / decay))
    return np.asarray(light / light.sum())


def _meta(simulator: str, seed: int, share: float, scintillator: Scintillator) -> dict[str, Any]:
    given = dataclasses.asdict(scintillator) | {"neutron_share": share}
    return {"simulator": simulator, "seed": seed, "prior": given, "classes": ("gamma", "neutron")}


def _share(value: float) -> float:
    if not 0 < (share := _number(value, "neutron_share")) < 1:
        raise ValueError(f"neutron_share must lie between 0 and 1; got {share}")
    return share


def _checked(x: Any, threshold: int) -> tuple[Floats, Floats]:
    x = numbers(x, "x")
    if x.ndim < 1 or x.shape[-1] != 2:
        raise ValueError(f"x must have shape (..., 2), charge and tail fraction; got shape {x.shape}")
    charge, fraction = x[..., 0], x[..., 1]
    fits = (charge >= threshold) & (charge <= _MOST_CHARGE)
    require(charge, "x[..., 0], the charge,", fits, f"between {threshold} and {_MOST_CHARGE:g}")
    if not ((fraction >= 0) & (fraction <= 1)).all():
        raise ValueError(f"x[..., 1], the tail fraction, must lie between 0 and 1; got {fraction}")
    return charge, fraction
