"""Sentences about scattering, from the documentation of packages that may be passed on."""

from __future__ import annotations

import functools
import hashlib
import lzma
from pathlib import Path

from lens_labs.data._measurement import DataError

FOLDER = Path(__file__).parent / "corpus"
SHA256 = "ec97f6e9bde1d63e7e1f7b74ce3f3137d45fbf538a7c7c232058fd5926107efb"
"""Checksum of all sentences; `benchmarks/corpus.py` prints it."""


def corpus(source: str | None = None) -> tuple[str, ...]:
    """Return sentences of real text about scattering, in English.

    They come from the documentation of packages for scattering: what they compute, and how they are used. Code, formulas,
    tables and references are left out, and no sentence comes twice. ``NOTICE.md`` beside the sentences names each package
    with its version, its licence and its copyright holders.

    Parameters
    ----------
    source : str, optional
        Only sentences of this package, such as ``"sasmodels"``; all of them by default.

    Returns
    -------
    tuple of str
        The sentences, package by package, in the order of their documentation.

    Raises
    ------
    ValueError
        If no sentence comes from such a package.
    DataError
        If the sentences have changed since they were packed.

    Examples
    --------
    >>> sentences = corpus("sasmodels")
    >>> next(sentence for sentence in sentences if "form factors" in sentence and len(sentence) < 140)
    'This software provides form factors for various particle shapes and computes resolution, polydispersity and
    angular dispersion.'
    """
    texts = _sentences(FOLDER)
    if source is None:
        return tuple(sentence for each in texts.values() for sentence in each)
    if source not in tuple(texts):  # in a tuple, because what a caller gives may have no hash
        raise ValueError(f"source must be one of {', '.join(map(repr, texts))}; got {source!r}")
    return texts[source]


@functools.cache
def _sentences(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the sentences of each package."""
    content = lzma.decompress((folder / "sentences.txt.xz").read_bytes())
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise DataError("the sentences of the corpus have changed; install lens-labs again")
    texts: dict[str, list[str]] = {}
    for line in content.decode("utf-8").splitlines():
        source, _, sentence = line.partition("\t")
        texts.setdefault(source, []).append(sentence)
    return {source: tuple(sentences) for source, sentences in texts.items()}
