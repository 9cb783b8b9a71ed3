"""The figures of lecture 2. Each function draws one, in the size and the letters of whoever calls it.

What they show is computed in `_films` and `_learning`; numbers of the labs come from ``docs/results.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lens_labs.data import load
from lens_labs.plotting import ACCENT, COLOURS, HOT, INK, MUTE
from lens_labs.scattering import reflectivity

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page
import _films as films
import _learning as learning
import _schemes as schemes

VIOLET, BLUE = COLOURS[2], COLOURS[4]


def measured_curve() -> Figure:
    """Show a measured reflectivity curve of a polymer film whose thickness is not known yet."""
    curve = load("e361r")
    figure, ax = plt.subplots()
    ax.errorbar(curve["q"], curve["r"], curve["dr"], fmt="o", markersize=3.5, elinewidth=1, color=ACCENT)
    page.reflectivity_axes(ax, low=5e-6, every=1)
    ax.set(xlim=(0, 0.2), xticks=[0, 0.05, 0.1, 0.15, 0.2])
    arrow = {"arrowstyle": "<->", "color": HOT, "lw": 1.5}
    ax.annotate("", (0.0615, 2.6e-5), (0.0905, 2.6e-5), arrowprops=arrow)
    page.say(ax, 0.076, 2.2e-5, "fringe", HOT, ha="center", va="top")
    page.say(ax, 0.022, 0.8, "total reflection", MUTE, va="center")
    size = 1.35 * plt.rcParams["font.size"]
    page.say(ax, 0.085, 0.04, "film thickness: ?", HOT, fontsize=size, weight="bold")
    return page.aired(figure)


def fringes() -> Figure:
    """Show how thickness, scattering length density and roughness of a film shape its profile and its reflectivity."""
    z, q = np.linspace(-60, 320, 200), np.geomspace(0.012, 0.18, 260)
    usual = {"thickness": 150.0, "sld": 0.5, "outer": 4.0}
    columns = (
        ("thickness", "thickness d", (100.0, 200.0), "{:.0f} Å"),
        ("sld", "SLD ρ", (0.5, 1.5), "{:.1f}"),
        ("inner", "roughness σ", (4.0, 15.0), "{:.0f} Å"),
    )
    figure, axes = plt.subplots(2, 3, sharey="row", height_ratios=(1, 1.5), figsize=page.size(height=1.1))
    for (name, title, values, words), (above, below) in zip(columns, axes.T, strict=True):
        for value, colour in zip(values, (ACCENT, HOT), strict=True):
            one = films.film(**(usual | {name: value}), log10_background=-7)
            above.plot(z, films.profile(one, z), color=colour)
            below.plot(q, reflectivity.model(one, q), color=colour)
        page.listed(below, zip(map(words.format, values[::-1]), (HOT, ACCENT), strict=True))
        above.set(title=title, xticks=[0, 200], yticks=[0, 3, 6])
        page.reflectivity_axes(below, low=1e-6, high=2)
        below.set(ylabel="", xticks=[0.05, 0.15], xlabel="")
    axes[0, 0].set(ylabel="SLD" if page.large() else page.SLD_LABEL)
    axes[1, 0].set(ylabel="R" if page.large() else "reflectivity R")
    axes[0, 1].set(xlabel="depth z (Å)")
    axes[1, 1].set(xlabel=page.Q_LABEL)
    return page.aired(figure)


def log_shows_fringes() -> Figure:
    """Show the same simulated curves on a linear scale, where they look alike, and on a logarithmic one."""
    data = learning.training()
    chosen = np.argsort(np.abs(data["film_thickness"][:60] - 160))[:6]
    q, r = data.coords["q"], np.maximum(data.x[chosen], 1e-7)
    figure, (left, right) = plt.subplots(1, 2)
    for ax in (left, right):
        for curve, colour in zip(r, (MUTE, BLUE, INK, VIOLET, ACCENT, HOT), strict=True):
            ax.plot(q, curve, color=colour, linewidth=0.75 * plt.rcParams["lines.linewidth"])
        ax.set(xlabel=page.Q_LABEL, xticks=[0, 0.1, 0.2])
    left.set(title="as counted", ylabel="reflectivity R", yticks=[0, 0.5, 1])
    right.set(title="its logarithm", yscale="log")
    page.decades(right.yaxis, every=2)
    return page.aired(figure)


def two_films_one_curve() -> Figure:
    """Show two different films whose curves agree within the errors of a count of 100,000 neutrons on the first point.

    The curve is known from 0.02 to 0.19 Å⁻¹. The second film is found by least squares, from the first one with its
    two steps exchanged.
    """
    found, z = films.pair(), np.linspace(-60, 380, 300)
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1, 1.25))
    look = {"markersize": 3, "elinewidth": 1, "color": MUTE, "alpha": 0.7, "zorder": 1}
    right.errorbar(found.q, found.r, found.errors, fmt="o", **look)
    styles = ((ACCENT, "-", 0.27), (HOT, (0, (3, 3)), 0.74))
    for one, (colour, style, height) in zip(found.films, styles, strict=True):
        left.plot(z, films.profile(one, z), color=colour)
        right.plot(found.q, reflectivity.model(one, found.q), color=colour, linestyle=style)
        words = f"{one['film_thickness']:.0f} Å, {'' if page.large() else 'SLD '}{one['film_sld']:.1f}"
        page.say(left, 0.96, height, words, colour, transform=left.transAxes, ha="right", va="center")
    page.listed(
        right, [(f"χ² a point: {chi2:.1f}", c) for chi2, c in zip(found.chi2, (ACCENT, HOT), strict=True)]
    )
    left.set(title="two films", xlabel="depth z (Å)", ylabel=page.SLD_LABEL, xticks=[0, 200], ylim=(1, 7))
    page.reflectivity_axes(right, low=3e-7, high=1)
    right.set(title="one curve", ylabel="" if page.large() else "reflectivity R", xticks=[0, 0.1, 0.2])
    return page.aired(figure)


def simulated_and_measured() -> Figure:
    """Show five curves, four simulated and one (the third) measured on a real film; each is shifted by 100."""
    curve = load("e361r")
    prior = {"film_thickness": (150, 280), "log10_dose": (4.3, 4.7), "log10_background": (-5.2, -4.6)}
    data = reflectivity.simulate(4, seed=5, prior=prior)
    q = data.coords["q"]
    real = reflectivity.rebin(curve["q"], curve["r"], curve["dr"], onto=q)
    figure, ax = plt.subplots(figsize=page.size(height=1.1))
    stack = [*data.x[:2], real, *data.x[2:]]
    for place, r in enumerate(stack):
        seen = r > 0
        ax.plot(q[seen], r[seen] * 100.0**-place, "o", markersize=3, color=ACCENT)
        page.say(ax, 0.196, r[-6:].mean() * 100.0**-place, "ABCDE"[place], INK, va="center", weight="bold")
    ax.set(yscale="log", xlim=(0, 0.205), xticks=[0, 0.05, 0.1, 0.15, 0.2], xlabel=page.Q_LABEL)
    ax.set(ylabel="R, each over 100" if page.large() else "reflectivity R, each divided by 100")
    page.decades(ax.yaxis, every=4)
    page.listed(ax, [("Which one is real?", HOT)], weight="bold")
    return page.aired(figure)


def stopping_epoch() -> Figure:
    """Show a training loss that keeps falling and a validation loss that turns: the best epoch is its valley.

    A linear model on 300 random features of noisy curves learns the thickness of 100 films by gradient descent.
    """
    losses = learning.descent()
    epochs = np.arange(1, losses.training.size + 1)
    shown = np.unique(np.geomspace(1, epochs.size, 160).round().astype(int)) - 1
    best = int(losses.validation.argmin())
    figure, ax = plt.subplots()
    ax.loglog(epochs[shown], losses.training[shown], color=ACCENT)
    ax.loglog(epochs[shown], losses.validation[shown], color=HOT)
    ax.axvline(epochs[best], color=MUTE, linestyle=(0, (2, 2)), linewidth=1.2)
    ax.plot(epochs[best], losses.validation[best], "o", color=HOT, markersize=8)
    page.say(ax, 1.3, 0.3, "training", ACCENT, va="top")
    page.say(ax, epochs[-1], 0.62, "validation", HOT, ha="right")
    page.say(ax, 0.9 * epochs[best], 0.0055, "stop here", INK, ha="right", va="bottom")
    ax.set(xlabel="epoch", ylabel="mean squared error")
    page.plain(ax.xaxis, [1, 10, 100, 1000])
    page.plain(ax.yaxis, [0.01, 0.1, 1])
    return page.aired(figure)


def bias_and_variance() -> Figure:
    """Show polynomials fitted to many noisy draws of one curve, and how bias and variance add up to their error."""
    found = learning.tradeoff()
    figure = plt.figure(figsize=page.size(height=1.15))
    axes = figure.subplot_mosaic([["1", "5", "10"], ["sum"] * 3], height_ratios=(1, 1.5))
    for degree in (1, 5, 10):
        ax = axes[str(degree)]
        step = {1: 120, 5: 4, 10: 2}[degree]  # two points make a straight line, a bent one needs more
        ax.plot(found.x[::step], found.fits[degree][:9, ::step].T, color=ACCENT, alpha=0.45, linewidth=0.8)
        ax.plot(found.x, found.truth, color=INK, linewidth=1.5)
        ax.plot(found.points, found.draws[0], ".", color=MUTE, markersize=4)
        ax.set(title=f"degree {degree}", xticks=[], yticks=[], ylim=(-0.8, 0.8))
    ax, degrees = axes["sum"], np.array(learning.DEGREES)
    noise = np.full(degrees.size, found.noise)
    total = noise + found.bias2 + found.variance
    parts = (
        ("error", total, HOT, 0), ("noise", noise, MUTE, 0.001),
        ("variance", found.variance, ACCENT, -0.002), ("bias²", found.bias2, VIOLET, 0.0025),
    )  # fmt: skip
    for name, values, colour, shift in parts:
        ax.plot(degrees, values, color=colour)
        page.say(ax, 10.15, values[-1] + shift, name, colour, va="center")
    ax.plot(degrees, found.measured, "o", color=HOT, markersize=5)
    ax.set(xlabel="degree of the polynomial", ylabel="squared error")
    ax.set(xticks=degrees[::2], xlim=(-0.2, 12), yticks=[0, 0.02, 0.04], ylim=(0, None))
    ax.spines["bottom"].set_bounds(-0.2, 10)
    return page.aired(figure)


def batch_noise() -> Figure:
    """Show gradients of batches around the gradient of all films, and their variance, which falls as 1/B."""
    found = learning.gradients()
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1.1, 1))
    colours = (MUTE, BLUE, ACCENT, HOT)
    for size, colour in zip(found.sizes, colours, strict=True):
        x, y = found.batches[size][:100].T
        left.plot(x, y, "o", color=colour, markersize=3.5, markeredgewidth=0, alpha=0.45 if size == 4 else 1)
    left.plot(*found.mean, "+", color=INK, markersize=14, markeredgewidth=2)
    left.set(title="gradient of one batch", xlabel="first component", ylabel="second component")
    left.set(xticks=[0, 1, 2], yticks=[0, 1, 2], ylim=(-0.5, 2.5))
    law = np.array([3, 600])
    right.loglog(law, found.one / law, color=MUTE, linewidth=1.2)
    for size, variance, colour in zip(found.sizes, found.variance, colours, strict=True):
        right.plot(size, variance, "o", color=colour, markersize=8)
        page.say(right, 1.25 * size, 1.15 * variance, f"{size}" if size != 4 else "B = 4", colour)
    page.say(right, 9, 0.1, "1/B", MUTE, ha="right", va="top")
    right.set(title="its variance", xlabel="batch size B")
    page.plain(right.xaxis, list(found.sizes))
    page.plain(right.yaxis, [0.01, 0.1, 1])
    return page.aired(figure)


def predicted_and_true() -> Figure:
    """Show the thickness that ridge and a library of 4,000 curves read off simulated curves, and the residuals.

    In the notes the titles hold the mean absolute error of 1,000 films, of which 100 are drawn.
    """
    data = learning.validation()
    x, true, shown = learning.log_r(data.x), data["film_thickness"], slice(100)
    shape = {"sharex": True, "sharey": "row", "height_ratios": (2, 1), "figsize": page.size(height=1.2)}
    figure, axes = plt.subplots(2, 2, **shape)
    dots = {"marker": "o", "markersize": 3, "markeredgewidth": 0, "linestyle": ""}
    readers = (("ridge", learning.ridge, MUTE), ("library", learning.look_up, ACCENT))
    for (above, below), (name, read, colour) in zip(axes.T, readers, strict=True):
        answer = read(x, 4_000)
        above.plot([50, 500], [50, 500], color=INK, linewidth=1)
        above.plot(true[shown], answer[shown], color=colour, **dots)
        below.axhline(0, color=INK, linewidth=1)
        below.plot(true[shown], (answer - true)[shown], color=colour, **dots)
        error = np.abs(answer - true).mean()
        above.set(title=f"{name}, 4,000 films" if page.large() else f"{name}: {error:.0f} Å")
        above.set(xticks=[100, 300, 500], yticks=[100, 300, 500])
        below.set(yticks=[-200, 0, 200], ylim=(-330, 330))
        below.set(xlabel="true (Å)" if page.large() else "true thickness (Å)")
    axes[0, 0].set(ylabel="read off (Å)")
    axes[1, 0].set(ylabel="error (Å)" if page.large() else "residual (Å)")
    return page.aired(figure)


def learning_curve() -> Figure:
    """Show how the thickness error of ridge, look-up and network falls with the number of simulated films.

    Ridge, and the look-up in fewer than 1,000 films, are computed here; the rest is what lab 2 recorded.
    """
    data = learning.validation()
    x, true = learning.log_r(data.x), data["film_thickness"]
    few, recorded = (125, 250, 500, 1_000, 2_000, 4_000), (1_000, 4_000, 16_000, 34_000)
    network, library = (
        [page.recorded(f"L2.{reader}_mae_with_{n}_films")[0] for n in recorded]
        for reader in ("network", "library")
    )
    figure, ax = plt.subplots()
    ax.loglog(few, [np.abs(learning.ridge(x, n) - true).mean() for n in few], "o-", color=MUTE, markersize=5)
    small = [np.abs(learning.look_up(x, n) - true).mean() for n in few[:3]]
    ax.loglog([*few[:3], *recorded], [*small, *library], "o-", color=ACCENT, markersize=5)
    ax.loglog(recorded, network, "s-", color=HOT, markersize=6)
    page.say(ax, 4_600, np.abs(learning.ridge(x, 4_000) - true).mean(), "ridge", MUTE, va="center")
    page.say(ax, 330, 43, "library", ACCENT, ha="right", va="center")
    page.say(ax, 1_250, network[0], "network", HOT, va="center")
    ax.set(xlabel="films to learn from", ylabel="error of thickness (Å)", xlim=(45, 45_000), ylim=(3, 200))
    page.plain(ax.xaxis, [100, 1_000, 10_000])
    page.plain(ax.yaxis, [5, 10, 20, 50, 100])
    return page.aired(figure)


def the_mean_of_two_answers() -> Figure:
    """Show a posterior with two peaks, each a film that explains the curve, and their mean, which explains nothing."""
    found = films.posterior()
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1, 1.15))
    left.fill_between(found.sld, found.density, color=ACCENT, alpha=0.25, linewidth=0)
    left.plot(found.sld, found.density, color=ACCENT)
    left.axvline(mean := found.films["mean"]["film_sld"], color=HOT)
    page.say(left, mean + 0.15, 0.97, "mean", HOT, transform=left.get_xaxis_transform(), va="top")
    left.set(title="two answers", xlabel=f"film {page.SLD_LABEL}", ylabel="posterior")
    left.set(xlim=(0, 7.2), xticks=[0, 2, 4, 6], ylim=(0, None), yticks=[])
    right.errorbar(found.q, found.r, found.errors, fmt="o", markersize=3.5, elinewidth=1, color=MUTE)
    q = np.geomspace(found.q[0], found.q[-1], 200)
    for name, colour, style in (("low", ACCENT, "-"), ("high", INK, (0, (2, 3))), ("mean", HOT, "-")):
        right.plot(q, reflectivity.model(found.films[name], q), color=colour, linestyle=style)
    page.reflectivity_axes(right, low=3e-7, high=0.3)
    right.set(title="their curves", ylabel="" if page.large() else "reflectivity R", xticks=[0.05, 0.1, 0.15])
    page.listed(right, [("both peaks", ACCENT)])
    page.say(right, 0.03, 0.03, "mean", HOT, transform=right.transAxes, va="bottom")
    return page.aired(figure)


def proposed_and_refined() -> Figure:
    """Show a rough guess of a measured film, and the same film refined by least squares, on the reference fit.

    The start: thickness 200 Å, SLD 1.2e-6 Å⁻², outer roughness 10 Å, oxide 25 Å, the rest in the middle of its prior.
    Residuals are those of log R in units of their errors.
    """
    curve, (start, end) = load("e361r"), films.refined()
    q, r, errors = curve["q"], curve["r"], curve["dr"]
    shape = {"sharex": True, "height_ratios": (2.2, 1), "figsize": page.size(height=1.15)}
    figure, (above, below) = plt.subplots(2, 1, **shape)
    above.plot(q, r, "o", markersize=3.5, color=MUTE)  # the error bars are smaller than the dots
    curves = (
        ("guess", start, HOT, "-"),
        ("refined", end, ACCENT, "-"),
        ("reference (dotted)", films.reference(curve), INK, (0, (1, 2.5))),
    )
    for _, one, colour, style in curves:
        above.plot(q, reflectivity.model(one, q), color=colour, linestyle=style)
    for _, one, colour, _ in curves[:2]:
        below.plot(q, reflectivity.residuals(one, q, r, errors), color=colour, linewidth=1.5)
    page.listed(
        above, [(f"{name}: {one['film_thickness']:.0f} Å", colour) for name, one, colour, _ in curves]
    )
    page.reflectivity_axes(above, low=1e-6, high=3)
    above.set(xlabel="", xlim=(0, 0.205), xticks=[0, 0.05, 0.1, 0.15, 0.2])
    below.set(xlabel=page.Q_LABEL, yticks=[0, 50, 100])
    below.set(ylabel="residual\n(errors)" if page.large() else "residual (errors)")
    return page.aired(figure)


def losses() -> Figure:
    """Show three losses, and the answer that each one prefers for the same skewed sample: mean, median, or between."""
    error, colours = np.linspace(-3, 3, 121), {"squared": HOT, "Huber": VIOLET, "absolute": ACCENT}
    curves = {"squared": 0.5 * error**2, "Huber": learning.huber(error, 1.0), "absolute": np.abs(error)}
    sample, answers = learning.answers()
    figure, (left, right) = plt.subplots(1, 2)
    right.hist(sample, bins=np.linspace(100, 260, 33), color=MUTE, alpha=0.6)
    for name, colour in colours.items():
        left.plot(error, curves[name], color=colour)
        right.axvline(answers[name], color=colour)
    page.listed(right, [(f"{name}: {answers[name]:.0f} Å", colour) for name, colour in colours.items()])
    left.set(title="loss", xlabel="error / κ", yticks=[], xticks=[-2, 0, 2], ylim=(0, 4.5))
    right.set(title="best answer", xlabel="thickness (Å)", yticks=[], xticks=[100, 150, 200, 250])
    right.spines["left"].set_visible(False)
    return page.aired(figure)


def stranger() -> Figure:
    """Show three measured curves beside the family of the training curves: two belong to it, a bare wafer does not."""
    q, known = learning.training().coords["q"], learning.log_r(learning.training().x)
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(1.25, 1))
    left.fill_between(q, *np.quantile(known, [0.005, 0.995], axis=0), color=MUTE, alpha=0.45, linewidth=0)
    right.hist(learning.strangeness(known), bins=np.geomspace(1, 40, 34), color=MUTE, alpha=0.6)
    for name, colour in (("e361r", ACCENT), ("PLP0011859", BLUE), ("PLP0000708", HOT)):
        curve = load(name)
        x = learning.log_r(reflectivity.rebin(curve["q"], curve["r"], curve["dr"], onto=q))
        left.plot(q, x, color=colour)
        right.axvline(learning.strangeness(x[None])[0], color=colour)
    page.say(left, 0.028, -0.25, "bare wafer", HOT)
    page.say(left, 0.1, -2.2, "e361r", ACCENT)
    page.say(left, 0.1, -1.3, "PLP0011859", BLUE)
    page.say(right, 19, 0.97, "bare\nwafer", HOT, transform=right.get_xaxis_transform(), ha="right", va="top")
    left.set(title="measured curves", xlabel=page.Q_LABEL, ylabel="log₁₀ R", xticks=[0, 0.1, 0.2])
    right.set(title="worst point", xscale="log", xlabel="standard deviations", yticks=[])
    page.plain(right.xaxis, [1, 3, 10, 30])
    right.spines["left"].set_visible(False)
    return page.aired(figure)


SETS = {"training": 34_000, "validation": 2_000, "test": 4_000}
"""How many simulated curves lab B has, and for what; a test holds them against its source."""


def three_sets() -> Figure:
    """Show the three sets of lab B, and the measured curves beyond them: how many, what for, and how often they are read."""
    rows = (
        ("training", SETS["training"], ACCENT, "sets the weights", "every step"),
        ("validation", SETS["validation"], VIOLET, "chooses model and epoch", "every epoch"),
        ("test", SETS["test"], HOT, "decides nothing", "once, at the end"),
        ("measured", 2, INK, "the exam", "once, after all choices"),
    )
    figure, ax = plt.subplots()
    schemes.jobs(ax, rows)
    return page.aired(figure)


def exam() -> Figure:
    """Show by how many per cent three networks differ from the reference fits of two measured films and their oxides."""
    rows = [(name, part) for part in ("film", "oxide") for name in ("e361r", "PLP0011859")]
    figure, ax = plt.subplots()
    ax.axvline(0, color=INK, linewidth=1.2)
    for y, (name, part) in zip(reversed(range(len(rows))), rows, strict=True):
        fit = load(name).reference
        assert fit is not None  # noqa: S101 - both have one
        best = fit.parameters[f"{part}_thickness"]
        read = np.array(page.recorded(f"L2.{name.lower()}{'_oxide' if part == 'oxide' else ''}_thickness"))
        ax.barh(
            y,
            200 * best.error / best.value,
            left=-100 * best.error / best.value,
            height=0.5,
            color=MUTE,
            alpha=0.6,
        )
        colour = ACCENT if part == "film" else HOT
        ax.plot(100 * (read / best.value - 1), [y] * 3, "o", color=colour, markersize=9, alpha=0.8)
        page.say(ax, -22.5, y - 0.02, f"{name}, {part}", INK, ha="right")
        page.say(ax, -22.5, y - 0.08, f"{best.value:.0f} Å", MUTE, ha="right", va="top")
    ax.spines["left"].set_visible(False)
    page.say(ax, 4, 3, "three networks", ACCENT, va="center", weight="bold")
    ax.set(
        yticks=[],
        xlim=(-22, 62),
        ylim=(-0.6, 3.6),
        xlabel="thickness, less that of the fit (%)",
    )
    page.say(ax, 0, 3.62, "fit and its error", MUTE, ha="center", va="bottom")
    return page.aired(figure)


def two_boxes() -> Figure:
    """Show one error of 10 Å in a wide and in a narrow range of films, and what R² makes of it."""
    figure, axes = plt.subplots(1, 2, sharey=False)
    off = np.random.default_rng(3).normal(size=120)
    off = 10 * (off - off.mean()) / off.std()
    for ax, (low, high), colour in zip(axes, ((50, 500), (200, 300)), (ACCENT, HOT), strict=True):
        true = np.linspace(low, high, off.size)
        ticks = [100, 300, 500] if high == 500 else [200, 250, 300]
        kept = 1 - 10.0**2 / ((high - low) ** 2 / 12)  # the variance of a box is its width squared over 12
        ax.plot([low, high], [low, high], color=INK, linewidth=1)
        ax.plot(true, true + off, "o", color=colour, markersize=3.5, alpha=0.75)
        title = f"R² = {kept:.3f}" if kept > 0.99 else f"R² = {kept:.2f}"
        ax.set(title=title, xlabel="true thickness (Å)", xticks=ticks, yticks=ticks)
    axes[0].set_ylabel("read off (Å)")
    return page.aired(figure)


def network() -> Figure:
    """Show the network of the lecture: bars as long as its layers, and between them squares, whose areas count weights."""
    figure, ax = plt.subplots(figsize=page.size(width=0.72, height=1.05))
    schemes.layers(ax, (80, 256, 256, 128, 4), ("80 points", "256", "256", "128", "4 numbers"))
    return page.aired(figure)


def leaks() -> Figure:
    """Show what two ways to split repeated exposures report, and what they keep on new samples, three seeds each.

    The numbers are those that lab 2 on splits recorded: mean absolute errors of the radius of a particle.
    """
    figure, ax = plt.subplots()
    for words, name, colour in (
        (("split by", "sample"), "honest", ACCENT),
        (("split by", "exposure"), "leaky", HOT),
    ):
        promised, kept = page.recorded(f"L2.leak_{name}_mae"), page.recorded(f"L2.leak_{name}_mae_on_new")
        ax.plot([0, 1], [promised, kept], "o-", color=colour, markersize=7)
        for line, va in zip(words, ("bottom", "top"), strict=True):  # two texts, as each ends at the right
            page.say(ax, -0.08, float(np.mean(promised)), line, colour, ha="right", va=va, weight="bold")
    room = 0.65 if page.size()[0] > 5 else 1.0  # for the labels at the left
    ax.set(xlim=(-room, 1.2), xticks=[0, 1], xticklabels=["reported", "on new samples"])
    ax.set(ylim=(0, None), yticks=[0, 1, 2], ylabel="error of radius (Å)")
    return page.aired(figure)


def step_size() -> Figure:
    """Show a constant step size and one with warm-up and cosine decay, and how near to the lowest loss each comes."""
    found = learning.schedules()
    figure, (left, right) = plt.subplots(1, 2)
    shown = np.unique(np.r_[0:100:10, 100 : found.steps.size : 20, found.steps.size - 1])
    for name, colour in (("constant", MUTE), ("cosine", HOT)):
        left.plot(found.steps[shown], found.size[name][shown], color=colour)
        smooth = np.convolve(found.excess[name], np.ones(40) / 40, "valid")
        right.semilogy(found.steps[39:][::20], smooth[::20], color=colour)
    page.say(left, found.steps[-1], 1.04, "constant", MUTE, ha="right", va="bottom")
    page.say(left, 900, 0.8, "cosine", HOT)
    left.set(title="step size", xlabel="step", ylabel="share of its peak")
    left.set(xticks=[0, 1000, 2000], yticks=[0, 0.5, 1], ylim=(0, 1.25))
    right.set(title="excess loss", xlabel="step", xticks=[0, 1000, 2000])
    page.plain(right.yaxis, [0.01, 0.1, 1])
    return page.aired(figure)
