"""Quote the reference fit of a measured file: ``{fitted}`e361r film_thickness```."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxRole

import lens_labs

if TYPE_CHECKING:
    from sphinx.application import Sphinx


UNITS = {"sld": "· 10⁻⁶ Å⁻²"}
"""Units of parameters, by the last word of their name; all others are lengths."""


class Fitted(SphinxRole):
    """A parameter of a fit, with its error and unit."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the value with its error and unit."""
        name, _, parameter = self.text.partition(" ")
        fit = lens_labs.data.load(name).reference  # loads NumPy, and so only when there is something to quote
        if fit is None or parameter not in fit.parameters:
            report = self.inliner.reporter.error(f"{name} has no fitted {parameter!r}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, report)], [report]
        unit = UNITS.get(parameter.rpartition("_")[2], "Å")
        value = f"({fit.parameters[parameter]})" if unit.startswith("·") else f"{fit.parameters[parameter]}"
        told = f"{value} {unit}"
        return [nodes.inline("", told.replace(" ", "\N{NO-BREAK SPACE}"), classes=["fitted"])], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role."""
    app.add_role("fitted", Fitted())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
