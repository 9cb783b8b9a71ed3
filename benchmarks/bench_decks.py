"""Seconds to build decks of 40 slides, as an author waits for them: one cold, ten cold, one touched of ten.

Each slide holds what real ones hold: text, formulas, code with steps, a table or a figure, and speaker notes. The time of
the processor is told beside the time on the clock, because another program may be busy on the same machine; of several
runs the shortest counts. The numbers are written to build/bench_decks.json as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _report as report
import numpy as np

SLIDES, DECKS, REPEATS = 40, 10, 3
GOALS = {"one deck, cold": 4.0, "ten decks, cold": 12.0, "one touched deck of ten": 5.0}

CONF = """
project = "decks"
extensions = ["myst_parser", "lens_labs.sphinx"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
html_math_renderer = "katex"
"""
FORMULA = r"""
A film of thickness $d_{n} = {d}$ Å on silicon reflects $R(Q) \propto |\Delta\rho_1 + \Delta\rho_2 e^{{iQd}}|^2$, with $\sigma = {n}$ Å.

$$
\chi^2_{{{n}}} = \frac{{1}}{{{d}}} \sum_{{i=1}}^{{{d}}} \left( \frac{{R_i - f_\theta(Q_i)}}{{\delta R_i}} \right)^2
    + \lambda \int_0^{{{n}}} \left| \frac{{\mathrm{{d}}\rho}}{{\mathrm{{d}}z}} \right|^2 \mathrm{{d}}z
$$
"""
CODE = """
```{{code-block}} python
:steps: "1|2-4|5"
network = keras.Sequential([
    keras.Input((80,)),
    keras.layers.Dense({d}, activation="gelu"),
    keras.layers.Dense(4),
])
```
"""
TABLE = """
| Measured | Network | Fit |
|:--|--:|--:|
| film (Å) | {d}.{n} | {d} |
| oxide (Å) | {n}.5 | {n} |
| roughness (Å) | 4.{n} | 4 |
"""
FIGURE = """
:::::{{container}} cols
::::{{container}}
- The curve falls by five decades
- Its fringes tell {d} Å
::::

```{{figure}} curve{kind}.svg
:alt: A curve that falls with {n} waves.
```
:::::
"""
NOTES = """
```{{notes}}
:minutes: 1.5
Say that **slide {n}** shows one thing, $d = {d}$ Å. Wait.

**Ask:** what would a second contrast tell? Expect "nothing new".
```
"""


def curve(kind: int) -> str:
    """Draw a figure of about the size that Matplotlib writes."""
    x = np.linspace(0, 600, 400)
    paths = []
    for row in range(6):
        y = 200 + 20 * row + 60 * np.sin(x / (12 + kind + row)) * np.exp(-x / 300)
        points = "L".join(f"{a:.3f} {b:.3f}" for a, b in zip(x, y, strict=True))
        paths.append(f'<path id="p{row}" d="M{points}" stroke="#00697a" fill="none"/>')
    labels = "".join(f'<text x="{60 * i}" y="470" font-family="DejaVu Sans">0.{i}</text>' for i in range(10))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480">{"".join(paths)}{labels}</svg>'


def deck(number: int) -> str:
    """Write a deck, in which no formula is that of another deck."""
    kinds = (FORMULA, CODE, TABLE, FIGURE)
    text = [f"---\ndeck: {{lecture: {number}, minutes: {1.5 * SLIDES:g}}}\n---\n# Deck {number}"]
    for n in range(SLIDES):
        blanks = {"n": n, "d": 100 * number + n, "kind": n // 4 % 4}
        text.append("" if n == 0 else f"## Film {n} reflects more than the one before")
        text.append(("By nobody\n" if n == 0 else kinds[n % 4].format(**blanks)) + NOTES.format(**blanks))
    return "\n".join(text)


def project(folder: Path, decks: int) -> None:
    """Write a project of decks."""
    (folder / "conf.py").write_text(CONF, "utf-8")
    (folder / "index.md").write_text("# Decks\n\n```{toctree}\n:glob:\n\ndeck*\n```\n", "utf-8")
    for number in range(1, decks + 1):
        (folder / f"deck{number:02d}.md").write_text(deck(number), "utf-8")
    for kind in range(4):
        (folder / f"curve{kind}.svg").write_text(curve(kind), "utf-8")


def build(source: Path, out: Path) -> tuple[float, float]:
    """Build, and return seconds on the clock and of the processor."""
    before, start = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "deck", str(source), str(out)]
    subprocess.run(command, check=True)
    clock, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return clock, used


def measure() -> dict[str, list[tuple[float, float]]]:
    """Build in new folders, several times."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in GOALS}
    for _ in range(REPEATS):
        for decks, name in ((1, "one deck, cold"), (DECKS, "ten decks, cold")):
            with tempfile.TemporaryDirectory() as place:
                source, out = Path(place, "source"), Path(place, "out")
                source.mkdir()
                project(source, decks)
                found[name].append(build(source, out))
                if decks == DECKS:
                    touched = source / "deck05.md"
                    touched.write_text(touched.read_text("utf-8").replace("Wait.", "Wait a little."), "utf-8")
                    now = time.time() + 2
                    os.utime(touched, (now, now))
                    found["one touched deck of ten"].append(build(source, out))
    return found


if __name__ == "__main__":
    rows = [
        (name, min(run[0] for run in runs), min(run[1] for run in runs), GOALS[name])
        for name, runs in measure().items()
    ]
    table = report.Table(
        f"Decks of {SLIDES} slides",
        ("Build", "s on the clock", "s of the processor", "goal, s"),
        rows,
        f"The shortest of {REPEATS} runs; Sphinx starts anew for each.",
    )
    report.keep("decks", [table], report.versions(["sphinx", "myst-parser"]))
