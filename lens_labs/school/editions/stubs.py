"""From a worked cell to the cell that a student gets: solutions become stubs, and the cell stays valid Python.

A solution stands between two comments::

    def thickness(q: np.ndarray) -> float:
        ### BEGIN SOLUTION
        return 2 * np.pi / np.diff(q).mean()
        ### END SOLUTION

Inside a function it becomes an error that names the function; elsewhere each name that it binds becomes ``...``.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator

from lens_labs.school.errors import SchoolError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

_MARKER = re.compile(
    r"\s*#+\s*(BEGIN|END)[\s_-]*SOLUTIONS?\b", re.IGNORECASE
)  # what a slip of the pen looks like


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a cell stands: its file and the line of its first line of text, for messages."""

    file: str
    line: int = 1

    def fault(self, index: int, text: str) -> SchoolError:
        """Return the error for a fault in a line of the cell, counted from 0."""
        return SchoolError(f"{self.file}:{self.line + index}: {text}")


@dataclasses.dataclass(frozen=True)
class Block:
    """A solution: the indices of its two markers, and of the first and last line of code between them."""

    begin: int
    end: int
    first: int
    last: int


def worked(text: str) -> str:
    r"""Return a cell as a lecturer gets it: without the markers.

    Examples
    --------
    >>> worked("### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    'x = 1'
    """
    return "\n".join(line for line in text.split("\n") if line.strip() not in {BEGIN, END})


def stubbed(text: str, place: Place) -> str:
    r"""Return a cell as a student gets it: each solution replaced by a stub.

    Parameters
    ----------
    text : str
        Source of a code cell; magics of IPython are allowed.
    place : Place
        Where the cell stands, for messages.

    Raises
    ------
    SchoolError
        A marker has no partner, a solution is empty or binds nothing, or what remains is not valid Python.

    Examples
    --------
    >>> print(stubbed('''def double(x: int) -> int:
    ...     ### BEGIN SOLUTION
    ...     return 2 * x
    ...     ### END SOLUTION''', Place("02-lab.py")))
    def double(x: int) -> int:
        raise NotImplementedError("double: write the body, then run this cell")
    >>> stubbed("### BEGIN SOLUTION\na, _b = 1, 2\n### END SOLUTION", Place("02-lab.py"))
    'a = ...  # your answer'
    """
    lines = text.split("\n")
    tree = _parse(text, place, "the cell is not valid Python")
    for block in reversed(blocks(text, place)):
        lines[block.begin : block.end + 1] = _stub(tree, block, lines, place)
    remaining = "\n".join(lines)
    _parse(
        remaining, place, "without its solution the cell is not valid Python, so a statement is cut in two"
    )
    return remaining


def blocks(text: str, place: Place) -> list[Block]:
    """Return the solutions of a code cell, in order.

    Raises
    ------
    SchoolError
        A marker has no partner or is misspelt, or a solution holds no code.
    """
    found: list[Block] = []
    begin: int | None = None
    lines = text.split("\n")
    for index, line in enumerate(lines):
        match line.strip(), begin:
            case str(marker), None if marker == BEGIN:
                begin = index
            case str(marker), int() if marker == BEGIN:
                raise place.fault(index, f"{BEGIN!r} inside another solution; write {END!r} first")
            case str(marker), None if marker == END:
                raise place.fault(index, f"{END!r} without {BEGIN!r} before it")
            case str(marker), int(start) if marker == END:
                found.append(_block(lines, start, index, place))
                begin = None
            case _ if _MARKER.match(line):
                raise place.fault(index, f"{line.strip()!r} is no marker; allowed: {BEGIN!r} and {END!r}")
    if begin is not None:
        raise place.fault(begin, f"{BEGIN!r} is never closed; write {END!r} after the solution")
    return found


def hidden(text: str, place: Place) -> list[str]:
    """Return the lines of a code cell that only a lecturer sees."""
    lines = text.split("\n")
    return [line for block in blocks(text, place) for line in lines[block.begin + 1 : block.end]]


def given(text: str, place: Place) -> list[str]:
    """Return the lines of a code cell that everybody sees."""
    lines = text.split("\n")
    for block in reversed(blocks(text, place)):
        del lines[block.begin : block.end + 1]
    return lines


def as_python(text: str) -> str:
    """Return a code cell as plain Python: magics of IPython become calls, on the same lines.

    Examples
    --------
    >>> as_python("%matplotlib inline")
    "get_ipython().run_line_magic('matplotlib', 'inline')"
    """
    try:
        ast.parse(text)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415 - only cells with magics need it

        first, newline, rest = text.partition("\n")
        if first.startswith("%%"):  # IPython would turn the whole cell into one string
            return f"# {first}{newline}{as_python(rest)}"
        transform = TransformerManager().transform_cell  # type: ignore[no-untyped-call]
        return str(transform(text)).removesuffix("\n")
    return text


def _block(lines: list[str], begin: int, end: int, place: Place) -> Block:
    code = [i for i in range(begin + 1, end) if lines[i].strip() and not lines[i].lstrip().startswith("#")]
    if not code:
        raise place.fault(begin, "the solution holds no code")
    return Block(begin, end, code[0], code[-1])


def _parse(text: str, place: Place, fault: str) -> ast.Module:
    try:
        python = as_python(text)
        tree = ast.parse(python)
    except SyntaxError as error:
        raise place.fault((error.lineno or 1) - 1, f"{fault}: {error.msg}") from error
    if python.count("\n") != text.count("\n"):
        raise place.fault(0, "a magic runs over several lines; write it on one, so that lines can be counted")
    return tree


def _stub(tree: ast.Module, block: Block, lines: list[str], place: Place) -> list[str]:
    """Return the lines that stand in place of a solution."""
    code = lines[block.first]
    indent = code[: len(code) - len(code.lstrip())]
    if name := enclosing_function(tree, block):
        return [f'{indent}raise NotImplementedError("{name}: write the body, then run this cell")']
    names = list(dict.fromkeys(_bound(tree, block)))
    if not names:
        raise place.fault(
            block.begin,
            "the solution binds no name that a student could fill in; bind one, put the solution into a function, or "
            "give the whole cell the tag solution",
        )
    return [f"{indent}{name} = ...  # your answer" for name in names]


def enclosing_function(tree: ast.Module, block: Block) -> str | None:
    """Return the name of the outermost function around a solution, with its class if it is a method."""
    path: list[str] = []
    around = [node for node in ast.walk(tree) if isinstance(node, _SCOPES) and _surrounds(node, block)]
    for node in sorted(around, key=lambda node: node.lineno):
        path.append(node.name)
        if not isinstance(node, ast.ClassDef):
            return ".".join(path)
    return None


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _surrounds(node: ast.stmt, block: Block) -> bool:
    """Return whether the solution lies in the body of a function or class; lines of `ast` count from 1."""
    return node.lineno < block.first + 1 and block.last + 1 <= (node.end_lineno or 0)


def _bound(node: ast.AST, block: Block) -> Iterator[str]:
    """Yield the public names that the statements of a solution bind; what loops and `with` bind is passing."""
    for child in ast.iter_child_nodes(node):
        if inside := block.first < getattr(child, "lineno", 0) <= block.last + 1:
            yield from (name for name in _names(child) if not name.startswith("_"))
        if not (inside and isinstance(child, _SCOPES)):  # the body of a new function binds nothing out here
            yield from _bound(child, block)


def _names(statement: ast.AST) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            nodes = [node for target in targets for node in ast.walk(target)]
        case ast.AnnAssign(target=target, value=ast.expr()):
            nodes = list(ast.walk(target))
        case _:
            return []
    return [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
