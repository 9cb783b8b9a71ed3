"""Every public name of the package, and who uses it: found by reading sources and texts; no lab is run for it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from sphinx.pycode import ModuleAnalyzer

ROOT = Path(__file__).parents[2]
PACKAGE = "lens_labs"
MACHINERY = ("cli", "school", "sphinx")
"""Rooms whose names are no library for labs; the pages on commands and on Sphinx describe them."""

REASONS: Mapping[str, str] = {
    "lens_labs.checks.Exercise": "what `exercise` returns",
    "lens_labs.checks.LEDGER": "what a run of the school sets",
    "lens_labs.checks.Result": "what every check returns",
    "lens_labs.checks.State": "what a `Result` holds",
    "lens_labs.checks.exercises": "what the school asks a check module",
    "lens_labs.data.DataError": "what `load` raises",
    "lens_labs.data.Estimate": "what a `Reference` holds",
    "lens_labs.data.Reference": "what a `Measurement` holds",
    "lens_labs.data.names": "what `load` can load",
    "lens_labs.inference.Chains": "what `nuts` returns",
    "lens_labs.inference.GaussianProcess": "what `gp_posterior` returns",
    "lens_labs.inference.KERNELS": "what `gp_posterior` can take",
    "lens_labs.inference.gp_posterior": "the exact answer beside which lecture 9 lays its networks",
    "lens_labs.inference.nuts": "the exact answer beside which lecture 9 lays its networks",
    "lens_labs.metrics.Reliability": "what `reliability_curve` returns",
    "lens_labs.metrics.conformal_quantile": "what `conformal_interval` and `conformal_sets` stand on",
    "lens_labs.plotting.curves": "what `Dataset.plot` draws",
    "lens_labs.record.FIGURES": "what a run of the school sets",
    "lens_labs.record.Figure": "what `record_figure` takes",
    "lens_labs.record.RECORD": "what a run of the school sets",
    "lens_labs.scattering.detector.CENTRES": "what `simulate_centres` draws from",
    "lens_labs.scattering.detector.MOTIFS": "what `simulate_motifs` draws from",
    "lens_labs.scattering.detector.SPOTS": "the truth about the motifs of `simulate_motifs`",
    "lens_labs.scattering.detector.halo": "the forward model behind `simulate_centres`",
    "lens_labs.scattering.detector.simulate_centres": "the images in which lecture 9 looks for a beam centre",
    "lens_labs.scattering.detector.simulate_motifs": "the images on which lecture 9 compares layers that look",
    "lens_labs.scattering.detector.spots": "the forward model behind `simulate_motifs`",
    "lens_labs.scattering.diffraction.CRYSTALS": "materials for `powder` and `bragg_edges`",
    "lens_labs.scattering.diffraction.Crystal": "what `powder` and `bragg_edges` take",
    "lens_labs.scattering.diffraction.EDGES_PRIOR": "what `simulate_bragg_edges` draws from",
    "lens_labs.scattering.diffraction.PRIOR": "what `simulate` draws from",
    "lens_labs.scattering.diffraction.Peaks": "what the `peaks` of a `Crystal` are",
    "lens_labs.scattering.diffraction.SPOTS_PRIOR": "what `simulate_spots` draws from",
    "lens_labs.scattering.diffraction.bragg_edges": "the forward model behind `simulate_bragg_edges`",
    "lens_labs.scattering.diffraction.cross_section": "what `bragg_edges` stands on",
    "lens_labs.scattering.diffraction.d_spacing": "what `powder` stands on",
    "lens_labs.scattering.diffraction.equilibrium": "the phase diagram that lecture 10 looks for",
    "lens_labs.scattering.diffraction.march_dollase": "the texture of `powder` and `bragg_edges`",
    "lens_labs.scattering.diffraction.powder": "the forward model behind `simulate`",
    "lens_labs.scattering.diffraction.simulate": "the library that lecture 10 maps",
    "lens_labs.scattering.diffraction.simulate_bragg_edges": "images of strain and phases, to be inverted pixel by pixel",
    "lens_labs.scattering.diffraction.simulate_spots": "the frames of lecture 5, in which spots are found",
    "lens_labs.scattering.diffraction.unit_cell": "what a `Crystal` takes",
    "lens_labs.scattering.logbook.Command": "what `simulate_commands` returns",
    "lens_labs.scattering.logbook.EVENTS": "what the `event` of an `Entry` can be",
    "lens_labs.scattering.logbook.Entity": "what an `Entry` holds",
    "lens_labs.scattering.logbook.Entry": "what `simulate` returns",
    "lens_labs.scattering.logbook.LABELS": "what the `label` of an `Entity` can be",
    "lens_labs.scattering.logbook.UNITS": "the units of the values of an `Entity`",
    "lens_labs.scattering.beamline.CHANNELS": "the columns of a log",
    "lens_labs.scattering.beamline.FAULTS": "the labels of a log",
    "lens_labs.scattering.beamline.PRIOR": "what `simulate` draws from",
    "lens_labs.scattering.beamline.STEP": "the time between two rows of a log",
    "lens_labs.scattering.beamline.Temperatures": "what `cryostat` returns",
    "lens_labs.scattering.beamline.announced": "what lecture 6 gives a forecast of the plan",
    "lens_labs.scattering.beamline.beam_current": "a forward model behind `simulate`",
    "lens_labs.scattering.beamline.cryostat": "a forward model behind `simulate`, the first recurrence of lecture 6",
    "lens_labs.scattering.beamline.heat_capacity": "what `cryostat` takes for a solid",
    "lens_labs.scattering.beamline.lagged": "a forward model behind `simulate`",
    "lens_labs.scattering.beamline.simulate": "the logs that lecture 6 forecasts",
    "lens_labs.scattering.beamline.transformed": "the hidden state behind `simulate`",
    "lens_labs.scattering.magnetism.PRIOR": "what `simulate` draws from",
    "lens_labs.scattering.magnetism.SPECIMEN": "one magnet, to be measured again and again in lecture 6",
    "lens_labs.scattering.magnetism.intensities": "a forward model behind `simulate`",
    "lens_labs.scattering.magnetism.magnetisation": "the forward model behind `simulate`",
    "lens_labs.scattering.magnetism.saturation": "the limit of `magnetisation` in strong fields",
    "lens_labs.scattering.magnetism.simulate": "the series that lecture 6 gives to recurrent networks",
    "lens_labs.scattering.magnetism.simulate_recall": "the question of lecture 6 that only a memory can answer",
    "lens_labs.scattering.magnetism.turning_points": "what the simple rival of lecture 6 is given",
    "lens_labs.scattering.pulses.Scintillator": "what `simulate` and `log_odds` take",
    "lens_labs.scattering.pulses.best_accuracy": "the accuracy beyond which no network of lecture 1 can go",
    "lens_labs.scattering.pulses.log_odds": "the exact answer beside which lecture 1 lays its networks",
    "lens_labs.scattering.pulses.simulate": "the pulses that lecture 1 sorts",
    "lens_labs.scattering.pulses.simulate_waveforms": "the pulses of lecture 1 as an oscilloscope shows them",
    "lens_labs.scattering.blocks": "large sets, block by block, for labs and workers that cannot hold them",
    "lens_labs.scattering.reflectivity.fresnel": "the limit of one interface, with which a reader can compare",
    "lens_labs.scattering.reflectivity.resolution_matrix": "many curves at one resolution, several times faster",
    "lens_labs.scattering.reflectivity.parameter_names": "what `simulate` draws",
    "lens_labs.scattering.sans.PRIOR": "what `simulate` draws from",
    "lens_labs.scattering.sans.PRIOR_IMAGES": "what `simulate_images` draws from",
    "lens_labs.scattering.sans.Pinhole": "the instrument of `image` and `simulate_images`",
    "lens_labs.scattering.sans.i_qxy": "the forward model behind `image`, without an instrument",
    "lens_labs.scattering.sans.image": "the forward model behind `simulate_images`",
    "lens_labs.scattering.sans.simulate_images": "the images whose shapes lecture 3 tells apart",
    "lens_labs.scattering.sans.FEATURES": "what `features` returns",
    "lens_labs.scattering.sans.PRIOR_KINETICS": "what `simulate_kinetics` draws from",
    "lens_labs.scattering.sans.features": "what the trees of lecture 4 learn from",
    "lens_labs.scattering.sans.i_q": "the forward model behind `simulate`",
    "lens_labs.scattering.sans.populations": "the shares behind `simulate_kinetics`",
    "lens_labs.scattering.sans.simulate_kinetics": "the series that lecture 4 takes apart into components",
    "lens_labs.scattering.sans.structure_factor": "what `i_q` multiplies for a dense solution",
    "lens_labs.scattering.spectroscopy.EXCITATIONS_PRIOR": "what `simulate_excitation_maps` draws from",
    "lens_labs.scattering.spectroscopy.PRIOR": "what `simulate` draws from",
    "lens_labs.scattering.spectroscopy.SPIN_WAVES_PRIOR": "what `simulate_spin_waves` draws from",
    "lens_labs.scattering.spectroscopy.dispersion": "the closed form behind the maps of spin waves of lectures 3 and 7",
    "lens_labs.scattering.spectroscopy.excitation_map": "the truth behind the next measurement of lecture 9",
    "lens_labs.scattering.spectroscopy.measure": "what the next measurement of lecture 9 counts",
    "lens_labs.scattering.spectroscopy.qens": "the forward model behind `simulate`",
    "lens_labs.scattering.spectroscopy.simulate": "quasi-elastic lines, for posteriors in lecture 9",
    "lens_labs.scattering.spectroscopy.simulate_excitation_maps": "landscapes for lecture 9",
    "lens_labs.scattering.spectroscopy.simulate_spin_waves": "maps for the classifiers of lecture 3 and the compression of lecture 7",
    "lens_labs.scattering.spectroscopy.spin_waves": "the forward model behind `simulate_spin_waves`",
    "lens_labs.scattering.tomography.CONTRASTS": "the beams that `simulate` knows",
    "lens_labs.scattering.tomography.Contrast": "what `CONTRASTS` holds",
    "lens_labs.scattering.tomography.FILTERS": "what `filtered_back_projection` can take",
    "lens_labs.scattering.tomography.PRIOR": "what `simulate` draws from",
    "lens_labs.scattering.tomography.RADIOGRAPH_PRIOR": "what `simulate_radiographs` draws from",
    "lens_labs.scattering.tomography.back_project": "the adjoint, for the step of lecture 5 that blurs, and for iterative methods",
    "lens_labs.scattering.tomography.project": "the forward model of lecture 5",
    "lens_labs.scattering.tomography.transmission": "the forward model of lecture 5, for beams that harden",
}
"""Why a name is public although no lecture uses it."""

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_BLOCK = re.compile(r"^```(?:python|\{code-block\} python).*?\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Name:
    """A public name: in which module it is, what it is called, what it is in one line, and where it is defined."""

    module: str
    name: str
    summary: str
    home: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class User:
    """A part of a lecture that uses names: ``kind`` is ``"notes"``, ``"deck"``, ``"figures"``, ``"lab"`` or ``"page"``."""

    kind: str
    lecture: int
    name: str


def modules() -> tuple[str, ...]:
    """Return the public modules of the package, the package itself first."""
    found = []
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        of_one_lab = parts[:2] == (PACKAGE, "checks") and len(parts) > 2
        hidden = any(part.startswith("_") for part in parts)
        if not hidden and not of_one_lab and parts[1:2] not in [(room,) for room in MACHINERY]:
            found.append(".".join(parts))
    return tuple(found)


@cache
def public() -> tuple[Name, ...]:
    """Return every public name, module by module, in the order in which a reader would want them."""
    return tuple(name for module in modules() for name in _public_in(module))


def _public_in(module: str) -> Iterator[Name]:
    content = importlib.import_module(module)
    for name in getattr(content, "__all__", None) or _defined(content):
        value = getattr(content, name)
        home = getattr(value, "__module__", module)
        if isinstance(value, ModuleType) or (home != module and home in modules()):
            continue  # a module has a page of its own, and so has a class that can be imported from two places
        yield Name(module, name, _summary(content, name, value), f"{home}.{name}")


def _defined(module: ModuleType) -> list[str]:
    """Return what a module without ``__all__`` defines and does not hide."""
    names: list[str] = []
    for node in ast.parse(inspect.getsource(module)).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.append(name)
            case ast.Assign(targets=targets):
                names += [each.id for each in ast.walk(ast.Tuple(targets)) if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
    return [name for name in names if not name.startswith("_")]


def _summary(module: ModuleType, name: str, value: object) -> str:
    """Return the first sentence of what is said about a name; the value, if nothing is said about a constant."""
    if inspect.isroutine(value) or inspect.isclass(value):
        return (inspect.getdoc(value) or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")
    for home in (module.__name__, *_homes(module, name)):
        said = ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name))
        if said:
            return " ".join("\n".join(said).split("\n\n")[0].split())
    return f"``{value!r}``"


def _homes(module: ModuleType, name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module and name in [each.name for each in node.names]:
            yield node.module


def used_in_code(code: str) -> set[str]:
    """Return what code takes from the package, by dotted names.

    Examples
    --------
    >>> sorted(used_in_code("from lens_labs import data as d; d.load('e361r').units"))
    ['lens_labs.data', 'lens_labs.data.load']
    """
    tree = ast.parse(code)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for each in aliases:
                    if each.name.partition(".")[0] == PACKAGE:
                        known[each.asname or PACKAGE] = each.name if each.asname else PACKAGE
            case ast.ImportFrom(module=str(module), names=aliases) if module.partition(".")[0] == PACKAGE:
                known |= {each.asname or each.name: f"{module}.{each.name}" for each in aliases}
    dotted = (_dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name))
    parted = (name.partition(".") for name in dotted)
    return {known[first] + dot + rest for first, dot, rest in parted if first in known}


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name) if before := _dotted(value):
            return f"{before}.{name}"
    return ""


def used_in_text(text: str) -> set[str]:
    """Return what may be names of the package in a text: all dotted words, and what its Python code uses."""
    found = set(_DOTTED.findall(text))
    for code in _BLOCK.findall(text):
        try:
            found |= used_in_code(code)
        except SyntaxError:  # a piece of code with an ellipsis or a magic
            continue
    return found


def is_among(name: Name, used: Iterable[str]) -> bool:
    """Say whether a name is used, in full (``lens_labs.data.load``) or as one writes it (``data.load``)."""
    short = f"{name.module.rpartition('.')[2]}.{name.name}"
    top = f"{PACKAGE}.{name.name}"  # some can be imported from there too
    ways = {str(name), name.home, short, top}
    return any(each == way or each.startswith(f"{way}.") for each in used for way in ways)


@cache
def users() -> dict[User, frozenset[str]]:
    """Return who uses what: labs with their checks, figures, notes, decks, and other pages written by hand."""
    found: dict[User, set[str]] = {}
    for path in sorted((ROOT / "labs" / "source").glob("*.py")):
        checks = ROOT / PACKAGE / "checks" / f"{path.stem[3:].replace('-', '_')}.py"
        found[User("lab", int(path.stem[:2]), path.stem)] = _in_files([path, checks])
    for path in sorted((ROOT / "docs" / "figures").glob("lecture[0-9][0-9].py")):
        found[User("figures", int(path.stem[-2:]), path.stem)] = _in_files(_with_neighbours(path))
    for kind, folder in (("notes", "docs/lectures"), ("deck", "slides")):
        for path in sorted((ROOT / folder).glob("[0-9][0-9]-*.md")):
            found[User(kind, int(path.stem[:2]), path.stem)] = used_in_text(path.read_text("utf-8"))
    for path in sorted((ROOT / "docs").rglob("*.md")):
        page = path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        if page.startswith(("contribute/", "teach/", "reference/")) and page != "reference/names":
            found[User("page", 0, page)] = used_in_text(path.read_text("utf-8"))
    return {user: frozenset(used) for user, used in found.items()}


def _in_files(paths: Iterable[Path]) -> set[str]:
    found = (used_in_code(path.read_text("utf-8")) for path in paths if path.is_file())
    return set().union(*found)


def _with_neighbours(path: Path) -> list[Path]:
    """Return a module of figures and those of its folder that it uses, which begin with an underscore."""
    found, waiting = [], [path]
    while waiting:
        found.append(waiting.pop())
        words = set(re.findall(r"\b_\w+", found[-1].read_text("utf-8")))
        waiting += [
            each for each in sorted(path.parent.glob("_*.py")) if each.stem in words and each not in found
        ]
    return found


def users_of(name: Name) -> list[User]:
    """Return who uses a name, lecture by lecture."""
    found = [user for user, used in users().items() if is_among(name, used)]
    return sorted(found, key=lambda user: (user.lecture, user.kind != "notes", user.kind, user.name))


def text() -> str:
    """Return the list of all names as MyST, with a table for each module."""
    parts = []
    for module in modules():
        rows = [
            f"| {{py:obj}}`{each.name} <{each}>` | {_in_myst(each.summary)} | {_told(each)} |"
            for each in public()
            if each.module == module
        ]
        if rows:
            parts += [f"## {module}\n", "| Name | What it is | Used by |", "|---|---|---|", *rows, ""]
    return "\n".join(parts)


def _in_myst(summary: str) -> str:
    """Return a sentence in reStructuredText as MyST: what stands in backticks is code."""
    return re.sub(r"`+([^`]+)`+", r"`\1`", summary).replace("|", "\\|")


def _told(name: Name) -> str:
    by = users_of(name)
    parts = []
    for lecture in sorted({user.lecture for user in by if user.lecture}):
        of_it = [user for user in by if user.lecture == lecture]
        own = [_link(user) for user in of_it if user.kind != "lab"]
        labs = [
            f"{{lab}}`{user.name[3:].replace('-', ' ')} <{user.name}>`"
            for user in of_it
            if user.kind == "lab"
        ]
        parts.append(f"lecture {lecture}: " + ", ".join([*own, *(f"lab {lab}" for lab in labs)]))
    if not parts and str(name) in REASONS:
        return _in_myst(REASONS[str(name)])
    pages = [f"[{user.name.rpartition('/')[2]}](/{user.name}.md)" for user in by if user.kind == "page"]
    return "; ".join(parts) or ", ".join(pages)


def _link(user: User) -> str:
    match user.kind:
        case "notes":
            return f"[notes](/lectures/{user.name}.md)"
        case "deck":
            return f"{{deck}}`deck <{user.name}>`"
    return user.kind
