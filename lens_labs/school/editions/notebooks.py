"""Notebooks as plain values: made, identified and written so that the same content gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lens_labs.school.errors import SchoolError

Notebook = dict[str, Any]

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def markdown(text: str, *tags: str) -> Notebook:
    """Return a markdown cell."""
    return {"cell_type": "markdown", "metadata": _tagged(tags), "source": text}


def code(text: str, *tags: str) -> Notebook:
    """Return a code cell that has not been run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": _tagged(tags),
        "outputs": [],
        "source": text,
    }


def notebook(cells: list[Notebook], metadata: Mapping[str, Any]) -> Notebook:
    """Return a notebook in the format 4.5; the id of each cell is the hash of its content.

    Examples
    --------
    >>> twins = notebook([markdown("Look."), markdown("Look.")], {})
    >>> [cell["id"] for cell in twins["cells"]]
    ['78685e1ccd84', '78685e1ccd84-2']
    """
    seen: dict[str, int] = {}
    for cell in cells:
        content = json.dumps([cell["cell_type"], cell["metadata"], cell["source"]], ensure_ascii=False)
        key = hashlib.sha256(content.encode()).hexdigest()[:12]
        seen[key] = seen.get(key, 0) + 1
        cell["id"] = key if seen[key] == 1 else f"{key}-{seen[key]}"
    everything = {"kernelspec": KERNEL, "language_info": {"name": "python"}, **metadata}
    return {"cells": cells, "metadata": everything, "nbformat": 4, "nbformat_minor": 5}


def text_of(content: Notebook) -> str:
    """Return a notebook as the text of a file: sorted keys, one line of source a line, a newline at the end."""
    cells = [cell | {"source": cell["source"].splitlines(keepends=True)} for cell in content["cells"]]
    return json.dumps(content | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def load(path: Path) -> Notebook:
    """Read a notebook, with the source of each cell as one text.

    Raises
    ------
    SchoolError
        The file is missing, or no notebook.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell | {"source": "".join(cell["source"])} for cell in content["cells"]]
    except OSError as error:
        raise SchoolError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SchoolError(f"{path} is not a notebook (a JSON file with cells): {error}") from error
    return {**content, "cells": cells}


def _tagged(tags: tuple[str, ...]) -> dict[str, list[str]]:
    return {"tags": list(tags)} if tags else {}
