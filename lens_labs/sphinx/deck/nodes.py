"""What a deck is made of, as nodes of docutils."""

from __future__ import annotations

from docutils import nodes


class deck_slide(nodes.section):  # noqa: N801 - docutils names nodes in lower case
    """A slide: ``level`` of its heading, ``attributes_`` of its element; a title, a body, speaker notes."""


class deck_stack(nodes.General, nodes.Element):  # noqa: N801
    """Slides that stand below each other."""


class deck_body(nodes.General, nodes.Element):  # noqa: N801
    """What a slide shows below its title."""


class deck_notes(nodes.General, nodes.Element):  # noqa: N801
    """What the speaker sees, and the ``minutes`` that the slide takes, or None."""


class deck_options(nodes.Invisible, nodes.Element):  # noqa: N801
    """Classes and ``attributes_`` for the slide in which it stands."""


class deck_links(nodes.General, nodes.Element):  # noqa: N801
    """The way from a slide back to the notes, at ``address``."""
