"""What the outcome of a lab depends on, as one hash: its code, the modules it uses, their data, and the lock.

Comments, docstrings and empty lines are left out, for they change no number. So are the version of Python and the
figures that a run makes: the hash says whether a run would be the same, not where it was made.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

from lens_labs.school.checkout import Checkout, Edition
from lens_labs.school.editions import sources
from lens_labs.school.editions.make import SETUP, compose
from lens_labs.school.editions.notebooks import Notebook
from lens_labs.school.runs.imports import modules_used


def fingerprint(checkout: Checkout, lab: str, edition: Edition = "lecturer") -> str:
    """Return the hash of everything on which the outcome of a lab depends.

    Parameters
    ----------
    checkout : Checkout
        Where the lab, the package and the lock are.
    lab : str
        Name of the lab.
    edition : {"student", "lecturer"}
        Which of its editions is run.
    """
    cells = code_cells(compose(sources.read(checkout.source(lab)), edition))
    modules = modules_used(cells, checkout.root / "lens_labs")
    parts = [("cell", essence(cell)) for cell in cells]
    parts += [(name, essence(path.read_text(encoding="utf-8"))) for name, path in sorted(modules.items())]
    texts = {text for _, code in parts for text in _texts(code)}
    parts += [
        (path.relative_to(checkout.root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in data_used(modules, texts)
    ]
    if checkout.lock.exists():
        parts.append(("lock", checkout.lock.read_text(encoding="utf-8")))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def code_cells(notebook: Notebook) -> list[str]:
    """Return the code of a notebook, without the cell that is generated for Colab."""
    return [
        cell["source"]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and SETUP not in cell["metadata"].get("tags", [])
    ]


def essence(code: str) -> str:
    r"""Return code without comments, docstrings, empty lines and spaces at the ends of lines.

    Examples
    --------
    >>> essence("x = 1  # one\n\n\ny = 2")
    'x = 1\ny = 2'
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a cell with magics stays as it is
        return code
    lines = code.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for first, last in _docstrings(tree):
        lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def data_used(modules: dict[str, Path], texts: set[str]) -> list[Path]:
    """Return the files of data that some modules read, sorted.

    Parameters
    ----------
    modules : dict of Path
        The modules, by name.
    texts : set of str
        The texts in all code that is run.

    Notes
    -----
    Data lie beside the modules of a package. What is named as a module belongs to that module. Of the others those
    count whose name, without suffix, is among the texts, as in ``data.load("e361r")``; if none is, all of them count.
    """
    found: set[Path] = set()
    for folder in {path.parent for path in modules.values() if path.name == "__init__.py"}:
        siblings = {path.stem for path in folder.glob("*.py")}
        used = {path.stem for path in modules.values() if path.parent == folder}
        owners = {path: path.relative_to(folder).parts[0].partition(".")[0] for path in _data_in(folder)}
        common = {path for path, owner in owners.items() if owner not in siblings}
        named = {path for path in common if path.name.partition(".")[0] in texts}
        found |= {path for path, owner in owners.items() if owner in used} | (named or common)
    return sorted(found)


def _data_in(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not (path / "__init__.py").exists() and path.name != "__pycache__":
            yield from (inner for inner in path.rglob("*") if inner.is_file())
        elif path.is_file() and path.suffix not in {".py", ".pyc", ".pyi"} and path.name != "py.typed":
            yield path


def _texts(code: str) -> set[str]:
    try:
        nodes = ast.walk(ast.parse(code))
    except SyntaxError:
        return set()
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body[:1]:
                case [ast.Expr(value=ast.Constant(value=str())) as first]:
                    yield first.lineno, first.end_lineno or first.lineno
