"""The figures of lecture 9. Each function draws one, in the size and the letters of whoever calls it.

What they show is computed in `_uncertainty`, `_processes` and `_attention`; `_judged` holds what the labs recorded
in ``docs/results.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib import path as mpath
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle

from lens_labs.plotting import ACCENT, COLOURS, HOT, INK, MUTE, PAPER, RULE
from lens_labs.scattering import reflectivity

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _attention as attention
import _drawing as page
import _judged as judged
import _processes as processes
import _uncertainty as uncertainty

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
VIOLET, BLUE = COLOURS[2], COLOURS[4]


def oxide_hides() -> Figure:
    """Show a measured curve with three fits that differ in the oxide only at first sight: the rest was refined for each.

    Below, the points and the fits with a thin and a thick oxide, less the best fit, in units of each point's error.
    """
    found, q = uncertainty.oxides(), np.geomspace(0.0102, 0.198, 300)
    shape: dict[str, Any] = {"sharex": True, "height_ratios": (1.5, 1), "figsize": page.size(height=1.15)}
    figure, (above, below) = plt.subplots(2, 1, **shape)
    above.plot(found.q, found.r, "o", markersize=3.5, color=MUTE, markeredgewidth=0)
    best = found.residuals(1)
    below.axhspan(-1, 1, color=MUTE, alpha=0.25, linewidth=0)
    below.plot(found.q, best, "o", markersize=3.5, color=MUTE, markeredgewidth=0)
    for number, colour, style in ((1, INK, "-"), (0, ACCENT, (0, (5, 2))), (2, HOT, (0, (1.5, 1.5)))):
        above.plot(q, reflectivity.model(found.films[number], q), color=colour, linestyle=style)
        below.plot(found.q, best - found.residuals(number), color=colour)
    words = "oxide {oxide_thickness:.0f} Å, film {film_thickness:.0f} Å: χ² {:.1f}"
    rows = zip(found.films, found.chi2, (ACCENT, INK, HOT), strict=True)
    page.listed(above, [(words.format(chi2, **film), colour) for film, chi2, colour in rows])
    page.reflectivity_axes(above, low=5e-6, high=3)
    above.set(xlabel="", xlim=(0, 0.2), xticks=[0, 0.05, 0.1, 0.15, 0.2])
    below.set(xlabel=page.Q_LABEL, ylim=(-6, 10), yticks=[-5, 0, 5, 10])
    below.set(ylabel="residual\n(errors)" if page.large() else "residual (errors)")
    return page.aired(figure)


def laplace() -> Figure:
    """Show the skewed posterior of a rate after four counts in ten seconds, and Laplace's normal at its peak."""
    found = uncertainty.one_rate()
    figure, ax = plt.subplots()
    shown = (found.rate >= -0.28) & (found.rate <= 1.4)
    rate, density, normal = (each[shown][::16] for each in (found.rate, found.density, found.laplace))
    ax.fill_between(rate, density, color=ACCENT, alpha=0.2, linewidth=0)
    ax.plot(rate[rate >= 0], density[rate >= 0], color=ACCENT)
    ax.plot(rate, normal, color=HOT, linestyle=(0, (4, 2)))
    ax.axvline(0, color=MUTE, linewidth=1)
    ends = {"exact": found.inside, "peak ± s": (found.peak - found.sd, found.peak + found.sd)}
    for (name, (low, high)), y, colour in zip(ends.items(), (2.2, 2.5), (ACCENT, HOT), strict=True):
        ax.plot([low, high], [y, y], color=colour, marker="|", markersize=10, markeredgewidth=1.5)
        page.say(ax, high + 0.04, y, f"{name}: {low:.2f} to {high:.2f}", colour, va="center")
    page.say(ax, 0.78, 0.95, "posterior", ACCENT)
    page.say(ax, -0.02, 1.05, "Laplace", HOT, ha="right")
    ax.set(xlabel="rate (counts a second)", xlim=(-0.32, 1.4), xticks=[0, 0.5, 1], ylim=(0, 2.7), yticks=[])
    ax.set(ylabel="density")
    ax.spines["left"].set_visible(False)
    return page.aired(figure)


def prior_and_posterior() -> Figure:
    """Show five draws of a Gaussian process before it has seen any data, and five after seven points."""
    found = processes.draws()
    figure, axes = plt.subplots(1, 2, sharey=True)
    for ax, (name, mean), colour in zip(axes, found.mean.items(), (MUTE, ACCENT), strict=True):
        reach = 1.96 * found.sd[name]
        ax.fill_between(
            found.where[::2], (mean - reach)[::2], (mean + reach)[::2], color=colour, alpha=0.2, linewidth=0
        )
        ax.plot(found.where[::4], found.functions[name][:, ::4].T, color=colour, alpha=0.7, linewidth=1)
        ax.set(xlabel="x", xticks=[0, 4, 8], xlim=(0, 10), yticks=[-2, 0, 2], ylim=(-3, 3))
    axes[1].errorbar(found.x, found.y, 1.96 * found.errors, fmt="o", color=INK, markersize=5, elinewidth=1.2)
    axes[1].plot(found.where, found.mean["posterior"], color=ACCENT)
    page.say(axes[0], 9.7, 2.1, "95 %", MUTE, ha="right")
    axes[0].set(title="no points", ylabel="function")
    axes[1].set(title="seven points")
    return page.aired(figure)


def evidence() -> Figure:
    """Show three fits of one scan, with a short, the best and a long length scale, and fit, complexity and their sum."""
    found, total = processes.scan(), processes.scan().fit + processes.scan().complexity
    figure = plt.figure(figsize=page.size(height=1.2))
    axes = figure.subplot_mosaic([["0", "1", "2"], ["sum"] * 3], height_ratios=(1, 1.4))
    lengths = ((0.1, VIOLET, 106), (found.best, ACCENT, 61), (1.2, HOT, 61))
    for number, (length, colour, points) in enumerate(lengths):
        ax, fine = axes[str(number)], np.linspace(1, 8, points)  # a short scale needs more of them
        mean, sd = found.curve(length, fine)
        ax.fill_between(fine, mean - 1.96 * sd, mean + 1.96 * sd, color=colour, alpha=0.25, linewidth=0)
        ax.plot(fine, mean, color=colour, linewidth=1.3)
        ax.plot(found.energy, found.rate, ".", color=INK, markersize=4)
        ax.set(title=f"ℓ = {length:.2g} meV" if not page.large() else f"{length:.2g} meV")
        ax.set(xticks=[2, 5, 8], yticks=[0, 40], ylim=(-6, 47))
        ax.tick_params(labelleft=number == 0)
        at = np.interp(np.log(length), np.log(found.lengths), total)
        axes["sum"].plot(length, at, "o", color=colour, markersize=8, zorder=3)
    axes["0"].set(ylabel="rate (1/s)")
    axes["1"].set(xlabel="energy transfer (meV)")
    ax = axes["sum"]
    for values in (found.fit, found.complexity):
        ax.plot(found.lengths, values, color=MUTE, linestyle=(0, (4, 2)))
    page.say(ax, 0.085, -8, "fit", MUTE, va="bottom")
    page.say(ax, 4, -20, "complexity", MUTE, ha="right", va="bottom")
    ax.plot(found.lengths, total, color=INK)
    page.say(ax, 0.2, -125, "evidence", INK, va="top", weight="bold")
    ax.set(
        xscale="log",
        xlabel="length scale ℓ (meV)",
        ylabel="log (nats)",
        ylim=(-270, 40),
        yticks=[-200, -100, 0],
    )
    page.plain(ax.xaxis, [0.1, 0.3, 1, 3])
    return page.aired(figure)


def next_point() -> Figure:
    """Show a simulated map of excitations with 192 points on a grid, and with 96 on a grid and 96 that were chosen."""
    found = processes.maps()
    figure, axes = plt.subplots(1, 2, sharey=True)
    root = np.sqrt(found.rate)
    for ax, (name, points) in zip(axes, found.points.items(), strict=True):
        for level in (1.6, 2.4, 3.2, 4.6):
            ax.contourf(found.h, found.energy, root, levels=[level, 99], colors=[to_rgba(ACCENT, 0.2)])
        first = points[: found.start] if name == "chosen" else points
        _dots(ax, first, INK, 2)
        _dots(ax, points[len(first) :], HOT, 4)
        ax.set(xlabel="h (r.l.u.)", xlim=(-0.02, 1.02), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
        title = "even grid" if name == "grid" else "half chosen"
        ax.set(title=title if page.large() else f"{title}: error {found.errors[name]:.2f}")
    axes[0].set(ylabel="energy transfer (meV)", ylim=(0.8, 11.2), yticks=[2, 6, 10])
    return page.aired(figure)


def gains() -> Figure:
    """Show how much smaller the error of the adaptive scan is than that of the grid, on 20 sharp and 20 smooth maps.

    The error is judged by the rate, which bright places decide, and by its root, in which faint ones count more.
    """
    figure, ax = plt.subplots()
    rows = [(world, judge) for world in ("sharp", "smooth") for judge in ("rate", "root")]
    ax.axvline(0, color=INK, linewidth=1.2)
    for y, (world, judge) in enumerate(rows):
        names = (f"L9.gp_{world}_{name}" for name in ("grid", "adaptive"))
        grid, adaptive = (np.array(page.recorded(name + "_root" * (judge == "root"))) for name in names)
        low, high = (page.recorded(f"L9.gp_{world}_gain_{judge}_{end}")[0] for end in ("low", "high"))
        colour = HOT if low > 0 else MUTE
        look: dict[str, Any] = {"markersize": 6, "alpha": 0.4, "markeredgewidth": 0}
        ax.plot(grid - adaptive, np.full(grid.size, y), "o", color=colour, **look)
        ax.plot([low, high], [y + 0.22] * 2, color=colour)
        ax.plot((low + high) / 2, y + 0.22, "D", color=colour, markersize=7)
    page.say(ax, 0.006, -0.6, "choosing wins", HOT, va="top", weight="bold")
    page.say(ax, -0.006, -0.6, "grid wins", MUTE, va="top", ha="right", weight="bold")
    judged.rows([ax], {f"{world}, {judge}": INK for world, judge in rows})
    ax.set(ylim=(3.6, -0.7), xlim=(-0.12, 0.2), xticks=[-0.1, 0, 0.1, 0.2])
    ax.set(xlabel="error saved" if page.large() else "error of the grid, less that of the adaptive scan")
    return page.aired(figure)


def two_variances() -> Figure:
    """Show a Bayesian regression of 10 and of 1,000 points: the noise stays, the ignorance falls where points are."""
    figure = plt.figure(figsize=page.size(height=1.2))
    axes = figure.subplot_mosaic([["10", "1000"], ["sd", "sd"]], height_ratios=(1.3, 1))
    noise, end = uncertainty.NOISE, uncertainty.MEASURED
    for n in (10, 1_000):
        found, ax = uncertainty.regression(n), axes[str(n)]
        for sd, alpha in ((np.hypot(found.ignorance, noise), 0.2), (found.ignorance, 0.45)):
            low, high = found.mean - 1.96 * sd, found.mean + 1.96 * sd
            ax.fill_between(found.where, low, high, color=ACCENT, alpha=alpha, linewidth=0)
        ax.plot(found.where, found.mean, color=ACCENT)
        ax.plot(found.x[:100], found.y[:100], "o", color=INK, markersize=3, markeredgewidth=0)
        ax.axvline(end, color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
        ax.set(title=f"N = {n:,}", xlabel="x", xticks=[], yticks=[], ylim=(-3.2, 2.2), xlim=(0, 1))
    axes["10"].set(ylabel="y")
    for y, words in ((-2.2, "inner: ignorance"), (-3.0, "outer: with noise")):
        page.say(axes["1000"], 0.03, y, words, ACCENT)
    counts = np.array([10, 20, 50, 100, 200, 500, 1_000])
    inside, beyond = uncertainty.ignorance(counts)
    ax = axes["sd"]
    ax.loglog(counts, beyond, "o-", color=HOT, markersize=5)
    ax.axhline(noise, color=MUTE)
    ax.loglog(counts, inside, "o-", color=ACCENT, markersize=5)
    page.say(ax, 1_000, 1.15, "ignorance beyond the points", HOT, ha="right", va="bottom")
    page.say(ax, 1_000, 0.28, "noise", MUTE, ha="right", va="top")
    page.say(ax, 12, 0.05, "ignorance", ACCENT)
    ax.set(
        xlabel="number of points N", ylabel="sd" if page.large() else "standard deviation", ylim=(0.015, 4)
    )
    page.plain(ax.xaxis, [10, 100, 1000])
    page.plain(ax.yaxis, [0.03, 0.1, 0.3, 1])
    return page.aired(figure)


def starved_mean() -> Figure:
    """Show what two networks learned of a slope and of fringes: plain likelihood takes the fringes for noise.

    Below, the weight of a point in the slope of the mean, at the widths that plain likelihood predicts.
    """
    found = uncertainty.starved()
    shape: dict[str, Any] = {"sharex": True, "height_ratios": (2, 1), "figsize": page.size(height=1.15)}
    figure, (above, below) = plt.subplots(2, 1, **shape)
    _dots(above, np.column_stack([found.x, found.y]), MUTE, 3)
    for name, colour in (("likelihood", HOT), ("beta", ACCENT)):
        mean, sd = found.mean[name], found.sd[name]
        above.fill_between(
            found.where, mean - 1.96 * sd, mean + 1.96 * sd, color=colour, alpha=0.2, linewidth=0
        )
        above.plot(found.where, mean, color=colour)
    sd = found.sd["likelihood"]
    for power, colour in ((-2, HOT), (2 * uncertainty.BETA - 2, ACCENT)):
        below.plot(found.where, (sd / sd.min()) ** power, color=colour)
    for words, colour, y in (("plain likelihood", HOT, 0.97), ("with β = ½", ACCENT, 0.84)):
        page.say(above, 0.02, y, words, colour, va="top", transform=above.transAxes, weight="bold")
    page.say(below, -0.95, 0.02, "1/s²", HOT, va="center")
    page.say(below, -0.95, 0.15, "1/s", ACCENT, va="center")
    above.set(ylabel="y", yticks=[-1, 0, 1], ylim=(-1.15, 1.15))
    below.set(yscale="log", xlabel="x", xlim=(-1, 1), xticks=[-1, 0, 1], ylabel="weight", ylim=(3e-4, 2))
    page.decades(below.yaxis, every=1)
    return page.aired(figure)


def bound() -> Figure:
    """Show a posterior with three normal distributions in its place, and how far the bound of each lies below the evidence."""
    found = uncertainty.bound()
    widths = {"too narrow": 0.18, "best": float(found.sd[found.elbo.argmax()]), "too wide": 0.8}
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1, 1.15))
    near = np.flatnonzero(np.abs(found.log_rate + 0.9) < 2.5)[::10]
    w = found.log_rate[near]
    left.fill_between(w, found.posterior[near], color=MUTE, alpha=0.35, linewidth=0)
    right.axhline(found.evidence, color=MUTE)
    right.plot(found.sd, found.elbo, color=INK)
    for sd, colour in zip(widths.values(), (VIOLET, ACCENT, HOT), strict=True):
        which = int(np.abs(found.sd - sd).argmin())
        left.plot(w, found.normal(which)[near], color=colour)
        right.plot(sd, found.elbo[which], "o", color=colour, markersize=9)
    arrow = {"arrowstyle": "<->", "color": HOT, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    right.annotate("", (0.8, found.elbo[which]), (0.8, found.evidence), arrowprops=arrow)
    page.say(right, 0.84, -3.2, "gap", HOT, va="center")
    page.say(right, 1.2, found.evidence + 0.03, "log evidence", MUTE, ha="right")
    page.say(right, 0.4, -3.2, "ELBO", INK, ha="center", weight="bold")
    page.listed(left, zip(("posterior", *widths), (MUTE, VIOLET, ACCENT, HOT), strict=True))
    left.set(title="three choices of q", xlabel="w, log of a rate", xticks=[-3, 0, 3], xlim=(-3.5, 4))
    left.set(yticks=[], ylim=(0, 2.3))
    right.set(title="their bounds", xlabel="width of q", ylabel="nats")
    right.set(xlim=(0, 1.2), xticks=[0, 0.5, 1], ylim=(-4.1, -2.65), yticks=[-4, -3.5, -3])
    return page.aired(figure)


def three_estimators() -> Figure:
    """Show how the variance of two gradients of a random layer falls with the batch size, for three estimators."""
    measured, law = uncertainty.estimators(), uncertainty.estimators_in_theory(np.geomspace(1, 1000, 31))
    figure, axes = plt.subplots(1, 2)
    looks = (("shared", HOT, "-", "o"), ("local", ACCENT, "-", "o"), ("flipout", VIOLET, (0, (2, 2)), "s"))
    for ax, title in zip(axes, ("means", "widths"), strict=True):
        for name, colour, style, marker in looks:
            ax.loglog(law.sizes, getattr(law, title)[name], color=colour, linestyle=style)
            ax.plot(measured.sizes, getattr(measured, title)[name], marker, color=colour, markersize=6)
        ax.set(title=f"slope of {title}", xlabel="batch size B")
        page.plain(ax.xaxis, [1, 10, 100, 1000])
        page.decades(ax.yaxis)
    left, right = axes
    left.set(ylabel="variance", ylim=(0.03, 300))
    right.set(ylim=(1.5e-4, 10))
    page.say(left, 1_000, 19, "shared", HOT, ha="right")
    page.say(left, 12, 1.4, "local", ACCENT, ha="right", va="top")
    page.say(left, 60, 2.2, "flipout", VIOLET)
    page.say(right, 1_000, 0.75, "shared", HOT, ha="right")
    page.say(right, 1_000, 0.045, "flipout", VIOLET, ha="right", va="top")
    page.say(right, 8, 0.012, "local", ACCENT, ha="right", va="top")
    return page.aired(figure)


def _dots(ax: Axes, points: Array, colour: str, width: float) -> None:
    """Draw points (n, 2) as one path of round ends; as markers, hundreds of them would make a large file."""
    path = mpath.Path(np.repeat(points, 2, axis=0), [mpath.Path.MOVETO, mpath.Path.LINETO] * len(points))
    path.should_simplify = False
    ax.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=width, capstyle="round"))
    ax.autoscale_view()


def soft_map() -> Figure:
    """Show the counts of a faint halo, the scores of 12 × 12 places, and the weights that a softmax makes of them."""
    found = attention.soft_map()
    width = page.size()[0]
    figure, axes = plt.subplots(1, 3, figsize=(width, (0.43 if page.large() else 0.37) * width))
    attention.shades(axes[0], found.counts)
    attention.shades(axes[1], found.scores - found.scores.min(), levels=8, step=2, colour=ACCENT)
    attention.shades(axes[2], found.weights, levels=8, step=2, colour=HOT)
    for ax, title in zip(axes, ("counts", "scores", "weights"), strict=True):
        attention.bare(ax)
        ax.set(title=title)
    for ax in axes[::2]:
        ax.plot(*found.mean, "+", color=INK, markersize=14, markeredgewidth=2)
    page.say(axes[2], found.mean[0], found.mean[1] + 6.5, "mean place", INK, ha="center", va="center")
    return figure


def glimpse() -> Figure:
    """Show an image with a lattice of Gaussians, the two tables of their weights, and the products that make a glimpse.

    Each matrix is drawn to scale: rows times image stands below the image, and times columns below the columns.
    """
    found = attention.glimpse()
    products = found.rows @ found.image, found.rows @ found.image @ found.columns.T
    figure, ax = plt.subplots()
    left, right, down = 28.0, 56.0, 30.0
    attention.shades(ax, found.image, at=(left, 0), levels=4)
    x, y = np.meshgrid(left + found.x, found.y)
    ax.plot(x.ravel(), y.ravel(), ".", color=HOT, markersize=0.22 * plt.rcParams["font.size"])
    attention.shades(ax, found.rows, at=(0, down), colour=HOT, levels=4)
    attention.shades(ax, found.columns.T, at=(right, 0), colour=HOT, levels=4)
    attention.shades(ax, products[0], at=(left, down), levels=4)
    attention.shades(ax, products[1], at=(right, down), colour=ACCENT, levels=5)
    attention.bare(ax, width=68, height=42)
    for words, at, colour in (
        ("image", (left, -1.5), INK),
        ("columns", (right, -1.5), HOT),
        ("rows", (0, down - 1.5), HOT),
        ("rows × image", (left, down - 1.5), INK),
        ("glimpse", (right, down - 1.5), ACCENT),
    ):
        page.say(ax, at[0] - 0.5, at[1], words, colour, weight="bold")
    ax.set(ylim=(42, -5))
    return figure


def far_and_near() -> Figure:
    """Show a spot with a narrow and a wide Gaussian beside it, and how far the slopes of their readings stand out of the noise."""
    shape = {"sharex": True, "height_ratios": (1, 2.4), "figsize": page.size(height=1.1)}
    figure, (above, below) = plt.subplots(2, 1, **shape)
    away, pixels, place = np.linspace(0.02, 26, 260), np.linspace(-4, 26, 160), 12.0
    above.fill_between(pixels, np.exp(-0.5 * (pixels / 1.1) ** 2), color=INK, alpha=0.75, linewidth=0)
    for width, colour in ((0.6, HOT), (5.0, ACCENT)):
        above.plot(pixels, np.exp(-0.5 * ((pixels - place) / width) ** 2), color=colour)
        seen = np.abs(attention.reading(away, width)[1]) / attention.slope_noise(width)
        shown = seen > 0.1
        below.semilogy(away[shown], seen[shown], color=colour)
        if width > 1:
            below.plot(place, np.interp(place, away, seen), "o", color=colour)
    page.say(above, 1.8, 0.75, "spot", INK)
    page.say(above, 13.4, 0.4, "narrow", HOT, ha="left", va="top")
    page.say(above, 19, 0.5, "wide", ACCENT)
    below.axvline(place, color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
    below.axhspan(0.1, 1, color=MUTE, alpha=0.2, linewidth=0)
    page.say(below, 25.7, 0.8, "lost in the noise", MUTE, ha="right", va="top")
    page.say(below, 3.9, 2.2, "0.6 px", HOT)
    page.say(below, 13.2, 6, "5 px", ACCENT)
    above.axis("off")
    below.set(xlabel="distance from the spot (px)", ylabel="slope over its noise")
    below.set(xlim=(-4, 26), xticks=[0, 10, 20], ylim=(0.1, 50))
    page.plain(below.yaxis, [0.1, 1, 10])
    return page.aired(figure)


def bilinear() -> Figure:
    """Show the areas with which four pixels weigh in a reading, and along a row of pixels a reading and its slope, which jumps."""
    figure = plt.figure()
    axes = figure.subplot_mosaic([["square", "reading"], ["square", "slope"]], width_ratios=(1.15, 1))
    ax, (a, b), letter = axes["square"], (0.3, 0.6), plt.rcParams["font.size"]
    corners = (((0, 0), ACCENT, "x₀₀"), ((1, 0), HOT, "x₀₁"), ((0, 1), VIOLET, "x₁₀"), ((1, 1), BLUE, "x₁₁"))
    for (u, v), colour, words in corners:
        left, width = (0, a) if u else (a, 1 - a)  # the area that lies opposite to the pixel
        top, height = (0, b) if v else (b, 1 - b)
        ax.add_patch(Rectangle((left, top), width, height, facecolor=colour, alpha=0.3, linewidth=0))
        at, middle = (left + width / 2, top + height / 2), {"ha": "center", "va": "center"}
        page.say(ax, *at, f"{width * height:.2f}", colour, weight="bold", **middle)
        ax.plot(u, v, "s", color=colour, markersize=1.3 * letter)
        page.say(ax, u, 1.25 if v else -0.25, words, colour, **middle)
    page.say(ax, a / 2, -0.08, f"{a}", MUTE, ha="center", va="center")
    page.say(ax, -0.06, b / 2, f"{b}", MUTE, ha="right", va="center")
    ax.plot(a, b, "o", color=INK, markersize=0.8 * letter)
    ax.set(xlim=(-0.25, 1.2), ylim=(1.38, -0.38), aspect="equal")
    ax.axis("off")
    pixels, values = np.arange(6), np.array([[1.0, 3.0, 2.5, 5.5, 4.5, 1.5]])
    u = np.arange(5) + 0.5
    slopes = attention.sample(values, u, np.zeros(5))[1]
    axes["reading"].plot(pixels, values[0], "s-", color=INK, markersize=0.5 * letter)
    axes["slope"].hlines(
        slopes, pixels[:-1], pixels[1:], color=HOT, linewidth=plt.rcParams["lines.linewidth"]
    )
    axes["slope"].axhline(0, color=MUTE, linewidth=0.8)
    for ax in (axes["reading"], axes["slope"]):
        ax.vlines(pixels, *ax.get_ylim(), color=RULE, linewidth=1, zorder=0)
    axes["reading"].set(title="reading", xticks=pixels, xticklabels=[], yticks=[])
    axes["slope"].set(title="its slope", xticks=pixels, xlabel="column u (px)", yticks=[0])
    return page.aired(figure)


def bent_grid() -> Figure:
    """Show four grids over one image, and below each what it reads: everything, a part, a part turned back, a bent plate."""
    image = attention.misplaced()
    part = {"zoom": 0.6, "to": attention.CENTRE}
    grids = {
        "identity": lambda u, v: (u, v),
        "attention": lambda u, v: attention.affine(u, v, turn=0, **part),
        "affine": lambda u, v: attention.affine(u, v, turn=attention.TURN, **part),
        "thin plate": attention.thin_plate,
    }
    width, height = page.size()
    figure, axes = plt.subplots(2, 4, figsize=(width, min(0.55 * width, height)))
    last = attention.SIZE - 1
    pixels = np.meshgrid(*[np.arange(last + 1.0)] * 2)
    for (name, grid), (above, below) in zip(grids.items(), axes.T, strict=True):
        attention.shades(above, image, levels=3)
        points = np.linspace(0, last, 13 if name == "thin plate" else 2)
        for line in np.linspace(0, last, 7):
            for u, v in ((np.full_like(points, line), points), (points, np.full_like(points, line))):
                above.plot(*grid(u, v), color=HOT, linewidth=0.8)
        attention.shades(below, attention.sample(image, *grid(*pixels))[0], levels=3, colour=ACCENT)
        for ax in (above, below):
            attention.bare(ax)
        above.set(title=name)
    return figure


def kl_weight() -> Figure:
    """Show how often networks name digits rightly, three seeds each: with three weights of the divergence, and without it."""
    kinds = {
        "KL / N": ("right", ACCENT), "KL / batch": ("per_batch", HOT), "KL alone": ("unscaled", HOT),
        "ordinary": ("deterministic", MUTE),
    }  # fmt: skip
    figure, ax = plt.subplots()
    for row, (name, colour) in enumerate(kinds.values()):
        judged.dots(ax, page.recorded(f"L9.bars_digits_{name}_accuracy"), row, colour)
    judged.rows([ax], {words: colour for words, (_, colour) in kinds.items()})
    ax.axvline(0.1, color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
    page.say(ax, 0.13, 0, "guessing", MUTE, va="center")
    ax.set(xlim=(0, 1.02), xticks=[0, 0.5, 1], xlabel="accuracy on new digits")
    return page.aired(figure)


def promises() -> Figure:
    """Show the share of thicknesses in the intervals of five methods that promise 68 and 95 %, three seeds each.

    The grey bands are two standard errors of a share that is counted on 2,000 films.
    """
    figure, axes = plt.subplots(1, 2, sharey=True)
    colours = {
        name: HOT if judged.held(name, "thickness", 95).mean() < 95 else ACCENT for name in judged.METHODS
    }
    for ax, level in zip(axes, (68, 95), strict=True):
        error = judged.counting_error(level)
        ax.axvspan(level - 2 * error, level + 2 * error, color=MUTE, alpha=0.3, linewidth=0)
        ax.axvline(level, color=INK, linewidth=1.2)
        for row, (name, colour) in enumerate(colours.items()):
            judged.dots(ax, judged.held(name, "thickness", level), row, colour)
        ax.set(title=f"promised {level} %", xlabel="held (%)")
    judged.rows(axes, colours)
    axes[0].set(xlim=(60, 100), xticks=[60, 80, 100])
    axes[1].set(xlim=(89, 101), xticks=[90, 95, 100])
    if not page.large():
        page.say(axes[0], 72, 2.5, "too sure", HOT, va="center")
        page.say(axes[0], 72, 0.5, "too cautious", ACCENT, va="center")
    return page.aired(figure)


def scores() -> Figure:
    """Show the CRPS of ridge regression and five methods for three targets, over that of the mean of all films.

    One dot a seed; the best method for each target has the full colour.
    """
    figure, ax = plt.subplots()
    labels = {
        "sld": ("SLD", VIOLET, 0.042, "right"),
        "thickness": ("thickness", ACCENT, 0.065, "left"),
        "oxide": ("oxide", HOT, 0.37, "center"),
    }
    for target, (words, colour, x, ha) in labels.items():
        found = judged.crps(target)
        best = min(found, key=lambda name: found[name].mean())
        for row, (name, values) in enumerate(found.items()):
            judged.dots(ax, values, row, colour, alpha=1 if name == best else 0.4)
        page.say(ax, x, 5.7, words, colour, ha=ha, va="center", weight="bold")
    judged.rows([ax], dict.fromkeys(found, INK))
    ax.axvline(1, color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
    ax.set(xscale="log", xlim=(0.025, 1.3), ylim=(6.1, -0.6), xlabel="CRPS, over that of the mean film")
    page.plain(ax.xaxis, [0.03, 0.1, 0.3, 1])
    return page.aired(figure)


def guarantee() -> Figure:
    """Show the share of 90 % intervals that hold: of five methods before and after they are mended, and on other films.

    One dot a seed; a line leads from the mean before to the mean after, or from the mean on other films to the promise.
    """
    figure, ax = plt.subplots(figsize=page.size(height=1.1))
    places = [0, 1, 2, 3, 4, 5.5, 7, 8, 9, 10]
    colours = (
        dict.fromkeys(judged.METHODS, INK) | dict.fromkeys(judged.OTHERS, HOT) | {"few neutrons": VIOLET}
    )
    for row, (words, colour) in zip(places, colours.items(), strict=True):
        if words in judged.METHODS:
            before, after = judged.mended(words)
            ax.plot([before.mean(), after.mean()], [row, row], color=MUTE, linewidth=1.2)
            judged.dots(ax, before, row, MUTE, markerfacecolor=PAPER, alpha=1)
            judged.dots(ax, after, row, ACCENT, alpha=1)
        else:
            held = judged.elsewhere(words)
            ax.plot([held.mean(), 90], [row, row], color=colour, linewidth=1.2)
            judged.dots(ax, held, row, colour)
    judged.rows([ax], colours, places)
    ax.axvline(90, color=INK, linewidth=1.2)
    page.say(ax, 86, 0, "after", ACCENT, ha="right", va="center")
    page.say(ax, 82, 2, "before", MUTE, ha="right", va="center")
    ax.set(xlim=(30, 102), xticks=[30, 50, 70, 90], xlabel="held, of the promised 90 % (%)")
    return page.aired(figure)


def exam() -> Figure:
    """Show how posterior and ensemble read two measured films, less what the reference fits say; bars reach two deviations."""
    figure, axes = plt.subplots(1, 3, sharey=True, figsize=page.size(height=1.1))
    titles = {
        "thickness": ("thickness", "Å"),
        "sld": ("SLD", "10⁻⁶ Å⁻²\nless the fit"),
        "oxide": ("oxide", "Å"),
    }
    look = {"fmt": "o", "markersize": 0.5 * plt.rcParams["font.size"]}
    for ax, (target, (title, unit)) in zip(axes, titles.items(), strict=True):
        for top, film in ((0, "e361r"), (5.5, "PLP0011859")):
            read = judged.exam(film, target)
            here = [top - 0.5, top + 3.5]
            ax.fill_betweenx(here, -2 * read.fit, 2 * read.fit, color=MUTE, alpha=0.3, linewidth=0)
            ax.plot([0, 0], here, color=INK, linewidth=1.2)
            ax.errorbar(read.posterior[0], top, xerr=2 * read.posterior[1], color=ACCENT, **look)
            for row, (mean, sd) in enumerate(read.ensemble, start=1):
                ax.errorbar(mean, top + row, xerr=2 * sd, color=HOT, **look)
        ax.set(title=title)
        ax.set_xlabel(unit, linespacing=1.5)
    names = {
        "e361r": INK,
        "posterior": ACCENT,
        "ensemble": HOT,
        "PLP0011859": INK,
        " posterior": ACCENT,
        " ensemble": HOT,
    }
    judged.rows(axes, names, [-1.1, 0, 2, 4.4, 5.5, 7.5])
    axes[0].set(ylim=(9.2, -1.6), xlim=(-11, 13), xticks=[-10, 0, 10])
    axes[1].set(xlim=(-0.24, 0.34), xticks=[-0.2, 0, 0.2])
    axes[2].set(xlim=(-10, 11), xticks=[-10, 0, 10])
    return page.aired(figure)


def conformal() -> Figure:
    """Show nine scores, the ten places of a new one that are equally likely, and the share that intervals hold.

    Below are the densities of the held share over calibration sets of 9, 99 and 1,999 films; the mean of each is 90 %.
    """
    figure, (above, below) = plt.subplots(2, 1, height_ratios=(1, 1.7))
    scores, end, letter = judged.nine_scores(), 2.9, plt.rcParams["font.size"]
    quantile, gaps = scores[judged.rank(9) - 1], np.concatenate([[0], scores, [end]])
    above.axhline(0, color=INK, linewidth=1.2)
    above.fill_between([0, quantile], -0.4, 1.3, color=ACCENT, alpha=0.15, linewidth=0)
    above.plot(scores, np.zeros(9), "o", color=INK, markersize=0.5 * letter)
    for place in (gaps[1:] + gaps[:-1]) / 2:
        colour = ACCENT if place < quantile else HOT
        above.plot(place, 0.4, "v", color=colour, markersize=0.5 * letter)
    page.say(above, quantile / 2, 0.92, "held: 9 places of 10", ACCENT, ha="center", va="center")
    page.say(above, (quantile + end) / 2, 0.92, "1 of 10", HOT, ha="center", va="center")
    above.set(xlim=(0, end), ylim=(-0.4, 1.3), yticks=[], xticks=[], xlabel="score")
    shares = np.linspace(0.6, 1, 260)
    labels = (
        (9, HOT, 70, 0.17, "center"), (99, VIOLET, 85, 0.45, "right"), (1_999, ACCENT, 88.2, 0.93, "right")
    )  # fmt: skip
    for n, colour, x, y, ha in labels:
        density = judged.share_held(n).pdf(shares)
        shown = density > 1e-3 * density.max()
        below.plot(100 * shares[shown], density[shown] / density.max(), color=colour)
        page.say(below, x, y, f"{n:,} films", colour, ha=ha)
    below.axvline(90, color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
    below.set(xlabel="held, of the promised 90 % (%)", yticks=[], ylim=(0, 1.08), xlim=(60, 100.4))
    for ax, sides in ((above, ("left", "bottom")), (below, ("left",))):
        ax.spines[list(sides)].set_visible(False)
    return page.aired(figure)


def kinds() -> Figure:
    """Show the share of test images that five kinds of networks of one size name wrongly, five seeds each, and the means."""
    figure, ax = plt.subplots()
    colours = {
        "plain CNN": MUTE,
        "global maximum": INK,
        "shift and zoom": VIOLET,
        "affine transformer": VIOLET,
        "Gaussian attention": ACCENT,
    }
    for row, (words, colour) in enumerate(colours.items()):
        wrong = 100 * judged.named_wrongly(words)
        judged.seeds(ax, wrong, row, colour)
        page.say(ax, 56, row, f"{wrong.mean():.0f} %", colour, va="center", ha="right", weight="bold")
    judged.rows([ax], colours)
    ax.set(xlim=(0, 56), xticks=[0, 20, 40], xlabel="images named wrongly (%)")
    return page.aired(figure)


def pointing_game() -> Figure:
    """Show what hit and miss are, and how often a trained layer points into the frame of the motif, beside four controls.

    Chance holds each place against the frames of all other images; five sets of shuffled weights are drawn.
    """
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1, 1.5))
    attention.shades(left, attention.misplaced(), levels=4)
    attention.bare(left)
    corner, end = attention.frame()
    left.add_patch(Rectangle(corner, *(end - corner), fill=False, edgecolor=ACCENT, linewidth=2))
    left.plot(*attention.CENTRE, "+", color=ACCENT, markersize=16, markeredgewidth=3)
    left.plot(19.5, 20, "+", color=HOT, markersize=16, markeredgewidth=3)
    page.say(left, corner[0], corner[1] - 1.6, "hit", ACCENT, va="center", weight="bold")
    page.say(left, 17, 20, "miss", HOT, ha="right", va="center", weight="bold")
    found = {"trained": ("", ACCENT), "shuffled": ("_control", HOT), "brightest": ("_brightest", HOT)}
    found |= {"chance": ("_chance", MUTE)}
    for row, (name, colour) in enumerate(found.values()):
        hits = 100 * np.array(page.recorded(f"L9.where_pointing{name}"))
        right.plot([0, hits.mean()], [row, row], color=colour, linewidth=1.2)
        judged.dots(right, hits, row, colour, alpha=1)
    judged.rows([right], {words: colour for words, (_, colour) in found.items()})
    right.set(xlim=(0, 104), xticks=[0, 50, 100], xlabel="hits (%)")
    return page.aired(figure)


def digits_by_distortion() -> Figure:
    """Show digits distorted in three ways, and the share of each that four kinds of networks name wrongly, five seeds each.

    Here the network with a global maximum is nearly twice as large as the others.
    """
    figure, axes = plt.subplots(2, 3, height_ratios=(1, 1.5), sharey="row", figsize=page.size(height=1.1))
    colours = {"plain CNN": MUTE, "maximum": INK, "affine": VIOLET, "Gaussian": ACCENT}
    kinds = ("plain CNN", "global maximum", "affine transformer", "Gaussian attention")
    names = {"turned": "turned", "and shifted": "scaled", "in clutter": "pieces"}
    for (above, below), image, (title, name) in zip(axes.T, attention.digits(), names.items(), strict=True):
        above.contourf(image, levels=[0.45, 2], colors=[INK])
        above.set(aspect="equal", xticks=[], yticks=[], xlim=(0, 31), ylim=(31, 0))
        above.spines[:].set_visible(True)
        above.set(title=title)
        for row, (kind, colour) in enumerate(zip(kinds, colours.values(), strict=True)):
            judged.seeds(below, 100 * judged.named_wrongly(kind, digits=name), row, colour)
        below.set(xlim=(0, 1.1 * below.get_xlim()[1]))
    axes[1, 1].set(xlabel="digits named wrongly (%)")
    judged.rows(axes[1], colours)
    return page.aired(figure)
