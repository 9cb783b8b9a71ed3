"""The figures of lecture 9. Each function draws one, in the size and the letters of whoever calls it.

What they show is computed in `_uncertainty` and `_attention`; `_judged` holds what the labs recorded in ``docs/results.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lens_labs.plotting import ACCENT, COLOURS, HOT, INK, MUTE, PAPER, RULE

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _attention as attention
import _drawing as page
import _judged as judged
import _uncertainty as uncertainty

VIOLET, BLUE = COLOURS[2], COLOURS[4]


def laplace() -> Figure:
    """Show the skewed posterior of a rate after four counts in ten seconds, and Laplace's normal at its peak."""
    found = uncertainty.one_rate()
    figure, ax = plt.subplots()
    inside = (found.rate >= found.inside[0]) & (found.rate <= found.inside[1])
    step = slice(None, None, 16)
    ax.fill_between(
        found.rate[inside][step], found.density[inside][step], color=ACCENT, alpha=0.25, linewidth=0
    )
    ax.plot(found.rate[step], found.density[step], color=ACCENT)
    ax.plot(found.rate[step], found.laplace[step], color=HOT, linestyle=(0, (4, 2)))
    page.say(ax, 0.74, 1.0, "posterior", ACCENT)
    ax.set(xlabel="rate (counts a second)", xlim=(0, 1.5), ylim=(0, None), yticks=[])
    ax.set(ylabel="density")
    return page.aired(figure)


def soft_map() -> Figure:
    """Show the counts of a faint halo, the scores of 12 × 12 places, and the weights that a softmax makes of them."""
    found = attention.soft_map()
    figure, axes = plt.subplots(1, 3, figsize=page.size(height=0.5 if page.large() else 0.64))
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
    ax.plot(x.ravel(), y.ravel(), ".", color=HOT, markersize=0.3 * plt.rcParams["font.size"])
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
    page.say(below, 3.9, 2.2, "s = 0.6 px", HOT)
    page.say(below, 13.2, 6, "s = 5 px", ACCENT)
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
        page.say(ax, u, 1.2 if v else -0.2, words, colour, **middle)
    page.say(ax, a / 2, -0.1, "a", MUTE, ha="center", va="center")
    page.say(ax, -0.1, b / 2, "b", MUTE, ha="center", va="center")
    ax.plot(a, b, "o", color=INK, markersize=0.8 * letter)
    ax.set(xlim=(-0.25, 1.2), ylim=(1.35, -0.35), aspect="equal")
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
    figure, axes = plt.subplots(2, 4, figsize=page.size(height=0.75 if page.large() else 0.95))
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
    ax.set(xlim=(0, 1), xticks=[0, 0.5, 1], xlabel="accuracy on new digits")
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
    """Show the share of 90 % intervals that hold: of five methods before and after they are mended, and on other films."""
    figure, ax = plt.subplots(figsize=page.size(height=1.1))
    places = [0, 1, 2, 3, 4, 5.5, 7, 8, 9, 10]
    for row, name in zip(places, judged.METHODS, strict=False):
        before, after = judged.mended(name)
        ax.plot([before, after], [row, row], color=MUTE, linewidth=1.2)
        judged.dots(ax, before, row, MUTE, markerfacecolor=PAPER, alpha=1)
        judged.dots(ax, after, row, ACCENT, alpha=1)
    colours = dict.fromkeys(judged.METHODS, INK)
    for row, (words, name) in zip(places[5:], judged.OTHERS.items(), strict=True):
        colours[words] = VIOLET if row == places[5] else HOT
        (share,) = page.recorded(f"L9.bars_held_{name}")
        ax.plot([100 * share, 90], [row, row], color=colours[words], linewidth=1.2)
        judged.dots(ax, 100 * share, row, colours[words], alpha=1)
    judged.rows([ax], colours, places)
    ax.axvline(90, color=INK, linewidth=1.2)
    page.say(ax, 87, 0, "after", ACCENT, ha="right", va="center")
    page.say(ax, 83, 2, "before", MUTE, ha="right", va="center")
    ax.set(xlim=(30, 102), xticks=[30, 50, 70, 90], xlabel="held, of the promised 90 % (%)")
    return page.aired(figure)


def exam() -> Figure:
    """Show how posterior and ensemble read two measured films, less what the reference fits say; bars reach two deviations."""
    figure, axes = plt.subplots(1, 3, sharey=True, figsize=page.size(height=1.1))
    titles = {"thickness": ("thickness", "Å"), "sld": ("SLD", "10⁻⁶ Å⁻²"), "oxide": ("oxide", "Å")}
    look = {"fmt": "o", "markersize": 0.5 * plt.rcParams["font.size"]}
    for ax, (target, (title, unit)) in zip(axes, titles.items(), strict=True):
        for top, film in ((0, "e361r"), (5.5, "PLP0011859")):
            read = judged.exam(film, target)
            here = [top - 0.5, top + 3.5]
            ax.fill_betweenx(here, -2 * read.fit, 2 * read.fit, color=MUTE, alpha=0.3, linewidth=0)
            ax.plot([0, 0], here, color=INK, linewidth=1.2)
            if read.posterior:
                ax.errorbar(read.posterior[0], top, xerr=2 * read.posterior[1], color=ACCENT, **look)
            for row, (mean, sd) in enumerate(read.ensemble, start=1):
                ax.errorbar(mean, top + row, xerr=2 * sd, color=HOT, **look)
        ax.set(title=title, xlabel=unit if page.large() else f"less that of the fit ({unit})")
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
        page.say(below, x, y, f"n = {n:,}", colour, ha=ha)
    below.axvline(90, color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
    below.set(xlabel="held, of the promised 90 % (%)", yticks=[], ylim=(0, 1.08), xlim=(60, 100.4))
    for ax, sides in ((above, ("left", "bottom")), (below, ("left",))):
        ax.spines[list(sides)].set_visible(False)
    return page.aired(figure)
