"""Which modules of a package some code uses, found without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def modules_used(code: Iterable[str], package: Path) -> dict[str, Path]:
    """Return the modules of a package that some code uses, directly or through others, with their files.

    Parameters
    ----------
    code : iterable of str
        Source code, such as that of cells; magics of IPython are left out.
    package : Path
        The folder of the package; its name is that of the package.

    Notes
    -----
    Imports are found wherever they stand, also in functions. Names that a package loads lazily (``lazy_loader.attach``)
    are followed to the module that defines them. Of ``lens_labs.scattering.reflectivity.simulate`` the longest part
    that is a module counts, and the packages around it.
    """
    found: dict[str, Path] = {}
    open_ends = [name for text in code for name in _references(text, package)]
    while open_ends:
        for name, path in _modules_on(open_ends.pop(), package):
            if name not in found:
                found[name] = path
                text = path.read_text(encoding="utf-8")
                open_ends += _references(
                    text, package, name if path.name == "__init__.py" else name.rpartition(".")[0]
                )
    return found


def _references(code: str, package: Path, inside: str = "") -> list[str]:
    """Return the dotted names of the package to which some code refers; `inside` is the package that it belongs to."""
    tree = _parsed(code)
    bound: dict[str, str] = {}
    names: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    names.append(alias.name)
                    top = alias.name.partition(".")[0]
                    bound[alias.asname or top] = alias.name if alias.asname else top
            case ast.ImportFrom(module=module, names=aliases, level=level):
                base = _absolute(module or "", level, inside)
                names.append(base)
                bound |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in aliases}
    names += bound.values()
    names += [dotted for node in ast.walk(tree) if (dotted := _dotted(node, bound))]
    return [name for name in names if name.partition(".")[0] == package.name]


def _parsed(code: str) -> ast.Module:
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.parse(
            "\n".join(line for line in code.split("\n") if not line.lstrip().startswith(("%", "!")))
        )


def _absolute(module: str, level: int, inside: str) -> str:
    """Return the full name of a module that is imported from the package `inside`, `level` dots up."""
    around = inside.split(".")[: inside.count(".") + 2 - level] if level else []
    return ".".join([*around, *filter(None, [module])])


def _dotted(node: ast.AST, bound: dict[str, str]) -> str | None:
    """Return the full name behind ``a.b.c`` where ``a`` was bound by an import."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if parts and isinstance(node, ast.Name) and node.id in bound:
        return ".".join([bound[node.id], *parts])
    return None


def _modules_on(dotted: str, package: Path) -> Iterator[tuple[str, Path]]:
    """Yield the modules on the way along a dotted name."""
    name, folder = package.name, package
    yield name, folder / "__init__.py"
    for part in dotted.split(".")[1:]:
        module = _lazy_names(folder / "__init__.py").get(part, part)
        name = f"{name}.{module}"
        if not (folder / module / "__init__.py").exists():
            if (folder / f"{module}.py").exists():
                yield name, folder / f"{module}.py"
            return
        folder /= module
        yield name, folder / "__init__.py"


def _lazy_names(init: Path) -> dict[str, str]:
    """Return which module defines each name that a package loads lazily, by its call of ``lazy_loader.attach``."""
    for node in ast.walk(ast.parse(init.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("attach"):
            for keyword in node.keywords:
                if keyword.arg == "submod_attrs":
                    modules: dict[str, list[str]] = ast.literal_eval(keyword.value)
                    return {name: module for module, names in modules.items() for name in names}
    return {}
