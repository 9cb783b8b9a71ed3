"""What the labs measured: ``docs/results.json``, read and written."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from lens_labs.school.errors import SchoolError


@dataclasses.dataclass
class Recorded:
    """The numbers and figures of all labs.

    Parameters
    ----------
    labs : dict
        Of each lab its fingerprint, date, Python, versions, CPU seconds and figures (``alt`` and ``sha256`` each).
    values : dict
        Of each number its values (one a seed), unit, band and lab.
    """

    labs: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    values: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Recorded:
        """Read the file; where there is none yet, nothing is recorded.

        Raises
        ------
        SchoolError
            The file is not what `save` writes.
        """
        if not path.exists():
            return cls()
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(dict(content["labs"]), dict(content["values"]))
        except (ValueError, TypeError, KeyError) as error:
            raise SchoolError(
                f"{path} is damaged ({error}); restore it, or write it anew with: nox -s results"
            ) from error

    def save(self, path: Path) -> None:
        """Write the file, sorted, so that the same results give the same bytes."""
        text = json.dumps(
            dataclasses.asdict(self), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")

    def replace(self, lab: str, about: dict[str, Any], values: dict[str, dict[str, Any]]) -> None:
        """Replace everything about a lab by what a new run of it measured.

        Raises
        ------
        SchoolError
            A name belongs to another lab already.
        """
        others = {name: value for name, value in self.values.items() if value["lab"] != lab}
        for name in values:
            if name in others:
                raise SchoolError(
                    f"{lab} records {name}, a name of {others[name]['lab']} already; choose another one"
                )
        self.labs[lab] = about
        self.values = others | {name: {**value, "lab": lab} for name, value in values.items()}

    def alt(self, lab: str, exercise: str) -> str | None:
        """Return the text that stands for the figure of an exercise, if there is such a figure."""
        figure = self.labs.get(lab, {}).get("figures", {}).get(exercise)
        return None if figure is None else str(figure["alt"])
