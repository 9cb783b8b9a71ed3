"""What the check says: findings, told once, each with a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import FloatRect, Page, ViewportSize

PICTURES = Path(__file__).parents[3] / "build" / "browser"
"""Where pictures of findings go, if nobody says otherwise."""

MARGIN = 48
"""How many pixels a picture shows around what was found."""

MOST_PICTURES = 40
"""A broken theme breaks every slide; more pictures of one page than this tell nothing new."""

PLACES = frozenset(
    {
        "off the stage",
        "outside of the safe area",
        "above or below its room",
        "cut off",
        "wider than its box",
        "leaves its slide",
        "scrolls sideways",
    }
)
"""Kinds that are one fault of an element, which may grow worse with each step of a slide."""


@dataclass(frozen=True)
class Finding:
    """One fault of a deck or a page.

    Parameters
    ----------
    page : str
        The deck or the page.
    number : int
        The number of the slide, as the deck shows it; 0 for what belongs to no slide.
    slide : str
        Its name in addresses; "" for what belongs to no slide.
    state : str
        When it is seen: a step of the slide, "print", "phone 390", "keys" and the like; "" for a slide without steps.
    look : str
        The themes or the widths in which it is seen.
    kind : str
        What is wrong, in words that stay the same.
    element : str
        What is named: the outermost element that has the fault.
    detail : str
        How far it is wrong.
    picture : Path or None
        A picture of it, with a line around the element.
    """

    page: str
    number: int
    slide: str
    state: str
    look: str
    kind: str
    element: str
    detail: str
    picture: Path | None = None

    def __str__(self) -> str:
        where = [self.page]
        if self.slide or self.number:
            where.append(f"slide {self.number} (#{self.slide})")
        where += [part for part in (self.state, self.look) if part]
        what = ": ".join(part for part in (self.kind, self.element, self.detail) if part)
        picture = f" [{_short(self.picture)}]" if self.picture else ""
        return f"{', '.join(where)}: {what}{picture}"


def _short(path: Path) -> str:
    """Write a path as seen from where the check runs, if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def report(findings: Sequence[Finding]) -> str:
    """Write findings for people: one line each.

    Parameters
    ----------
    findings : sequence of Finding
        What was found.

    Returns
    -------
    str
        How many there are, and each of them.

    Examples
    --------
    >>> print(report([Finding("home", 0, "", "", "light 360", "scrolls sideways", "table", "40 px")]))
    1 finding
    home, light 360: scrolls sideways: table: 40 px
    """
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    return "\n".join([count, *map(str, findings)])


class Ledger:
    """The findings of one page, each entered once, in the first state that shows it, with all looks of this state.

    Parameters
    ----------
    page : str
        How the page is called.
    pictures : Path
        The folder for pictures; those of an earlier check of this page are removed.
    """

    def __init__(self, page: str, pictures: Path = PICTURES) -> None:
        self.page = page
        self._pictures = pictures
        self._stem = re.sub(r"[^a-z0-9]+", "-", page.lower()).strip("-")
        self._entries: dict[tuple[str, ...], dict[str, Any]] = {}
        for old in pictures.glob(f"{self._stem}--*.png"):
            old.unlink()

    def enter(
        self, found: Iterable[dict[str, Any]], *, look: str = "", state: str = "", seen_on: Page | None = None
    ) -> None:
        """Enter what the scripts of the check, or this code, have found.

        Parameters
        ----------
        found : iterable of dict
            Findings as ``common.js`` writes them, or made by `fault`.
        look : str
            Theme or width.
        state : str
            The state, where a finding does not bring its own.
        seen_on : Page, optional
            The page that still shows it, for a picture.
        """
        for each in found:
            when = each.get("state") or state
            entry = self._entries.setdefault(
                _key(each), {**each, "state": when, "looks": [], "picture": None}
            )
            if not entry["looks"] and seen_on is not None and "handle" in each:
                entry["picture"] = self._photograph(seen_on, each)
            if when == entry["state"] and look not in entry["looks"]:
                entry["looks"].append(look)

    @property
    def findings(self) -> list[Finding]:
        """All findings, by slide."""
        ordered = sorted(self._entries.values(), key=lambda entry: entry["number"])
        return [
            Finding(
                page=self.page,
                number=entry["number"],
                slide=entry["slide"],
                state=entry["state"],
                look=_together(entry["looks"]),
                kind=entry["kind"],
                element=entry["element"],
                detail=entry["detail"],
                picture=entry["picture"],
            )
            for entry in ordered
        ]

    def _photograph(self, page: Page, found: dict[str, Any]) -> Path | None:
        taken = sum(entry["picture"] is not None for entry in self._entries.values())
        if taken >= MOST_PICTURES:
            return None
        if "at" in found:
            page.evaluate("at => Reveal.slide(at.h, at.v, at.f)", found["at"])
        box = page.evaluate(
            "([handle, scroll]) => inspection.frame(handle, scroll)", [found["handle"], "at" not in found]
        )
        kind = re.sub(r"[^a-z0-9]+", "-", found["kind"].lower())
        path = self._pictures / f"{self._stem}--{found['number']:02d}-{kind}-{taken + 1}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, clip=_around(box, page.viewport_size))
        page.evaluate("inspection.unframe()")
        return path


def fault(
    kind: str, detail: str = "", *, slide: str = "", number: int = 0, element: str = ""
) -> dict[str, Any]:
    """Make a finding that has no element to point at.

    Parameters
    ----------
    kind, detail, slide, number, element
        As in `Finding`.

    Returns
    -------
    dict
        What `Ledger.enter` takes.

    Examples
    --------
    >>> fault("keys", "Home does not return")["detail"]
    'Home does not return'
    """
    return {
        "kind": kind,
        "detail": detail,
        "slide": slide,
        "number": number,
        "element": element,
        "path": f"{element} {detail}",
    }


def _key(found: dict[str, Any]) -> tuple[str, ...]:
    kind = "place" if found["kind"] in PLACES else found["kind"]
    partner = found["detail"].rpartition(",")[0] if found["kind"].startswith("text over text") else ""
    return kind, found["slide"], found["path"], partner


def _together(looks: list[str]) -> str:
    named = [look for look in looks if look]
    return " and ".join(named) if len(named) < 3 else ", ".join(named)


def _around(box: FloatRect | None, screen: ViewportSize | None) -> FloatRect | None:
    """Choose what a picture shows: the element with a margin, as far as it is on the screen, or else all of it."""
    if screen is None:
        return None
    if box is None:
        return {"x": 0, "y": 0, **screen}
    left, top = max(0.0, box["x"] - MARGIN), max(0.0, box["y"] - MARGIN)
    right = min(float(screen["width"]), box["x"] + box["width"] + MARGIN)
    bottom = min(float(screen["height"]), box["y"] + box["height"] + MARGIN)
    if right - left < 2 * MARGIN or bottom - top < 2 * MARGIN:
        return {"x": 0, "y": 0, **screen}
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}
