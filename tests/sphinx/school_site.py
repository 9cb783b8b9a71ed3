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
    for builder, source, target in (("html", "docs", SITE), ("deck", "slides", SITE / "slides")):
        trees = ROOT / "build" / f"doctrees-{source}"
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-j",
            "auto",
            "-b",
            builder,
            "-d",
            str(trees),
            source,
            str(target),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return SITE
