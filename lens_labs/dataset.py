"""One shape for everything that a simulator returns: arrays that carry their names and units."""

from __future__ import annotations

import dataclasses
import itertools
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _frozen(array: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return a read-only view, so that a caller's own array stays writeable."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples: what an instrument recorded, and what we would like to read from it.

    Parameters
    ----------
    x : array of shape (n, ...)
        What was recorded, one row a sample.
    y : array of shape (n, k)
        The parameters behind it, one column each.
    names : sequence of str
        Names of the k columns of `y`.
    units : mapping of str to str
        Unit of each column of `y`, of ``"x"``, of each coordinate and each truth; ``"1"`` for a pure number.
    coords : mapping of str to array
        What all samples share, such as the momentum transfer ``"q"`` of each point of a curve.
    errors : array with the shape of `x`, optional
        One standard deviation of each recorded value.
    meta : mapping, optional
        How the samples came about: simulator, seed, prior.
    truth : mapping of str to array of shape (n, ...), optional
        What lies behind each sample and is more than a few numbers: a mask, a hidden state, the places of all spots.

    Raises
    ------
    ValueError
        If the arrays, names and units do not fit together.

    Examples
    --------
    >>> data = Dataset(
    ...     x=np.ones((4, 3)), y=np.arange(8.0).reshape(4, 2), names=["thickness", "sld"],
    ...     units={"x": "1", "thickness": "Å", "sld": "1e-6/Å²", "q": "1/Å"}, coords={"q": np.arange(3)},
    ... )
    >>> data
    Dataset: 4 samples, x (4, 3), y: thickness (Å), sld (1e-6/Å²)
    >>> data["sld"]
    array([1., 3., 5., 7.])
    >>> train, test = data.split(0.75, 0.25)
    >>> len(train), len(test)
    (3, 1)
    """

    x: npt.NDArray[Any]
    y: npt.NDArray[Any]
    names: tuple[str, ...]
    units: Mapping[str, str]
    coords: Mapping[str, npt.NDArray[Any]] = dataclasses.field(default_factory=dict)
    errors: npt.NDArray[Any] | None = None
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    truth: Mapping[str, npt.NDArray[Any]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        store = object.__setattr__  # the class is frozen; this is where it is still soft
        store(self, "x", _frozen(self.x))
        store(self, "y", _frozen(self.y))
        store(self, "names", tuple(self.names))
        store(self, "units", types.MappingProxyType(dict(self.units)))
        for name in ("coords", "truth"):
            frozen = {key: _frozen(value) for key, value in getattr(self, name).items()}
            store(self, name, types.MappingProxyType(frozen))
        store(self, "meta", types.MappingProxyType(dict(self.meta)))
        if self.errors is not None:
            store(self, "errors", _frozen(self.errors))
        self._validate()

    def _validate(self) -> None:
        if self.x.ndim < 1 or self.y.ndim != 2 or len(self.x) != len(self.y):
            raise ValueError(
                f"x must have shape (n, ...) and y shape (n, k) with the same n; got {self.x.shape} and {self.y.shape}"
            )
        if len(self.names) != self.y.shape[1] or len(set(self.names)) != len(self.names):
            raise ValueError(
                f"names must be {self.y.shape[1]} different names, one a column of y; got {self.names}"
            )
        missing = [name for name in ("x", *self.names, *self.coords, *self.truth) if name not in self.units]
        if missing:
            raise ValueError(f"units must name a unit for each of {missing}; use '1' for a pure number")
        if self.errors is not None and self.errors.shape != self.x.shape:
            raise ValueError(f"errors must have the shape of x, {self.x.shape}; got {self.errors.shape}")
        for name, value in self.truth.items():
            if value.shape[:1] != self.x.shape[:1]:
                raise ValueError(
                    f"truth[{name!r}] must have one entry a sample, {len(self.x)}; got shape {value.shape}"
                )

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.x)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name} ({self.units[name]})" for name in self.names)
        return f"Dataset: {len(self)} samples, x {self.x.shape}, y: {columns}"

    @overload
    def __getitem__(self, key: str) -> npt.NDArray[Any]: ...
    @overload
    def __getitem__(self, key: slice | npt.NDArray[Any] | list[int]) -> Dataset: ...

    def __getitem__(self, key: str | slice | npt.NDArray[Any] | list[int]) -> npt.NDArray[Any] | Dataset:
        """Return one column of `y` by its name, or the samples that a slice, mask or index array selects."""
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"there is no column {key!r}; the columns are {', '.join(self.names)}")
            return self.y[:, self.names.index(key)]
        errors = None if self.errors is None else self.errors[key]
        truth = {name: value[key] for name, value in self.truth.items()}
        return dataclasses.replace(self, x=self.x[key], y=self.y[key], errors=errors, truth=truth)

    def columns(self, *names: str) -> npt.NDArray[Any]:
        """Return the named columns of `y` side by side, shape (n, len(names))."""
        return np.stack([self[name] for name in names], axis=1)

    def split(self, *fractions: float) -> tuple[Dataset, ...]:
        """Split into consecutive parts; simulated samples are in random order already.

        Parameters
        ----------
        *fractions : float
            Share of each part; all are positive and their sum is 1.

        Returns
        -------
        tuple of Dataset
            The parts, together exactly the whole.

        Raises
        ------
        ValueError
            If the fractions do not sum to 1, or a part would be empty.
        """
        if not fractions or min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9:
            raise ValueError(f"fractions must be positive with the sum 1; got {fractions}")
        edges = np.rint(np.cumsum((0.0, *fractions)) * len(self)).astype(int)
        if np.diff(edges).min() < 1:
            raise ValueError(
                f"fractions {fractions} of {len(self)} samples leave a part empty; draw more samples"
            )
        return tuple(self[slice(start, stop)] for start, stop in itertools.pairwise(edges))

    def plot(self, *, n: int = 4, ax: Axes | None = None) -> Axes:
        """Draw the first `n` curves, each with its errors, against the only coordinate.

        Parameters
        ----------
        n : int
            Number of samples to draw.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Where it was drawn.
        """
        from lens_labs.plotting import curves  # noqa: PLC0415 - matplotlib is loaded when somebody wants to see

        return curves(self, n=n, ax=ax)
