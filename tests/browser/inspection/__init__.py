"""The check that sees: what is wrong with a built deck or page, found in a real browser and shown in a picture.

>>> from inspection.findings import Finding, report
>>> finding = Finding("wave", 3, "interference", "step 2 of 4", "dark", "off the stage", "ul “One”", "90 px over the bottom")
>>> print(report([finding]))
1 finding
wave, slide 3 (#interference), step 2 of 4, dark: off the stage: ul “One”: 90 px over the bottom
"""

from inspection.decks import inspect_deck
from inspection.findings import Finding, report
from inspection.pages import inspect_page

__all__ = ["Finding", "inspect_deck", "inspect_page", "report"]
