"""Small labs, written where a test needs one."""

from __future__ import annotations

from pathlib import Path

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions.sources import Source, parse

HEADER = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   lens:
#     lecture: 2
#     minutes: 30
#     budget: 20
#     packages: [numpy]
#     question: How thick is the film?
#     objectives:
#       - {text: Add two numbers, exercise: add}
# ---
"""

TITLE = """
# %% [markdown]
# # Two films
"""

ADD = '''
# %%
from lens_labs.checks import two_films as check

# %% tags=["exercise"]
def add(a: float, b: float) -> float:
    """Return the sum."""
    ### BEGIN SOLUTION
    total_of_both = a + b
    return total_of_both
    ### END SOLUTION

# %% [markdown] tags=["hint"]
# Python has a sign for that: $+$.

# %% [markdown] tags=["plan"]
# Use it.

# %%
check.add(add)
'''


def text(*cells: str) -> str:
    """Return the text of a source with these cells after its title."""
    return "".join([HEADER, TITLE, *cells])


def source(*cells: str) -> Source:
    """Return a source with these cells after its title."""
    return parse(text(*cells), "02-two-films")


def checkout(folder: Path, *cells: str) -> Checkout:
    """Return a checkout with one lab, 02-two-films."""
    made = Checkout(folder)
    made.sources.mkdir(parents=True)
    made.source("02-two-films").write_text(text(*cells), encoding="utf-8")
    made.lock.write_text("numpy==2.0\n", encoding="utf-8")
    package = folder / "lens_labs"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    return made
