"""The front matter of a deck: ``deck: {lecture: 2, minutes: 55, title: Dense regression}``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

_FIELDS: dict[str, tuple[type, ...]] = {
    "lecture": (int,),
    "minutes": (int, float),
    "title": (str,),
    "notes": (str,),
}


@dataclass(frozen=True)
class FrontMatter:
    """What a deck says of itself.

    Attributes
    ----------
    lecture : int or None
        Number of its lecture.
    minutes : float or None
        How long it takes. A deck that says so must have speaker notes with minutes on every slide.
    title : str
        A short title, for the foot of each slide.
    notes : str
        Address of the notes, from ``deck_notes``; empty if there are none.
    """

    lecture: int | None = None
    minutes: float | None = None
    title: str = ""
    notes: str = ""


def faults(content: Any) -> Iterator[str]:
    """Find what is wrong with the field ``deck`` of a page's front matter.

    Parameters
    ----------
    content : object
        The content of the field.

    Yields
    ------
    str
        A sentence for each fault: where it is, what came, what is allowed.

    Examples
    --------
    >>> list(faults({"lecture": "two"}))
    ["deck.lecture must be of type int; got 'two'"]
    """
    if not isinstance(content, Mapping):
        yield f"deck must hold fields, such as `lecture: 2`; got {content!r}"
        return
    for name, value in content.items():
        if name not in _FIELDS:
            yield f"deck: there is no field {name!r}; allowed are {', '.join(_FIELDS)}"
        elif not isinstance(value, _FIELDS[name]) or isinstance(value, bool):
            yield f"deck.{name} must be of type {_FIELDS[name][-1].__name__}; got {value!r}"


def content_of(metadata: Mapping[str, Any]) -> Any:
    """Return the field ``deck`` of a page's metadata, None if there is none; parsers hand it over as JSON."""
    field = metadata.get("deck")
    if not isinstance(field, str):
        return field
    try:
        return json.loads(field)
    except json.JSONDecodeError:
        return field


class KeepField(SphinxTransform):
    """Keep typographic quotation marks out of the field ``deck``, which is JSON in reStructuredText."""

    default_priority = 400  # after docutils has found the fields, before quotation marks are changed

    def apply(self, **_: Any) -> None:
        """Mark the field."""
        for field in self.document.findall(nodes.field):
            if field[0].astext() == "deck":
                field["support_smartquotes"] = False


def read(env: BuildEnvironment, docname: str) -> FrontMatter:
    """Return the front matter of a deck; what is faulty in it is left out."""
    content = content_of(env.metadata.get(docname, {})) or {}
    fields = {name: content[name] for name in content if name in _FIELDS} if not any(faults(content)) else {}
    if "notes" not in fields and "lecture" in fields:
        fields["notes"] = f"lectures/{docname.rpartition('/')[2]}.html"
    return FrontMatter(**fields)


def address_of_notes(env: BuildEnvironment, docname: str, page: str) -> str:
    """Return the address of a page of the notes, seen from a deck.

    Parameters
    ----------
    env : BuildEnvironment
        Its configuration holds ``deck_notes``, the way from the folder of the decks to the notes.
    docname : str
        The deck.
    page : str
        Address of the page within the notes.

    Returns
    -------
    str
        A relative address, or an absolute one if ``deck_notes`` is absolute; empty if there are no notes.
    """
    base = str(env.config.deck_notes)
    if not base or not page:
        return ""
    return f"{base}{page}" if "://" in base else f"{'../' * docname.count('/')}{base}{page}"
