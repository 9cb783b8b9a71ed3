"""The addresses of slides, found in the source of a deck without building it, so that notes can check their links."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from docutils import nodes

_LEVELS = 3
"""Headings down to this level begin a slide."""

_RST_TARGET = re.compile(r"\.\. _`?([^`:]+)`?:[ \t]*$")
_LINE = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")
_ROLE = re.compile(r"(?:\{[\w:-]+\}|:[\w:-]+:)`([^`<]*?)(?:[ \t]*<[^>]*>)?`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def slug(title: str) -> str:
    """Return the address of a slide without label, from its title.

    Examples
    --------
    >>> slug("Stop in the valley!")
    'stop-in-the-valley'
    """
    return nodes.make_id(title)


def named(slides: Iterable[tuple[str, list[str]]]) -> list[list[str]]:
    """Give each slide of a deck its addresses.

    Parameters
    ----------
    slides : iterable of tuple
        Of each slide the title, and the identifiers that the parser gave it.

    Returns
    -------
    list of list of str
        Of each slide its address first, which is the last label or else the title, with a number where it is taken;
        then all others that lead there.

    Examples
    --------
    >>> named([("Stop", ["stop"]), ("Look", ["sec-look", "look"]), ("Stop", ["id1"])])
    [['stop'], ['sec-look', 'look'], ['stop-2']]
    """
    taken: set[str] = set()
    found = []
    for title, identifiers in slides:
        ids = [each for each in identifiers if not _numbered(each) and each not in taken]
        labels = [each for each in ids if each != slug(title)]
        name = first = labels[-1] if labels else slug(title) or "slide"
        number = 1
        while name in taken:
            number += 1
            name = f"{first}-{number}"
        found.append([name, *(each for each in ids if each != name)])
        taken.update(found[-1])
    return found


def _numbered(identifier: str) -> bool:
    """Say whether docutils made this name up, as it does for the second section with a title."""
    return identifier.startswith("id") and identifier.removeprefix("id").isdigit()


def in_source(text: str, *, markdown: bool) -> set[str]:
    r"""Find the addresses of all slides in the source of a deck.

    Parameters
    ----------
    text : str
        The source.
    markdown : bool
        MyST Markdown; False for reStructuredText.

    Returns
    -------
    set of str
        Titles and labels, as they stand behind ``#/`` in an address.

    Examples
    --------
    >>> sorted(in_source("# A *film*\n\n(sec-b)=\n## Look\n\n## Look\n", markdown=True))
    ['a-film', 'look', 'look-2', 'sec-b']
    """
    headings = _in_markdown(text) if markdown else _in_restructuredtext(text)
    slides, taken = [], set[str]()
    for title, labels in headings:
        ids = [nodes.make_id(each) for each in labels]
        if (own := slug(title)) and own not in taken:
            ids.append(own)
            taken.add(own)
        slides.append((title, ids))
    return {each for names in named(slides) for each in names}


def _in_markdown(text: str) -> Iterator[tuple[str, list[str]]]:
    """Find titles with the labels in front of them."""
    from markdown_it.renderer import RendererHTML  # noqa: PLC0415 - a project without Markdown need not have it
    from myst_parser.config.main import MdParserConfig  # noqa: PLC0415
    from myst_parser.parsers.mdit import create_md_parser  # noqa: PLC0415

    settings = MdParserConfig(enable_extensions={"attrs_block", "colon_fence", "dollarmath"})
    tokens = create_md_parser(settings, RendererHTML).parse(text)
    labels: list[str] = []
    for index, token in enumerate(tokens):
        if token.level > 0:
            continue
        if token.type == "myst_target":
            labels.append(token.content)
            continue
        if token.type == "heading_open" and int(token.tag[1:]) <= _LEVELS:
            if "id" in token.attrs:  # it stands in place of the title's own
                yield "", [*labels, str(token.attrs["id"])]
            else:
                yield _plain(tokens[index + 1].content), labels
        labels = []


def _in_restructuredtext(text: str) -> Iterator[tuple[str, list[str]]]:
    """Find titles, by the lines below them, with the labels in front of them."""
    labels: list[str] = []
    styles: list[str] = []
    lines = ["", *text.splitlines(), ""]
    for above, line, below in zip(lines, lines[1:], lines[2:], strict=False):
        if target := _RST_TARGET.match(line):
            labels.append(target[1])
        elif line.strip() and not line[0].isspace() and not _LINE.match(line) and _LINE.match(below):
            over = bool(above.strip()) and above.strip() == below.strip()
            if not above.strip() or over:
                style = below[0] + ("=" if over else "")
                styles += [style] if style not in styles else []
                if styles.index(style) < _LEVELS:
                    yield _plain(line), labels
                labels = []
        elif line.strip() and not _LINE.match(line):
            labels = []


def _plain(title: str) -> str:
    """Return the words of a title without its markup."""
    words = _LINK.sub(r"\1", _ROLE.sub(r"\1", html.unescape(title)))
    return re.sub(r"[*`\\]", "", words).strip()
