"""The figures of the page about cans of soil: slices, sinograms, artefacts, and radiographs with gamma spots."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba

from lens_labs.plotting import ACCENT, HOT, MUTE
from lens_labs.scattering import tomography

sys.path.insert(0, str(Path(__file__).parent))  # pages load this file by its path, and its neighbours with it

import _drawing as page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEED, SHOWN = 1, 0
_GREY = {"neutron": (-0.5, 5.5), "x-ray": (-0.2, 1.9)}
_TITLE = {"neutron": "neutrons", "x-ray": "X-rays"}


def gallery() -> Figure:
    """Show one slice of a can of soil, reconstructed from neutrons and from X-rays."""
    figure, axes = plt.subplots(1, 2, figsize=page.size(height=0.85))
    for ax, contrast in zip(axes, _GREY, strict=True):
        _image(ax, _slice(contrast), _TITLE[contrast], *_GREY[contrast])
    return figure


def from_can_to_slice() -> Figure:
    """Show what one can holds, what the detector counts in all views, and the slices from neutrons and X-rays."""
    scans = tomography.simulate_scans(SHOWN + 1, seed=SEED)
    figure, axes = plt.subplots(2, 2, figsize=page.size(height=1.6))
    _image(axes[0, 0], _painted(scans.truth["labels"][SHOWN]), "what is there")
    words = zip(tomography.CLASSES[1:4], (_BROWN, _BLUE, _GREEN), (0.0, 0.4, 0.78), strict=True)
    for word, colour, place in words:
        page.say(axes[0, 0], place, -0.02, word, colour, transform=axes[0, 0].transAxes, ha="left", va="top")
    _image(axes[0, 1], scans.x[SHOWN], "counts, view by view", 0, scans["dose"][SHOWN])
    for ax, contrast in zip(axes[1], _GREY, strict=True):
        _image(ax, _slice(contrast), f"slice, {_TITLE[contrast]}", *_GREY[contrast])
    return figure


def artefacts() -> Figure:
    """Show one can, scanned with one fault at a time: few views, gain that drifts, a wrong axis, gamma spots."""
    clean = {
        "drift": (0.0, 0.0),
        "gammas": (0.0, 0.0),
        "centre": (0.0, 0.0),
        "dose": (1e5, 1e5),
        "scatter": (0.0, 0.0),
    }
    faults = (
        ("15 views", {}, 15),
        ("gain drifts", {"drift": (0.02, 0.02)}, 120),
        ("axis 2.5 pixels off", {"centre": (2.5, 2.5)}, 120),
        ("gamma spots", {"gammas": (2e-3, 2e-3)}, 120),
    )
    figure, axes = plt.subplots(2, 2, figsize=page.size(height=1.6))
    for ax, (title, fault, views) in zip(axes.flat, faults, strict=True):
        data = tomography.simulate(SHOWN + 1, seed=SEED, contrast="x-ray", views=views, prior=clean | fault)
        _image(ax, data.x[SHOWN], title, *_GREY["x-ray"])
    return figure


def cupping() -> Figure:
    """Show how the middle of a full disc of quartz turns out too low where an X-ray beam of several colours hardens."""
    size, radius = 128, 0.5
    pixel = tomography.FIELD / size
    position = (np.arange(size) - (size - 1) / 2) * pixel
    disc = (np.hypot(position, position[:, None]) < radius).astype(float)
    angles = np.linspace(0, np.pi, 180, endpoint=False)
    lengths = tomography.project(disc, angles, pixel=pixel)
    beam = tomography.CONTRASTS["x-ray"]
    quartz = beam.coefficients[[tomography.CLASSES.index("grain")]]
    through = tomography.transmission(lengths[None], quartz, beam.spectrum)
    found = tomography.filtered_back_projection(-np.log(through), angles, filter="cosine", pixel=pixel)
    figure, ax = plt.subplots()
    expected = (quartz @ beam.spectrum).item()
    ax.plot(position, expected * disc[size // 2], color=MUTE, linestyle="--")
    ax.plot(position, found[size // 2 - 2 : size // 2 + 2].mean(axis=0), color=HOT)
    page.say(ax, 0, expected + 0.03, "mean of the spectrum", MUTE, ha="center", va="bottom")
    page.say(ax, 0, 0.68, "as reconstructed", HOT, ha="center", va="center")
    ax.set(xlabel="position (cm)", ylabel="Σ (cm⁻¹)", xticks=[-0.5, 0, 0.5], yticks=[0, 0.5, 1])
    return page.aired(figure)


def radiographs() -> Figure:
    """Show a can from the side, and where gamma rays have left spots on the picture."""
    data = tomography.simulate_radiographs(3, seed=SEED)
    figure, axes = plt.subplots(1, 2, figsize=page.size(height=0.85))
    for ax, title in zip(axes, ("as counted", "true places"), strict=True):
        _image(ax, data.x[2], title, 0, 1.25 * data["dose"][2])
    row, column = data.truth["places"][2].T
    axes[1].plot(column, row, "o", markersize=9, markerfacecolor="none", color=HOT, clip_on=False)
    return figure


_BROWN, _BLUE, _GREEN = "#b8860b", "#4878a8", ACCENT
_CAN = MUTE


def _slice(contrast: str) -> np.ndarray:
    return tomography.simulate(SHOWN + 1, seed=SEED, contrast=contrast).x[SHOWN]


def _painted(labels: np.ndarray) -> np.ndarray:
    """Return labels in colours; air stays transparent."""
    colours = np.zeros((len(tomography.CLASSES), 4))
    colours[1:] = [to_rgba(colour) for colour in (_BROWN, _BLUE, _GREEN, _CAN)]
    return colours[labels]


def _image(
    ax: Axes, values: np.ndarray, title: str, low: float | None = None, high: float | None = None
) -> None:
    rows, columns = values.shape[:2]
    ax.imshow(values, cmap="gray", vmin=low, vmax=high, interpolation="none", aspect=columns / rows)
    ax.set(title=title)
    ax.axis("off")
