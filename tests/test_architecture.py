"""The rooms of the package and who may enter: arrows point down only, and heavy guests wait at the door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lens_labs

PACKAGE = Path(lens_labs.__file__).parent

ROOMS = {
    # room: (rooms that it may import, third-party packages that it may import)
    "_backend": ((), ()),
    "cli": (("school",), ()),
    "record": ((), ()),
    "dataset": (("plotting",), ("numpy", "matplotlib")),
    "inference": ((), ("numpy", "scipy", "jax", "tensorflow_probability")),
    "plotting": (("data", "dataset"), ("matplotlib", "numpy", "cycler")),
    "scattering": (("dataset",), ("numpy", "scipy", "array_api_compat", "lazy_loader")),
    "data": (("dataset",), ("numpy",)),
    "layers": ((), ("jax", "keras", "numpy")),
    "metrics": ((), ("numpy", "scipy")),
    "checks": (("data", "dataset", "scattering"), ("numpy", "scipy", "sklearn", "IPython")),
    "school": (
        ("checks", "record", "_backend", "scattering"),
        (
            "IPython", "filelock", "jinja2", "jupyter_client", "jupyter_core", "jupyter_server", "jupyterlab",
            "jupyterlab_server", "jupytext", "nbclient", "nbformat", "notebook", "numpy", "packaging", "psutil", "rich", "tornado",
            "traitlets", "zmq",
        ),
    ),
    "sphinx": ((), ("cycler", "docutils", "jsonschema", "markdown_it", "matplotlib", "myst_parser", "playwright", "quickjs", "sphinx", "sphinxcontrib")),
}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Return the absolute names of all modules that a file imports, wherever in the file it does so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where an arrow points"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def test_every_room_has_its_rules():
    assert {room_of(path) for path in SOURCES} == set(ROOMS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_arrows_point_down_only(path):
    own = room_of(path)
    rooms, packages = ROOMS[own]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "lens_labs":
            if len(parts) > 1 and parts[1] != "__version__":
                assert parts[1] in {own, *rooms}, f"{own} must not import {name}"
        elif parts[0] not in sys.stdlib_module_names:
            assert parts[0] in packages, f"{own} must not import {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_fits_on_a_few_screens(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_importing_the_package_loads_no_framework():
    code = (
        "import sys; before = set(sys.modules); import lens_labs; dir(lens_labs); "
        "heavy = ('numpy', 'scipy', 'matplotlib', 'jax', 'keras', 'tensorflow', 'torch', 'sklearn', 'jupyter', 'nbformat'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_every_public_name_of_the_package_can_be_reached():
    for name in lens_labs.__all__:
        assert getattr(lens_labs, name) is not None
