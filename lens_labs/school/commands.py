"""What the verbs of ``lens-labs`` do: one function a verb, which returns the exit status."""

from __future__ import annotations

from collections.abc import Callable

from lens_labs.school import catalogue, editions
from lens_labs.school.checkout import Checkout
from lens_labs.school.errors import SchoolError
from lens_labs.school.reporting import say, table

__all__ = ["VERBS", "SchoolError"]


def show() -> int:
    """Show the labs."""
    rows = [(lab.name, f"{lab.minutes} min", lab.title, lab.question) for lab in catalogue.labs().values()]
    table("Labs", ["name", "time", "title", "question"], rows)
    return 0


def build(labs: list[str], *, write: bool) -> int:
    """Make the notebooks from their sources, or say which are out of date."""
    checkout = Checkout.find()
    changed = editions.build(checkout, labs, write=write)
    for path in changed:
        say(f"{'wrote' if write else 'out of date:'} {path.relative_to(checkout.root)}")
    if changed and not write:
        say("Bring them up to date with: lens-labs build")
        return 1
    if not changed:
        say("All notebooks are up to date.")
    return 0


VERBS: dict[str, Callable[..., int]] = {
    "list": show,
    "build": build,
}
