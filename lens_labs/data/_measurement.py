"""Load a measured file and hold it against its card."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import math
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lens_labs.data import _formats, _kinds

FOLDER = Path(__file__).parent

_REQUIRED = ("title", "kind", "file", "sha256", "columns", "units", "source", "licence", "citation")


class DataError(Exception):
    """Raised when a measured file and its card do not agree; the message says how to mend it."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A fitted value with its standard error.

    Parameters
    ----------
    value : float
        The value, in the unit that the card names.
    error : float
        One standard deviation.
    """

    value: float
    error: float

    def __str__(self) -> str:
        decimals = max(0, 1 - math.floor(math.log10(self.error)))  # two significant digits of the error
        return f"{self.value:.{decimals}f} ± {self.error:.{decimals}f}"


@dataclasses.dataclass(frozen=True)
class Reference:
    """What a reference fit found.

    Parameters
    ----------
    method : str
        Program, model and optimiser.
    chi2 : float
        Reduced chi-squared of the fit.
    parameters : mapping of str to Estimate
        Fitted values by the names of `lens_labs.scattering.reflectivity.parameter_names`.
    fixed : mapping of str to float
        Values that the fit held fixed.
    """

    method: str
    chi2: float
    parameters: Mapping[str, Estimate]
    fixed: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        """Return the value of a fitted or fixed parameter."""
        return self.parameters[name].value if name in self.parameters else self.fixed[name]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Measurement:
    """A measured file.

    Parameters
    ----------
    name, title : str
        Its short name and one line about the sample.
    arrays : mapping of str to array
        The columns, one value a point: ``q``, ``r`` and ``dr`` of a reflectivity curve, ``q``, ``i`` and ``di`` of
        small-angle scattering, and so on; ``dr``, ``di`` and ``ds`` are one standard deviation. The columns of an image
        have its shape, (rows, columns), with `qx` along the rows. Where the instrument gave its resolution, ``dq`` is
        the full width at half maximum of a reflectivity curve, and the standard deviation of small-angle scattering.
    units : mapping of str to str
        Unit of each column.
    card : mapping
        All that its card says: source, licence, citation, sha256, sample, notes.
    reference : Reference or None
        A fit of the same file with another program.
    """

    name: str
    title: str
    arrays: Mapping[str, npt.NDArray[np.float64]]
    units: Mapping[str, str]
    card: Mapping[str, Any]
    reference: Reference | None

    def __getitem__(self, column: str) -> npt.NDArray[np.float64]:
        """Return one column by its name."""
        if column not in self.arrays:
            raise KeyError(f"{self.name} has no column {column!r}; its columns are {', '.join(self.arrays)}")
        return self.arrays[column]

    def __repr__(self) -> str:
        shape = next(iter(self.arrays.values())).shape
        size = f"{shape[0]} points" if len(shape) == 1 else f"{' × '.join(map(str, shape))} pixels"
        columns = ", ".join(f"{name} ({unit})" for name, unit in self.units.items())
        return f"Measurement {self.name}: {self.title}; {size} of {columns}; {self.card['licence']}"


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the names of all measured files.

    Parameters
    ----------
    folder : Path
        Where the cards are; the school's own by default.
    """
    return tuple(sorted(card.stem for card in folder.glob("*.toml")))


def load(name: str, *, folder: Path = FOLDER) -> Measurement:
    """Load a measured file by its name.

    Parameters
    ----------
    name : str
        One of `names`.
    folder : Path
        Where the file and its card are; the school's own by default.

    Returns
    -------
    Measurement
        The columns, with units, card and reference fit.

    Raises
    ------
    ValueError
        If there is no such file.
    DataError
        If the file has changed since its card was written, or the card is incomplete or names a wrong unit.

    Examples
    --------
    >>> curve = load("e361r")
    >>> curve
    Measurement e361r: Polymer film on oxidised silicon under heavy water; 99 points of q (1/Å), r (1), dr (1); BSD-3-Clause
    >>> print(curve.reference.parameters["film_thickness"], "Å")
    211.1 ± 1.5 Å
    """
    if name not in (known := names(folder)):
        near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"name must be one of {', '.join(map(repr, known))}; got {name!r}{hint}")
    path = folder / f"{name}.toml"
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the card {path.name} cannot be read: {error}") from None
    units = _checked_units(card, path.name)
    arrays = _read(folder / card["file"], card, units)
    return Measurement(
        name=name,
        title=card["title"],
        arrays=types.MappingProxyType(arrays),
        units=types.MappingProxyType(units),
        card=types.MappingProxyType(card),
        reference=_reference(card.get("reference")),
    )


def _checked_units(card: Mapping[str, Any], where: str) -> dict[str, str]:
    """Return the unit of each column, in the order of the columns."""
    if missing := [key for key in _REQUIRED if key not in card]:
        raise DataError(f"the card {where} must also say {', '.join(missing)}")
    if card["kind"] not in _kinds.KINDS:
        raise DataError(
            f"kind in {where} must be one of {', '.join(map(repr, _kinds.KINDS))}; got {card['kind']!r}"
        )
    allowed = _kinds.KINDS[card["kind"]]
    for column in card["columns"]:
        if column not in allowed:
            raise DataError(f"columns in {where} must be among {', '.join(allowed)}; got {column!r}")
        unit = card["units"].get(column)
        if unit != allowed[column].unit:
            raise DataError(
                f"units.{column} in {where} must be {allowed[column].unit!r}; got {unit!r}: convert the file, then its card"
            )
    return {column: allowed[column].unit for column in card["columns"]}


def _read(
    path: Path, card: Mapping[str, Any], units: Mapping[str, str]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the read-only columns of a file that is what its card says and whose numbers make sense."""
    if not path.is_file():
        raise DataError(f"the file {path.name} is missing beside its card; install lens-labs again")
    try:
        content = _verified(path, card["sha256"])
        arrays = _formats.read(content, card.get("format", {}), units)
        _kinds.check(card["kind"], arrays)
    except ValueError as error:
        raise DataError(f"the file {path.name} cannot be used: {error}") from None
    for values in arrays.values():
        values.flags.writeable = False
    return arrays


def _verified(path: Path, sha256: str) -> bytes:
    """Return the content of a file, unpacked, if it is the one of which the card has the checksum."""
    content = _formats.unpacked(path.name, path.read_bytes())
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError("it has changed since its card was written; install lens-labs again")
    return content


def _reference(entry: Mapping[str, Any] | None) -> Reference | None:
    if entry is None:
        return None
    fitted = {name: Estimate(*pair) for name, pair in entry["parameters"].items()}
    return Reference(
        entry["method"],
        entry["chi2"],
        types.MappingProxyType(fitted),
        types.MappingProxyType(entry.get("fixed", {})),
    )
