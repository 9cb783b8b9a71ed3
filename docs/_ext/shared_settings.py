"""Settings that notes and decks share; both `conf.py` import them. Paths are relative to either folder."""

from __future__ import annotations

from lens_labs import __version__

__all__ = [  # noqa: RUF022 - in the order of the file
    "author", "copyright", "release", "version", "language", "nitpicky",
    "myst_enable_extensions", "bibtex_bibfiles", "html_math_renderer", "katex_macros",
    "results_path", "drawings_path", "drawings_cache", "drawings_depend",
]  # fmt: skip

author = "the LENS Labs authors"
copyright = "2026, the LENS Labs authors"
release = version = __version__
language = "en"
nitpicky = True

# Text and formulas
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
bibtex_bibfiles = ["../docs/references.bib"]
html_math_renderer = "katex"
katex_macros = {r"\E": r"\mathbb{E}", r"\var": r"\operatorname{Var}", r"\d": r"\mathrm{d}"}

# Figures, numbers
results_path = "../docs/results.json"
drawings_path = "../docs/figures"
drawings_cache = "../.cache/drawings"
drawings_depend = [
    "../docs/figures/_*.py",
    "../lens_labs/scattering/*.py",
    "../lens_labs/plotting.py",
    "../lens_labs/data/*",
    "../docs/results.json",
]
