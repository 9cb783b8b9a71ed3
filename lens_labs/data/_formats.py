"""Read the formats in which measured files come: tables of text, canSAS XML, and arrays of NumPy.

Each reader takes the content of a file, what its card says about the format, and the names of the columns. It returns
an array a column, or raises ValueError.
"""

from __future__ import annotations

import io
import lzma
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_ELEMENTS = {"q": "Q", "i": "I", "di": "Idev", "dq": "Qdev"}
"""What canSAS calls our columns."""

_SPELLED = {"1/A": "1/Å", "1/cm": "1/cm"}
"""What canSAS calls our units."""


def unpacked(name: str, content: bytes) -> bytes:
    """Return the content of a file, which is packed if its name ends in ``.xz``."""
    if not name.endswith(".xz"):
        return content
    try:
        return lzma.decompress(content)
    except lzma.LZMAError as error:
        raise ValueError(f"it cannot be unpacked: {error}") from None


def read(content: bytes, form: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Array]:
    """Return the columns of a file.

    Parameters
    ----------
    content : bytes
        The whole file.
    form : mapping
        The table ``[format]`` of its card: ``kind`` (``"table"`` unless it is said), and for a table ``header`` (lines
        before the numbers), ``delimiter`` and ``shape`` (rows and columns of an image whose pixels stand in lines).
    units : mapping of str to str
        Names and units of the columns.
    """
    kind = form.get("kind", "table")
    if kind not in _READERS:
        raise ValueError(f"it has the format {kind!r}, which is none of {', '.join(map(repr, _READERS))}")
    return _READERS[kind](content, form, units)


def _table(content: bytes, form: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Array]:
    lines = content.decode("utf-8").splitlines()[form.get("header", 0) :]
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # numpy warns of an empty file; the count of columns tells
            table = np.loadtxt(lines, delimiter=form.get("delimiter"), ndmin=2).T
    except ValueError as error:
        raise ValueError(f"it is not a table of numbers: {error}") from None
    return _named(table, form.get("shape", (-1,)), list(units))


def _npy(content: bytes, form: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Array]:
    table = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    if table.ndim != 2 or table.dtype.kind not in "fiu":
        raise ValueError(f"it holds no table of numbers but {table.dtype} of shape {table.shape}")
    return _named(table.astype(np.float64), form.get("shape", (-1,)), list(units))


def _cansas(content: bytes, _form: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Array]:
    try:
        root = ET.fromstring(content)  # noqa: S314 - the card's checksum vouches for the file
    except (ET.ParseError, LookupError) as error:  # the latter for an encoding that nobody knows
        raise ValueError(f"it is no XML: {error}") from None
    return {name: _element(root, _ELEMENTS[name], unit) for name, unit in units.items()}


def _element(root: ET.Element, element: str, unit: str) -> Array:
    """Return the values of one element of all points, whatever the version of canSAS in its namespace."""
    found = root.findall(f".//{{*}}Idata/{{*}}{element}")
    if not found:
        raise ValueError(f"it has no element {element}")
    if strange := {each.get("unit") for each in found if _SPELLED.get(each.get("unit", "")) != unit}:
        raise ValueError(f"it gives {element} in {strange.pop()!r}; the card says {unit!r}")
    return np.array([float(each.text or "nan") for each in found])


def _named(table: Array, shape: Sequence[int], names: Sequence[str]) -> dict[str, Array]:
    if len(table) != len(names):
        raise ValueError(f"it has {len(table)} columns; its card names {len(names)}: {list(names)}")
    return {name: values.reshape(shape) for name, values in zip(names, table, strict=True)}


_READERS: Mapping[str, Callable[[bytes, Mapping[str, Any], Mapping[str, str]], dict[str, Array]]] = {
    "table": _table,
    "npy": _npy,
    "cansas": _cansas,
}
