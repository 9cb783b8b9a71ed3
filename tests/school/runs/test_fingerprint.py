import pytest
from small_labs import ADD, checkout

from lens_labs.school.runs.fingerprint import code_cells, data_used, essence, fingerprint
from lens_labs.school.runs.imports import modules_used

PACKAGE = {
    "__init__.py": "import lazy_loader\n__getattr__, __dir__, __all__ = lazy_loader.attach(\n"
    "    __name__, submodules={'physics', 'data'}, submod_attrs={'_engine': ['use_backend']})\n",
    "_engine.py": "import os\n",
    "physics/__init__.py": "",
    "physics/films.py": "from ._slabs import stack\nfrom .. import table\n",
    "physics/_slabs.py": "def stack():\n    import lens_labs.late\n",
    "physics/other.py": "",
    "table.py": "",
    "late.py": "",
    "unused.py": "",
    "data/__init__.py": "",
    "data/gold.txt": "1",
    "data/gold.toml": "1",
    "data/iron.txt": "1",
    "checks/__init__.py": "",
    "checks/two_films.py": "",
    "checks/two_films.csv": "1",
    "checks/three_films.py": "",
    "checks/three_films.csv": "1",
}


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "lens_labs"
    for name, content in PACKAGE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def used(package, *code):
    return sorted(modules_used(code, package))


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import numpy", []),
        ("import lens_labs", ["lens_labs"]),
        ("import lens_labs\nlens_labs.use_backend('jax')", ["lens_labs", "lens_labs._engine"]),
        ("from lens_labs import use_backend as use", ["lens_labs", "lens_labs._engine"]),
        ("def f():\n    import lens_labs.table as t", ["lens_labs", "lens_labs.table"]),
        (
            "import lens_labs as ll\nll.physics.other.x()",
            ["lens_labs", "lens_labs.physics", "lens_labs.physics.other"],
        ),
        ("%pip install x\nfrom lens_labs import table", ["lens_labs", "lens_labs.table"]),
        ("import table", []),
    ],
)
def test_modules_are_found_however_they_are_named(package, code, modules):
    assert used(package, code) == modules


def test_modules_are_followed_through_relative_and_late_imports(package):
    code = "from lens_labs import physics\nphysics.films.stack()"
    around = ["lens_labs", "lens_labs.late", "lens_labs.physics", "lens_labs.physics._slabs"]
    assert used(package, code) == [*around, "lens_labs.physics.films", "lens_labs.table"]


@pytest.mark.parametrize(
    ("code", "texts", "files"),
    [
        ("import lens_labs.data", {"gold"}, ["gold.toml", "gold.txt"]),
        ("import lens_labs.data", set(), ["gold.toml", "gold.txt", "iron.txt"]),
        ("from lens_labs.checks import two_films", set(), ["two_films.csv"]),
        ("import lens_labs", {"gold"}, []),
    ],
)
def test_data_count_with_the_module_that_reads_them(package, code, texts, files):
    assert [path.name for path in data_used(modules_used([code], package), texts)] == files


def test_comments_docstrings_and_empty_lines_are_not_essential():
    long = '"""Module."""\n\nx = "# no comment"  # comment\n\n\ndef f(a):\n    """Doc\n    string."""\n    return a  \n'
    assert essence(long) == 'x = "# no comment"\ndef f(a):\n    return a'


def test_code_with_magics_is_taken_as_it_is():
    assert essence("%matplotlib inline  # here") == "%matplotlib inline  # here"


@pytest.fixture
def lab(tmp_path):
    """A lab that uses a module and its data, and a function that changes a file and returns the new fingerprint."""
    here = checkout(tmp_path, ADD, '\n# %%\nfrom lens_labs import data\ndata.load("gold")\n')
    (here.root / "lens_labs" / "data").mkdir()
    for name, content in (("__init__.py", "x = 1\n"), ("gold.txt", "1"), ("iron.txt", "1")):
        (here.root / "lens_labs" / "data" / name).write_text(content)
    (here.root / "lens_labs" / "unused.py").write_text("x = 1\n")

    def changed(name, old, new):
        path = here.root / name
        path.write_text(path.read_text().replace(old, new))
        return fingerprint(here, "02-two-films")

    return changed


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("labs/source/02-two-films.py", "a + b", "b + a"),
        ("lens_labs/data/__init__.py", "1", "2"),
        ("lens_labs/data/gold.txt", "1", "2"),
        ("requirements.lock", "2.0", "2.1"),
    ],
)
def test_the_fingerprint_follows_code_modules_data_and_lock(lab, name, old, new):
    before = lab(name, "", "")
    after = lab(name, old, new)
    assert after != before
    assert lab(name, new, old) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("labs/source/02-two-films.py", "# # Two films", "# # Two thin films"),
        ("labs/source/02-two-films.py", "Return the sum", "Return a sum"),
        ("labs/source/02-two-films.py", "minutes: 30", "minutes: 40"),
        ("lens_labs/data/__init__.py", "x = 1", "x = 1  # one"),
        ("lens_labs/data/iron.txt", "1", "2"),
        ("lens_labs/unused.py", "1", "2"),
    ],
)
def test_the_fingerprint_does_not_follow_what_changes_no_number(lab, name, old, new):
    assert lab(name, "", "") == lab(name, old, new)


def test_the_fingerprint_knows_neither_python_nor_targets_nor_the_address_of_the_school(
    tmp_path, monkeypatch
):
    import platform

    from lens_labs.school import urls

    here = checkout(tmp_path, ADD)
    before = fingerprint(here, "02-two-films")
    monkeypatch.setattr(platform, "python_version", lambda: "3.13.0")
    monkeypatch.setattr(urls, "REPOSITORY", "https://github.com/other/school")
    here.targets.mkdir()
    here.target("02-two-films", "add").write_text("<svg/>")
    assert fingerprint(here, "02-two-films") == before


def test_the_editions_have_different_fingerprints(tmp_path):
    here = checkout(tmp_path, ADD)
    assert fingerprint(here, "02-two-films", "student") != fingerprint(here, "02-two-films", "lecturer")


def test_the_generated_cell_does_not_count_as_code():
    cells = [{"cell_type": "code", "metadata": {"tags": ["setup"]}, "source": "a"}]
    assert code_cells({"cells": [*cells, {"cell_type": "code", "metadata": {}, "source": "b"}]}) == ["b"]
