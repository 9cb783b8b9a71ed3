"""The school's own notes and decks, built as `nox -s docs slides` builds them; what has not changed is kept."""

import functools
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "school"


@functools.cache
def built():
    """Build what is out of date, once in a run of the tests, and return the folder."""
    _build("html", "docs", SITE)
    built_decks()
    return SITE


@functools.cache
def built_decks():
    """Build the decks alone, which need the notes only for links, and return the folder of the site."""
    _build("deck", "slides", SITE / "slides")
    return SITE


def _build(builder, source, target):
    trees = ROOT / "build" / f"doctrees-{source}"
    options = ["-q", "-j", "auto", "-b", builder, "-d", str(trees)]
    command = [sys.executable, "-m", "sphinx", *options, source, str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
