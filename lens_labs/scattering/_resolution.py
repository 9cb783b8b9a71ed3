"""A Gaussian resolution, added up over points at which an ideal curve is computed."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

NODES = np.linspace(-3.5, 3.5, 13)
"""Where a Gaussian resolution is added up around one point, in standard deviations."""


def smearing(
    q: npt.NDArray[np.float64], width: npt.NDArray[np.float64], spacing: float = 0.75
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where to compute an ideal curve, and the matrix that turns it into the smeared one.

    Parameters
    ----------
    q, width : array of shape (m,)
        Momentum transfer and the standard deviation of a Gaussian resolution, Å⁻¹.
    spacing : float
        The widest step of points that neighbours share, in standard deviations; e^(−2π²/0.75²), the error for a smooth
        curve, is 6e-16. Fringes narrower than the resolution need smaller steps.

    Returns
    -------
    points, matrix : array of shape (k,) and (m, k)
        Points close to each other share their neighbourhood, which is several times cheaper; others have nodes of
        their own. A curve at −q is the one at q.
    """
    own = (q[:, None] + width[:, None] * NODES).ravel()
    matrix = np.kron(np.eye(q.size), np.exp(-(NODES**2) / 2))
    if q.size > 1 and (np.diff(q) > 0).all() and (width > 1e-6 * q).all():
        edges = np.array([q[0] - 3.5 * width[0], *q, q[-1] + 3.5 * width[-1]])
        finest = spacing * np.minimum(np.append(width[0], width), np.append(width, width[-1]))
        parts = np.ceil(np.diff(edges) / finest).astype(int)
        if parts.sum() < own.size:
            steps = [
                np.linspace(a, b, k, endpoint=False)
                for (a, b), k in zip(itertools.pairwise(edges), parts, strict=True)
            ]
            own = np.append(np.concatenate(steps), edges[-1])
            away = (own - q[:, None]) / width[:, None]
            matrix = np.where(np.abs(away) <= 4, np.exp(-(away**2) / 2), 0) * np.gradient(own)
    return np.abs(own), matrix / matrix.sum(axis=1, keepdims=True)
