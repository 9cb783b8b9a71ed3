"""The model behind `magnetism`: domains that are relays, and what polarised neutrons see of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from lens_labs.scattering._arguments import along, numbers, per_series, require, series, whole

Floats = npt.NDArray[np.float64]

_POSITIVE = ("coercive_field", "interaction_field", "curie_temperature", "monitor")
_SHARES = ("reversible", "polarisation")
_LARGEST, _WIDEST = 1e9, 10.0  # what no parameter exceeds, and the widest spread of a logarithm
_DEVIATE = np.linspace(-4, 4, 121)  # of the logarithm of a coercive field, in units of its spread
_WEIGHT = np.exp(-(_DEVIATE**2) / 2) / np.exp(-(_DEVIATE**2) / 2).sum()


def saturation(temperature: npt.ArrayLike, curie_temperature: npt.ArrayLike = 150.0) -> Floats:
    r"""Compute the spontaneous magnetisation of a domain, over its value at zero temperature.

    .. math:: \mathcal M_s = \left[1 - (\Theta / \Theta_C)^{3/2}\right]^{1/3} \text{ below } \Theta_C, \qquad
              \mathcal M_s = 0 \text{ above}.

    Cold magnets lose magnetisation as Bloch's law says; near the Curie temperature the exponent is 1/3. It is the
    formula of Kuz'min [1]_ with his shape parameter :math:`s = 1`.

    Parameters
    ----------
    temperature : array of shape (...)
        Temperature, K, not negative.
    curie_temperature : float or array that broadcasts with `temperature`
        Curie temperature, K, positive.

    Returns
    -------
    array of shape (...)
        Between 0 and 1.

    Raises
    ------
    ValueError
        If a temperature is out of range.

    References
    ----------
    .. [1] M. D. Kuz'min, Phys. Rev. Lett. 94, 107204 (2005), https://doi.org/10.1103/PhysRevLett.94.107204

    Examples
    --------
    >>> saturation([0, 75, 149, 150, 300]).round(2)
    array([1.  , 0.86, 0.22, 0.  , 0.  ])
    """
    temperature = numbers(temperature, "temperature")
    curie = numbers(curie_temperature, "curie_temperature")
    require(temperature, "temperature", temperature >= 0, "finite and not negative, in K")
    require(curie, "curie_temperature", curie > 0, "finite and positive, in K")
    try:
        reduced = temperature / curie
    except ValueError:
        raise ValueError(
            f"curie_temperature must broadcast with temperature, {temperature.shape}; got shape {curie.shape}"
        ) from None
    return np.cbrt(1 - np.minimum(reduced, 1) ** 1.5)


def magnetisation(
    field: npt.ArrayLike,
    temperature: npt.ArrayLike = 0.0,
    *,
    coercive_field: npt.ArrayLike = 0.35,
    coercive_spread: npt.ArrayLike = 0.4,
    interaction_field: npt.ArrayLike = 0.12,
    reversible: npt.ArrayLike = 0.08,
    curie_temperature: npt.ArrayLike = 150.0,
) -> Floats:
    r"""Compute the magnetisation of a specimen that follows a programme of fields and temperatures.

    The specimen is made of domains [1]_. Each is a relay: its magnetisation turns up where the field exceeds
    :math:`H_u + H_c`, and down where it falls below :math:`H_u - H_c`. The coercive field :math:`H_c` is log-normal, the
    interaction field :math:`H_u`, by which the neighbours shift a loop, Gaussian around zero. Among domains of one
    :math:`H_c` those with :math:`H_u` below a border :math:`\beta` point up, and the field :math:`H` moves the border only
    when it pushes against it:

    .. math:: \beta_t = \min\{\max(\beta_{t-1},\, H'_t - H_c),\, H'_t + H_c\}, \qquad
              H'_t = H_t / \mathcal M_s^2(\Theta_t),
    .. math:: \mathcal M_t = \mathcal M_s(\Theta_t) \left[(1-\nu)\,\Big\langle
              \operatorname{erf}\frac{\beta_t}{\sqrt 2\, s_H}\Big\rangle_{H_c} + \nu \tanh\frac{H'_t}{\bar H_c}\right].

    So the whole memory is one border a coercive field. The thresholds shrink with
    :math:`\mathcal M_s^2`: an anisotropy that falls as :math:`\mathcal M_s^3` over a magnetisation that falls as
    :math:`\mathcal M_s`. Above the Curie temperature all is forgotten; the programme begins demagnetised, with
    :math:`\beta = 0`.

    Parameters
    ----------
    field : array of shape (..., steps)
        Magnetic field, T.
    temperature : float or array that broadcasts to `field`
        Temperature, K, not negative.
    coercive_field : float or array of shape (...)
        Median :math:`\bar H_c` of the coercive fields at zero temperature, T, positive.
    coercive_spread : float or array of shape (...)
        Standard deviation of their logarithm; 0 makes them equal.
    interaction_field : float or array of shape (...)
        Standard deviation :math:`s_H` of the interaction fields, T, positive.
    reversible : float or array of shape (...)
        Share :math:`\nu` of the magnetisation that follows the field without memory, 0 to 1.
    curie_temperature : float or array of shape (...)
        Curie temperature, K, positive.

    Returns
    -------
    array of shape (..., steps)
        Magnetisation over saturation at zero temperature, -1 to 1.

    Raises
    ------
    ValueError
        If an argument is out of range, or a shape does not fit.

    References
    ----------
    .. [1] F. Preisach, Z. Phys. 94, 277 (1935), https://doi.org/10.1007/BF01349418

    Examples
    --------
    The same zero field after a strong field up, after one down, after a weak one, and after heating:

    >>> field = [1, 0, -1, 0, 0.3, 0, 0, 0]
    >>> magnetisation(field, [20, 20, 20, 20, 20, 20, 160, 20]).round(2) + 0.0
    array([ 0.98,  0.87, -0.98, -0.87, -0.14, -0.2 ,  0.  ,  0.  ])
    """
    field = series(field, "field")
    require(field, "field", np.abs(field) <= _LARGEST, f"finite, in T, within {_LARGEST:g}")
    batch = field.shape[:-1]
    median = _parameter(coercive_field, "coercive_field", batch)
    spread = _parameter(coercive_spread, "coercive_spread", batch)
    interaction = _parameter(interaction_field, "interaction_field", batch)
    share = _parameter(reversible, "reversible", batch)
    domain = saturation(
        along(temperature, "temperature", field.shape),
        _parameter(curie_temperature, "curie_temperature", batch),
    )
    h = reduced(field, domain)
    turned = irreversible(h, domain > 0, median * np.exp(spread * _DEVIATE), interaction)
    return domain * ((1 - share) * turned + share * np.tanh(h / median))


def reduced(field: Floats, domain: Floats) -> Floats:
    """Return the field over what is left of the thresholds; 0 above the Curie temperature."""
    return np.divide(field, domain**2, out=np.zeros_like(field), where=domain > 0)


def irreversible(h: Floats, ordered: npt.NDArray[np.bool_], coercive: Floats, interaction: Floats) -> Floats:
    """Return the difference between the shares of domains that point up and down, shape (..., steps).

    Parameters
    ----------
    h : array of shape (..., steps)
        Reduced field, T.
    ordered : array of shape (..., steps)
        False above the Curie temperature, where all is forgotten.
    coercive : array of shape (..., 121) or (121,)
        Coercive fields over which is averaged, T.
    interaction : array of shape (..., 1) or (1,)
        Standard deviation of the interaction fields, T.
    """
    border = np.zeros((*h.shape[:-1], _DEVIATE.size))  # of the interaction fields, one a coercive field
    turned = np.empty_like(h)
    for step in range(h.shape[-1]):
        now = h[..., step, None]
        border = np.clip(border, now - coercive, now + coercive) * ordered[..., step, None]
        turned[..., step] = (special.erf(border / (np.sqrt(2) * interaction)) * _WEIGHT).sum(axis=-1)
    return turned


def intensities(
    magnetisation: npt.ArrayLike,
    temperature: npt.ArrayLike = 0.0,
    *,
    amplitude_ratio: npt.ArrayLike = 0.3,
    polarisation: npt.ArrayLike = 0.95,
    curie_temperature: npt.ArrayLike = 150.0,
) -> tuple[Floats, Floats]:
    r"""Compute what a Bragg peak of the specimen scatters of neutrons with spin up and with spin down.

    .. math:: \frac{I_\pm}{F_N^2} = 1 + \gamma^2 \mathcal M_s^2(\Theta) \pm 2 P \gamma \mathcal M, \qquad \gamma = F_M / F_N.

    Nuclear and magnetic amplitude interfere [1]_. Domains scatter on their own, up or down, each with the amplitude
    :math:`\pm\gamma\mathcal M_s`: so the sum of both spins knows the temperature alone, and their difference the magnetisation.

    Parameters
    ----------
    magnetisation : array of shape (..., steps)
        Over saturation at zero temperature; not beyond `saturation`, up or down.
    temperature : float or array that broadcasts to `magnetisation`
        Temperature, K, not negative.
    amplitude_ratio : float or array of shape (...)
        Magnetic over nuclear structure factor at zero temperature, 0 to 1.
    polarisation : float or array of shape (...)
        Polarisation of the beam, 0 to 1, the same for both spins.
    curie_temperature : float or array of shape (...)
        Curie temperature, K, positive.

    Returns
    -------
    up, down : array of shape (..., steps)
        Intensity over that of the nuclei alone; their quotient is the flipping ratio.

    Raises
    ------
    ValueError
        If an argument is out of range, or a shape does not fit.

    References
    ----------
    .. [1] R. Nathans, C. G. Shull, G. Shirane, A. Andresen, J. Phys. Chem. Solids 10, 138 (1959)

    Examples
    --------
    >>> up, down = intensities([1.0, 0.0, -1.0])
    >>> (up / down).round(2)
    array([3.19, 1.  , 0.31])
    """
    magnetisation = series(magnetisation, "magnetisation")
    batch = magnetisation.shape[:-1]
    ratio = _parameter(amplitude_ratio, "amplitude_ratio", batch)
    polarised = _parameter(polarisation, "polarisation", batch)
    curie = _parameter(curie_temperature, "curie_temperature", batch)
    domain = saturation(along(temperature, "temperature", magnetisation.shape), curie)
    possible = np.abs(magnetisation) <= domain * (1 + 1e-12)
    require(magnetisation, "magnetisation", possible, "at most the saturation at its temperature, up or down")
    both, difference = 1 + (ratio * domain) ** 2, 2 * polarised * ratio * magnetisation
    return both + difference, both - difference


def turning_points(field: npt.ArrayLike, *, last: int = 3) -> Floats:
    """Find the fields at which a programme turned round most recently, at each of its steps.

    A magnet forgets all but the turning points that no later field has passed. So these few numbers hold most of what it
    remembers, and a simple model that is given them is a strong rival.

    Parameters
    ----------
    field : array of shape (..., steps)
        Magnetic field, T.
    last : int
        How many turning points to return.

    Returns
    -------
    array of shape (..., steps, last)
        The most recent one first; 0, where every programme begins, as long as there are fewer.

    Raises
    ------
    ValueError
        If `field` is empty or not finite, or `last` is not a whole number of at least 1.

    Examples
    --------
    >>> turning_points([0.5, 1, 0.2, 0.2, 0.4], last=2)[-1]
    array([0.2, 1. ])
    """
    field = series(field, "field")
    whole(last, "last", at_least=1)
    found = np.zeros((*field.shape, last))
    before, way = np.zeros(field.shape[:-1]), np.zeros(field.shape[:-1])
    points = np.zeros((*field.shape[:-1], last))
    for step in range(field.shape[-1]):
        now = np.sign(field[..., step] - before)
        turned = (now != 0) & (now != way)
        pushed = np.concatenate([before[..., None], points[..., :-1]], axis=-1)
        points = np.where(turned[..., None], pushed, points)
        way, before = np.where(now == 0, way, now), field[..., step]
        found[..., step, :] = points
    return found


def _parameter(value: npt.ArrayLike, name: str, batch: tuple[int, ...]) -> Floats:
    """Return a number, or one a series, with an axis for the steps."""
    array = per_series(value, name, batch)
    check_parameter(array, name, name)
    return array[..., None]


def check_parameter(array: Floats, parameter: str, name: str) -> None:
    if parameter in _POSITIVE:
        allowed = (array >= 1 / _LARGEST) & (array <= _LARGEST)
        require(array, name, allowed, f"finite and positive, {1 / _LARGEST:g} to {_LARGEST:g}")
    elif parameter in _SHARES or parameter == "amplitude_ratio":
        require(array, name, (array >= 0) & (array <= 1), "between 0 and 1")
    else:
        most = _WIDEST if parameter == "coercive_spread" else _LARGEST
        allowed = (array >= 0) & (array <= most)
        require(array, name, allowed, f"finite and not negative, at most {most:g}")
