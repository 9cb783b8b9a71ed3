"""Fit the measured reflectivity curves with refnx, and print the ``[reference]`` blocks of their cards.

Differential evolution finds the minimum, least squares polishes it and gives the standard errors (refnx scales
them with the reduced chi-squared of the fit). Run it again when a curve is added::

    python benchmarks/reference_fits.py
"""

from __future__ import annotations

import math

import refnx
from refnx.analysis import CurveFitter, Objective, Parameter, Transform
from refnx.dataset import ReflectDataset
from refnx.reflect import SLD, ReflectModel, Structure
from scipy.optimize import minimize_scalar

from lens_labs import data

SILICON, OXIDE, HEAVY_WATER = 2.07, 3.47, 6.36


def film_on_silicon() -> tuple[Structure, dict[str, Parameter]]:
    """Return silicon | oxide | film | heavy water, and the free parameters by the school's names."""
    oxide, film, water = SLD(OXIDE)(15, 4), SLD(1.0)(200, 4), SLD(HEAVY_WATER)(0, 5)
    film.sld.real.setp(vary=True, bounds=(-0.5, 4))
    free = {
        "oxide_thickness": oxide.thick, "oxide_roughness": oxide.rough,
        "film_thickness": film.thick, "film_sld": film.sld.real, "film_roughness": film.rough,
        "solvent_roughness": water.rough,
    }  # fmt: skip
    film.thick.setp(vary=True, bounds=(50, 500))
    oxide.thick.setp(vary=True, bounds=(1, 80))
    return SLD(SILICON) | oxide | film | water, free


def bare_silicon() -> tuple[Structure, dict[str, Parameter]]:
    """Return air | oxide | silicon, and the free parameters."""
    oxide, silicon = SLD(OXIDE)(15, 4), SLD(SILICON)(0, 4)
    oxide.thick.setp(vary=True, bounds=(1, 80))
    free = {
        "oxide_thickness": oxide.thick,
        "oxide_roughness": oxide.rough,
        "silicon_roughness": silicon.rough,
    }
    return SLD(0.0) | oxide | silicon, free


def fit(name: str, structure: Structure, free: dict[str, Parameter]) -> str:
    """Fit one curve; returns the TOML block."""
    curve = data.load(name)
    columns = [curve[column] for column in ("q", "r", "dr", "dq") if column in curve.arrays]
    pointwise = "dq" in curve.arrays
    model = ReflectModel(structure, bkg=1e-6, dq=5, dq_type="pointwise" if pointwise else "constant")
    model.threads = 1
    model.scale.setp(vary=True, bounds=(0.7, 1.3))
    model.bkg.setp(vary=True, bounds=(1e-9, 1e-4))
    free |= {"scale": model.scale, "log10_background": model.bkg}
    if not pointwise:
        model.dq.setp(vary=True, bounds=(1, 10))
    for key, parameter in free.items():
        if key.endswith("roughness"):
            parameter.setp(vary=True, bounds=(0.5, 30))
    dataset = ReflectDataset(columns)
    objective = Objective(model, dataset, transform=Transform("logY"))
    fitter = CurveFitter(objective)
    fitter.fit("differential_evolution", seed=1, maxiter=200, popsize=10, verbose=False)

    def polish(resolution: float | None = None) -> float:
        if resolution is not None:
            dataset.x_err = resolution * dataset.x
        fitter.fit("least_squares", verbose=False)
        return objective.chisqr()

    if not pointwise:  # refnx rounds a constant resolution to a grid; search for it with exact smearing
        model.dq.vary, model.dq_type = False, "pointwise"
        resolution = minimize_scalar(polish, bounds=(0.02, 0.1), options={"xatol": 1e-4}).x
    misfit = polish(None if pointwise else resolution)
    chi2 = misfit / (len(curve["q"]) - len(objective.varying_parameters()) - (not pointwise))
    how = f"refnx {refnx.__version__}: {structure_text(structure)}; log R, differential evolution, then least squares"
    lines = ["[reference]", f'method = "{how}"', f"chi2 = {chi2:.4g}", "", "[reference.parameters]"]
    for key, parameter in free.items():
        value, error = parameter.value, parameter.stderr
        if key.startswith("log10_"):
            value, error = math.log10(value), error / value / math.log(10)
        lines.append(f"{key} = [{value:.6g}, {error:.2g}]")
    fixed = {"solvent_sld": structure[-1].sld.real.value} if "film_thickness" in free else {}
    fixed |= {} if pointwise else {"resolution": resolution}
    lines += ["", "[reference.fixed]", *(f"{key} = {value:.6g}" for key, value in fixed.items())]
    return "\n".join(lines)


def structure_text(structure: Structure) -> str:
    """Return the fixed scattering length densities, from the front to the back."""
    kinds = {SILICON: "Si", OXIDE: "SiO2", HEAVY_WATER: "D2O", 0.0: "air"}
    layers = (slab.sld.real for slab in structure)
    return " | ".join("film" if sld.vary else f"{kinds[sld.value]} {sld.value}" for sld in layers)


if __name__ == "__main__":
    for curve_name, sample in {
        "e361r": film_on_silicon,
        "PLP0011859": film_on_silicon,
        "PLP0000708": bare_silicon,
    }.items():
        print(f"# {curve_name}\n{fit(curve_name, *sample())}\n")
