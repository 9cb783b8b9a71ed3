"""The measured files of the school, a figure for each kind of measurement."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.colors import LogNorm

from lens_labs.data import load
from lens_labs.plotting import ACCENT, COLOURS, HOT, MUTE

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lens_labs.data import Measurement

Array = npt.NDArray[np.float64]
VIOLET, BLUE = COLOURS[2], COLOURS[4]
I_LABEL = "I (cm⁻¹)"


def reflectivity() -> Figure:
    """Show the four reflectivity curves, each shifted by a factor."""
    figure, ax = plt.subplots()
    shown = (
        ("e361r", ACCENT, 0),
        ("PLP0011859", HOT, -2),
        ("PLP0016596", VIOLET, -4),
        ("PLP0000708", BLUE, -6),
    )
    for name, colour, shift in shown:
        curve = load(name)
        _points(ax, curve["q"], curve["r"] * 10.0**shift, curve["dr"] * 10.0**shift, colour)
    page.reflectivity_axes(ax, low=1e-13, high=10, every=3)
    ax.set(xlim=(0, 0.32), ylabel="reflectivity R, shifted")
    page.listed(ax, [(name, colour) for name, colour, _ in shown])
    return page.aired(figure)


def small_angles() -> Figure:
    """Show the three small-angle curves on logarithmic scales."""
    figure, ax = plt.subplots()
    shown = (("Ludox", ACCENT), ("SDS", HOT), ("apoferritin", VIOLET))
    for name, colour in shown:
        curve = load(name)
        seen = curve["i"] > curve["di"]  # what is not above its error has no place on a logarithmic axis
        _points(ax, curve["q"][seen], curve["i"][seen], curve["di"][seen], colour)
    ax.set(xscale="log", yscale="log", xlabel=page.Q_LABEL, ylabel=I_LABEL, ylim=(1e-3, 2e3))
    page.decades(ax.yaxis)
    page.plain(ax.xaxis, [0.01, 0.03, 0.1, 0.3])
    page.listed(ax, shown)
    return page.aired(figure)


def images() -> Figure:
    """Show the three small-angle images with a logarithmic scale of colours."""
    figure, axes = plt.subplots(1, 3, figsize=page.size(height=0.72))
    for ax, name, column in zip(axes, ("SILIC010", "P123_10", "P123_40"), ("counts", "i", "i"), strict=True):
        picture(ax, load(name), column)
        ax.set(title=name)
    axes[0].set(ylabel="Qy (Å⁻¹)")
    axes[1].set(xlabel="Qx (Å⁻¹)")
    return page.aired(figure)


def picture(ax: Axes, measured: Measurement, column: str) -> None:
    """Draw an image over Qx and Qy; what is 0 or less takes the darkest colour."""
    image, qx, qy = measured[column], measured["qx"], measured["qy"]
    norm = LogNorm(np.quantile(image[image > 0], 0.05), np.quantile(image, 0.9995), clip=True)
    extent = (qx.min(), qx.max(), qy.min(), qy.max())
    # "none" keeps each pixel as it is, so the file of the figure stays small
    ax.imshow(np.maximum(image, norm.vmin), norm=norm, origin="lower", extent=extent, interpolation="none")
    ax.set(xticks=[-0.05, 0, 0.05], yticks=[-0.05, 0, 0.05])


def beams() -> Figure:
    """Show the direct beams of two reflectometers, each relative to its largest value."""
    figure, ax = plt.subplots()
    shown = (("INTER", ACCENT), ("SURF", HOT))
    for name, colour in shown:
        beam = load(name)
        ax.plot(*_fourth(beam["wavelength"], beam["flux"] / beam["flux"].max()), color=colour, linewidth=1)
    ax.set(xlabel="wavelength λ (Å)", ylabel="flux, relative", xlim=(0, 17.5), ylim=(0, None))
    page.listed(ax, shown)
    return page.aired(figure)


def powder() -> Figure:
    """Show the powder pattern."""
    figure, ax = plt.subplots()
    pattern = load("LBCO")
    ax.plot(pattern["two_theta"][::2], pattern["i"][::2], color=ACCENT, linewidth=0.9)
    ax.set(xlabel="scattering angle 2θ (°)", ylabel="intensity", xlim=(10, 165), ylim=(0, None))
    return page.aired(figure)


def quasielastic() -> Figure:
    """Show the quasi-elastic line of a sample, and the resolution, on a logarithmic scale."""
    figure, ax = plt.subplots()
    shown = (("QENS_sample", HOT), ("QENS_resolution", MUTE))
    for name, colour in shown:
        line = load(name)
        seen = line["s"] > line["ds"]
        ax.plot(line["energy"][seen][::2], line["s"][seen][::2], color=colour, linewidth=0.8)
    ax.set(yscale="log", xlabel="energy transfer E (meV)", ylabel="S(E), arbitrary", xlim=(-0.5, 0.5))
    page.decades(ax.yaxis)
    page.listed(ax, shown)
    return page.aired(figure)


def _points(ax: Axes, x: Array, y: Array, dy: Array, colour: str) -> None:
    """Draw points with error bars as two lines with gaps: a thousand markers would make a large file."""
    gap = np.full_like(y, np.nan)
    for low, high, width in ((y - dy, y + dy, 0.7), (y * 0.999, y * 1.001, 2.5)):
        ends = np.column_stack([np.maximum(low, 1e-3 * y), high, gap])
        ax.plot(np.repeat(x, 3), ends.ravel(), color=colour, linewidth=width, solid_capstyle="round")


def _fourth(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the means of four neighbours each: finer than any screen shows them."""
    whole = len(x) // 4 * 4
    return x[:whole].reshape(-1, 4).mean(axis=1), y[:whole].reshape(-1, 4).mean(axis=1)


def gallery() -> Figure:
    """Show one file of each kind."""
    figure, axes = plt.subplots(2, 3, figsize=page.size(height=1.25))
    curve, ludox, silica, beam, pattern, line = map(
        load, ("e361r", "Ludox", "SILIC010", "INTER", "LBCO", "QENS_sample")
    )
    (film, small, image), (direct, powders, quasi) = axes
    _points(film, curve["q"], curve["r"], curve["dr"], ACCENT)
    film.set(yscale="log", title="reflectivity", xlabel=page.Q_LABEL)
    page.decades(film.yaxis, every=2)
    _points(small, ludox["q"], ludox["i"], ludox["di"], ACCENT)
    small.set(xscale="log", yscale="log", title="small angles", xlabel=page.Q_LABEL)
    page.decades(small.yaxis)
    page.plain(small.xaxis, [0.01, 0.1])
    picture(image, silica, "counts")
    image.set(title="detector", xlabel="Qx (Å⁻¹)")
    direct.plot(*_fourth(beam["wavelength"], beam["flux"] / beam["flux"].max()), color=ACCENT, linewidth=1)
    direct.set(title="direct beam", xlabel="λ (Å)")
    powders.plot(pattern["two_theta"][::2], pattern["i"][::2], color=ACCENT, linewidth=0.7)
    powders.set(title="powder", xlabel="2θ (°)", xticks=[50, 100, 150])
    seen = line["s"] > line["ds"]
    quasi.plot(line["energy"][seen][::4], line["s"][seen][::4], color=ACCENT, linewidth=0.8)
    quasi.set(yscale="log", title="quasi-elastic", xlabel="E (meV)")
    page.decades(quasi.yaxis)
    return page.aired(figure)
